// The first page of an experiment's report, for a reader who knows ECGs but not machine learning: the question, the
// records, and one answer per task and test set. It states only what the summary contains.

import { plural } from '../../base/text.js';
import { claims, type Markup, subheading, table, words } from '../../report/html.js';
import { heldBack } from '../../run/predictions.js';
import type { LabelTask } from '../../signal/tasks.js';
import type { ExperimentConfig } from '../config.js';
import type { ResultRow } from '../results.js';
import { simulator } from '../source-names.js';
import type { Answer } from './verdict.js';
import { fixed, labelWord, rangeText, sourceTitle, taskTitle, testTitle } from './wording.js';

/** The records and leads that the test windows of one task come from. */
export interface TestRecords {
  readonly task: string;
  readonly test: string;
  readonly records: number;
  readonly leads: readonly string[];
}

/** Returns the first section of the report. */
export function introduction(
  config: ExperimentConfig,
  rows: readonly ResultRow[],
  tests: readonly TestRecords[],
  answers: readonly Answer[],
): Markup[] {
  const { data, outside, fsHz, seconds, filter, settings, runs } = config;
  const all = [...data, ...outside];
  const named = (sources: readonly string[]) => sources.map((one) => sourceTitle(one, all)).join(', ');
  const question = settings.includes('syn-real')
    ? 'Does a network that is trained on synthetic ECGs first and on real ECGs afterwards (Syn→Real) classify real ECGs ' +
      'better than the same network trained on real ECGs only (Real)?' +
      (settings.includes('syn') ? ' Syn is the network trained on synthetic ECGs only.' : '')
    : 'How well do the networks classify real ECGs? Syn→Real was not run, so this report contains no comparison.';
  const tested =
    `The networks were trained on one part of ${named(data)} and tested on the held-back part` +
    `${outside.length === 0 ? '' : `, and on ${named(outside)}, which no network saw in training`}. Each window is ` +
    `${seconds} s long, resampled to ${fsHz} Hz${filter === undefined ? '' : ` and filtered to ${filter} Hz`}. Each network was trained ${plural(runs, 'time')}.`;
  return [
    words(
      `${question} The networks distinguish ${config.tasks.map(taskWords).join(', and ')}.${madeBy(config)}`,
    ),
    words(tested),
    ...(rows.length === 0 ? [] : [recordTable(config, rows, tests)]),
    subheading('The answers', 'answers'),
    claims(answers),
    words(
      'F1 combines missed positives and false alarms at a probability threshold of 0.5. For tasks of two labels it is also ' +
        'stated at the threshold with the highest F1 of the validation records, and after a correction of the ' +
        'probabilities for the share of positives, which is estimated without labels. AUPRC measures how well the ' +
        'probabilities rank the windows. The best value of both is 1. The interval of a difference is a 95 % interval ' +
        'over runs and patients together, without correction for multiple comparisons. p is paired, two-sided, and ' +
        "corrected with Holm's method over all comparisons of the score and test set. A difference is called significant " +
        'if the corrected p is below 0.05. The answers hold only for patients and devices similar to these.',
      'note',
    ),
  ];
}

/** Returns a sentence about the source of the synthetic records if it is not the simulator alone. */
function madeBy({ settings, sources }: ExperimentConfig): string {
  const source = sources[0]!;
  if (!settings.includes('syn') || (sources.length === 1 && source === simulator)) return '';
  const others = sources.length === 1 ? '' : '; a later section compares all sources';
  return ` The synthetic ECGs come from ${sourceTitle(source, sources)}${others}.`;
}

function taskWords({ labels }: LabelTask): string {
  const named = labels.map(labelWord);
  return named.length === 2 ? `${named[1]} from ${named[0]}` : `${named.join(', ')} from each other`;
}

function recordTable(
  { tasks, outside }: ExperimentConfig,
  rows: readonly ResultRow[],
  tests: readonly TestRecords[],
): Markup {
  const lines = tasks.flatMap((task) => {
    const own = rows.filter((row) => row.task === task.name && row.positives === null);
    const real = own.filter(({ setting }) => setting !== 'syn');
    const counts = (of: readonly ResultRow[], side: 'train' | 'test') => {
      const share = of.map((row) => (100 * row[`${side}Positives`]) / row[`${side}Windows`]);
      const percent = [Math.min(...share), Math.max(...share)].map((one) => fixed(one, 1));
      return [
        ...(['Patients', 'Windows', 'PositivePatients', 'Positives'] as const).map((name) =>
          rangeText(of.map((row) => row[`${side}${name}`])),
        ),
        [...new Set(percent)].join('–'),
      ];
    };
    const training =
      real.length === 0
        ? []
        : [[taskTitle(task), 'training, all positives', '–', ...counts(real, 'train'), '–']];
    const judged = [heldBack, ...outside].flatMap((test) => {
      const found = tests.find((one) => one.task === task.name && one.test === test);
      const tested = own.filter((row) => row.test === test);
      if (found === undefined || tested.length === 0) return [];
      const { records, leads } = found;
      const title = testTitle(test, outside);
      return [[taskTitle(task), title, `${records}`, ...counts(tested, 'test'), leads.join(', ') || '–']];
    });
    return [...training, ...judged];
  });
  const head = [
    'Task',
    'Side',
    'Records',
    'Patients',
    'Windows',
    'Positive patients',
    'Positive windows',
    'Positive %',
    'Lead',
  ];
  return table(head, lines, { title: 'Real records behind the answers (range over runs)' });
}
