// The methods section of an experiment's report: the configuration, the splits, and the seed and length of each run.
// The hyper-parameters that the search chose are in tables.ts.

import { plural } from '../../base/text.js';
import { details, type Markup, table, words } from '../../report/html.js';
import { heldBack } from '../../run/predictions.js';
import { hasRatio } from '../../run/settings.js';
import type { LabelTask } from '../../signal/tasks.js';
import type { ExperimentConfig } from '../config.js';
import { cellKeyOf, type ResultRow } from '../results.js';
import { simulator } from '../source-names.js';
import { settingTitle, sourcesOf, sourceTitle, taskTitle } from './wording.js';

function splitWords({ split, testShare }: ExperimentConfig): string {
  const cut =
    'was held back as the test set; the rest was divided into independent training/validation pairs.';
  switch (split) {
    case 'patients':
      return `No patient is on both sides of a split. A share of ${testShare} of the patients ${cut}`;
    case 'random':
      return (
        'Windows are split at random, as in the paper, so one patient may be on both sides. A share of ' +
        `${testShare} of the windows ${cut}`
      );
    case 'folds':
      return (
        'The folds of the data set are used. Fold 10 was held back as the test set. Pair 1 validates on fold 9, pair 2 ' +
        'on fold 8 and so on; each pair trains on the other eight folds.'
      );
  }
}

/** Returns the methods section of the report. */
export function method(config: ExperimentConfig, rows: readonly ResultRow[]): Markup[] {
  const { runs, seed, search, epochs, validateEvery, patience } = config;
  const searched =
    search.trials === 0
      ? 'The hyper-parameters are the defaults; no search was run.'
      : `The hyper-parameters were chosen on training/validation pair 1 (random search, at most ${plural(search.trials, 'trial')}${
          search.minutes === undefined ? '' : ` or ${search.minutes} min`
        } of ${plural(search.epochs, 'epoch')}).`;
  return [
    words(
      `${splitWords(config)} ${searched} Pairs 2 to ${runs + 1} gave ${plural(runs, 'run')} per cell, all scored on the same ` +
        `test set. Training: at most ${plural(epochs, 'epoch')}, validation every ${plural(validateEvery, 'epoch')}, stopped after ` +
        `${plural(patience, 'validation')} without a lower loss. All random choices (splits, weights, shuffles, synthetic records) depend on seed ${seed} alone.`,
    ),
    details('Configuration', [table(['Name', 'Value'], configRows(config), { title: 'Configuration' })]),
    details('Seeds and lengths of the runs', [
      table(['Cell', 'Positives', 'Seeds', 'Best epoch / epochs', 'Steps'], runRows(config.tasks, rows), {
        title: 'Runs of each cell in the order of their training/validation pairs',
      }),
    ]),
  ];
}

/** Returns whether a report leaves out a value: the default of an option of other experiments. */
function isUnused({ settings, sources, shares }: ExperimentConfig, name: string): boolean {
  if (name === 'sources') return sources.length === 1 && sources[0] === simulator;
  return (name === 'ratios' && !settings.some(hasRatio)) || (name === 'shares' && shares.length === 0);
}

function configRows(config: ExperimentConfig): string[][] {
  const stated = Object.entries(config).filter(([name]) => !isUnused(config, name));
  return stated.map(([name, value]) => {
    if (name === 'sources') {
      return [name, config.sources.map((source) => sourceTitle(source, config.sources)).join(', ')];
    }
    if (name === 'data' || name === 'outside') {
      const all = [...config.data, ...config.outside];
      return [name, config[name].map((source) => sourceTitle(source, all)).join(', ') || 'none'];
    }
    if (name === 'tasks') return [name, config.tasks.map((task) => task.name).join(', ')];
    if (typeof value === 'string' || typeof value === 'number') return [name, String(value)];
    const simple = Array.isArray(value) && value.every((one) => typeof one !== 'object');
    return [name, simple ? value.join(', ') || 'none' : JSON.stringify(value)];
  });
}

function runRows(tasks: readonly LabelTask[], rows: readonly ResultRow[]): string[][] {
  const cells = new Map<string, ResultRow[]>();
  const sources = sourcesOf(rows);
  for (const row of rows.filter(({ test }) => test === heldBack)) {
    const key = JSON.stringify(cellKeyOf(row));
    cells.set(key, [...(cells.get(key) ?? []), row]);
  }
  return [...cells.values()].map((own) => {
    const runs = [...own].sort((a, b) => a.pair - b.pair);
    const first = runs[0]!;
    const task = tasks.find(({ name }) => name === first.task);
    const source = first.source && sourceTitle(first.source, sources);
    const part = first.share === null ? 'all' : `all of ${first.share} %`;
    return [
      `${task === undefined ? first.task : taskTitle(task)}, ${first.arch}, ${settingTitle({ ...first, source })}`,
      first.positives === null ? part : String(first.positives),
      runs.map(({ seed }) => seed).join(' '),
      runs.map(({ bestEpoch, epochs }) => `${bestEpoch}/${epochs}`).join(' '),
      runs.map(({ steps }) => steps).join(' '),
    ];
  });
}
