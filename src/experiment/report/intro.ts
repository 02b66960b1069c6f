// The first page of an experiment's report, for somebody who reads ECGs and not learning curves: what was asked, on
// which records, and the answer in a sentence a task and test set. Says nothing that the summary does not carry.

import { claims, type Markup, subheading, table, words } from '../../report/html.js';
import { heldBack } from '../../run/predictions.js';
import type { LabelTask } from '../../signal/tasks.js';
import type { ExperimentConfig } from '../config.js';
import type { ResultRow } from '../results.js';
import type { Answer } from './verdict.js';
import { fixed, labelWord, plural, rangeText, sourceTitle, taskTitle, testTitle } from './wording.js';

/** What the judged windows of a test set are of. */
export interface TestRecords {
  readonly task: string;
  readonly test: string;
  readonly records: number;
  readonly leads: readonly string[];
}

export function introduction(
  config: ExperimentConfig,
  rows: readonly ResultRow[],
  tests: readonly TestRecords[],
  answers: readonly Answer[],
): Markup[] {
  const { data, outside, fsHz, seconds, settings, runs } = config;
  const all = [...data, ...outside];
  const named = (sources: readonly string[]) => sources.map((one) => sourceTitle(one, all)).join(', ');
  const asked = settings.includes('syn-real')
    ? 'Does a network that first learned from synthetic ECGs and then from real ones (Syn→Real) read real ECGs better ' +
      'than the same network that learned from the real ones alone (Real)?' +
      (settings.includes('syn') ? ' Syn is the network that saw synthetic ECGs only.' : '')
    : 'How well do the networks read real ECGs? Syn→Real was not run, so this report compares nothing.';
  const tested =
    `The networks learned from one part of ${named(data)} and were tested on the part held back` +
    `${outside.length === 0 ? '' : `, and on ${named(outside)}, which no network ever saw in training`}: windows of ` +
    `${seconds} s of one lead, resampled to ${fsHz} Hz, each network trained ${plural(runs, 'time')}.`;
  return [
    words(`${asked} The networks tell ${config.tasks.map(taskWords).join(', and ')}.`),
    words(tested),
    ...(rows.length === 0 ? [] : [recordTable(config, rows, tests)]),
    subheading('The answers', 'answers'),
    claims(answers),
    words(
      'F1 weighs missed positives against false alarms where a probability of 0.5 decides; AUPRC, in what follows, tells ' +
        'how well the probabilities rank. Both are 1 at best. Intervals of a difference: 95 %, over runs and patients at ' +
        "once, not corrected. p: paired, two-sided, after Holm's correction over all comparisons of the score and test " +
        'set; below 0.05 a difference counts as told from chance. No answer reaches beyond patients and devices such as ' +
        'these.',
      'note',
    ),
  ];
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
