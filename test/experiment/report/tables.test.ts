import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { summaryTables, tablesCsv, tablesMarkdown } from '#lib/experiment/report/tables.js';
import type { CellKey, ResultRow } from '#lib/experiment/results.js';
import type { CellSummary, Comparison, ExperimentSummary } from '#lib/experiment/summary.js';
import { heldBack } from '#lib/run/predictions.js';
import type { Gain } from '#lib/score/statistics.js';
import { keyOf } from '../../helpers/cell-keys.js';
import { decisionsOf, someDecisions } from '../../helpers/some-decisions.js';

const score = (mean: number) => ({ mean, sd: 0.02, low: mean - 0.1, high: mean + 0.1, runs: [mean, mean] });
const counts = {
  ...{ trainPositives: 20, trainPositivePatients: 9, testPositives: 11, testPositivePatients: 5 },
  ...{ testWindows: 80, testPatients: 40 },
};

function gainOf(difference: number, p: number): Gain {
  return {
    ...{ difference, low: difference - 0.05, high: difference + 0.05, percent: 200 * difference },
    ...{ percentLow: -1, percentHigh: 40, p, pCorrected: 2 * p, reason: '' },
  };
}

const archs = [
  { arch: 'resnet18', means: [0.5, 0.4, 0.6], p: 0.0001 },
  { arch: 's4', means: [0.7, Number.NaN, 0.65], p: 0.25 },
] as const;
const settings = ['real', 'syn', 'syn-real'] as const;
const task = 'PVC|x:NORM';
const title = 'PVC|x against NORM';
const source = 'simulator';

const summary: ExperimentSummary = {
  cells: archs.flatMap(({ arch, means }) =>
    settings.map((setting, at) => {
      const one = score(means[at]!);
      const key = { ...keyOf(task, arch, setting), test: heldBack };
      return { ...key, f1: one, auprc: one, auroc: one, decisions: decisionsOf(one.runs), ...counts };
    }),
  ),
  comparisons: archs.map(({ arch, means, p }): Comparison => {
    const gain = gainOf(means[2] - means[0], p);
    return { ...keyOf(task, arch, 'syn-real'), test: heldBack, f1: gain, auprc: gain };
  }),
  gains: [
    { task, test: heldBack, source, positives: 10, percent: 33.21, low: 5, high: 61.4, archs: 2 },
    {
      task,
      test: heldBack,
      source,
      positives: null,
      percent: 5,
      low: Number.NaN,
      high: Number.NaN,
      archs: 2,
    },
  ],
  warnings: [],
};

const row = (key: CellKey, pair: number, given: Partial<ResultRow> = {}): ResultRow => ({
  ...key,
  generator: null,
  ...{ pair, test: heldBack, seed: 1, ...counts, trainWindows: 100, trainPatients: 50, valWindows: 25 },
  ...{ valPositives: 4 + pair, f1: 0.5, auprc: 0.5, auroc: 0.5, learningRate: 0.00123456, shiftRate: 0.5 },
  ...someDecisions(0.5),
  ...{ maskRate: 0.25, archOptions: '{"depth":4}', bestEpoch: 5, epochs: 10, steps: 9, version: '1' },
  ...given,
});
const rows = settings.flatMap((setting) =>
  [2, 3].map((pair) =>
    row(keyOf(task, 's4', setting), pair, setting === 'syn' ? { trainPatients: 0, trainWindows: 8192 } : {}),
  ),
);

describe('summaryTables', () => {
  const tables = summaryTables(summary, rows);

  it('contain the scores by architecture, with counts and averages as in the paper', () => {
    expect(tables[0]!.title).toBe(`F1 of ${title}, held-back test`);
    expect(tables[0]!.rows).toEqual([
      ['# synthetic records', '–', '8192', '8192', '–', '–', '–'],
      ['# real windows', '100', '–', '100', '–', '–', '–'],
      [
        'resnet18',
        '0.500 (0.020)',
        '0.400 (0.020)',
        '0.600 (0.020)',
        '+20.0',
        '+0.100 (+0.050 to +0.150)',
        '< 0.001',
      ],
      ['s4', '0.700 (0.020)', '–', '0.650 (0.020)', '−10.0', '−0.050 (−0.100 to 0.000)', '0.500'],
      ['Average', '0.600', '0.400', '0.625', '+5.0', '+0.025', '–'],
    ]);
    expect(tables[0]!.best).toEqual([[], [], [3], [1], [3]]);
    expect(tables[1]!.title).toBe(`AUPRC of ${title}, held-back test`);
  });

  it('contain table 6, the counts and the hyper-parameters', () => {
    expect(tables[2]).toMatchObject({
      title: 'Average gain of F1 in % (95 %), held-back test',
      head: ['Training', title],
      rows: [
        ['# positives', '20'],
        ['Gain, all positives', '+5.0'],
        ['Gain, 10 positives', '+33.2 (+5.0 to +61.4)'],
      ],
    });
    // Synthetic records do not count as real windows; the validation sides differ between runs.
    expect(tables[4]!.rows).toEqual([[title, 'all', '100', '20', '50', '9', '25', '6–7']]);
    expect(tables[5]!.rows).toEqual([[title, heldBack, '80', '11', '40', '5']]);
    expect(tables[6]!.rows[0]).toEqual([title, 's4', 'Real', '0.00123', '0.500', '0.250', 'depth 4']);
    expect(tables[6]!.rows).toHaveLength(3);
    for (const { head } of tables) expect(new Set(head).size).toBe(head.length);
    for (const { head, rows: body } of tables)
      for (const cells of body) expect(cells).toHaveLength(head.length);
  });

  it('contain F1 by decision rule, with the calibration', () => {
    const { title: name, head, rows: body, best } = tables[3]!;
    expect(name).toBe(`F1 by decision rule, and calibration, of ${title}, held-back test`);
    expect(head.slice(3, 6)).toEqual(['F1 at 0.5 (SD)', 'F1 at val. threshold (SD)', 'F1 after prior (SD)']);
    // The Syn cell of s4 has no scores, so it has no row.
    expect(body.map(([arch, setting]) => `${arch} ${setting}`)).toEqual([
      'resnet18 Real',
      'resnet18 Syn',
      'resnet18 Syn→Real',
      's4 Real',
      's4 Syn→Real',
    ]);
    expect(body[0]).toEqual([
      ...['resnet18', 'Real', 'all', '0.500 (0.020)', '0.520 (0.030)', '0.510 (0.030)', '0.500'],
      ...['0.200', '0.138', '0.100 (0.030)', '0.080 (0.030)'],
    ]);
    expect(best).toEqual(Array(5).fill([4]));
  });

  it('have no decision rules for several classes, and state that a threshold is missing', () => {
    const without = (...names: (keyof CellSummary['decisions'])[]): ExperimentSummary => ({
      ...summary,
      cells: summary.cells.slice(0, 1).map((cell) => ({
        ...cell,
        decisions: {
          ...cell.decisions,
          ...Object.fromEntries(
            names.map((one) => [one, { mean: Number.NaN, sd: Number.NaN, runs: [Number.NaN] }]),
          ),
        },
      })),
    });
    const titles = summaryTables(without('f1AtPrior'), rows).map(({ title: name }) => name);
    expect(titles.filter((name) => name.includes('decision rule'))).toEqual([]);
    const missing = summaryTables(without('valThreshold', 'f1AtValThreshold'), rows).find(({ title: name }) =>
      name.includes('decision rule'),
    )!;
    expect(missing.rows[0]!.slice(4, 7)).toEqual(['–', '0.510 (0.030)', '–']);
    expect(missing.best).toEqual([[5]]);
  });

  it('omit the average of one architecture, and give tasks with equal training one row', () => {
    const [first] = archs;
    const few = {
      ...summary,
      cells: summary.cells.filter(({ arch }) => arch === first.arch),
      gains: summary.gains.slice(1),
    };
    const other = rows.map((one) => ({ ...one, task: 'af' }));
    const some = summaryTables(few, [...rows, ...other]);
    expect(some.map(({ title }) => title.split(' ')[0])).toEqual([
      'F1',
      'AUPRC',
      'Average',
      'F1',
      'Real',
      'Windows',
      'Hyper-parameters',
    ]);
    expect(some[0]!.rows).toHaveLength(3);
    expect(some.at(-1)!.rows.map(([tasks]) => tasks)).toEqual(Array(3).fill(`${title}, AF`));
  });
});

describe('tablesMarkdown', () => {
  it('shows the best value of a row in bold, and escapes labels', () => {
    const text = tablesMarkdown(summaryTables(summary, rows));
    expect(text).toContain('| resnet18 | 0.500 (0.020) | 0.400 (0.020) | **0.600 (0.020)** | +20.0 |');
    expect(text).toContain('| Training | PVC\\|x against NORM |');
    for (const block of text.split('## ').slice(1)) {
      const widths = block
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map((line) => line.split(/(?<!\\)\|/).length);
      expect(new Set(widths).size).toBe(1);
    }
  });
});

describe('outside sets', () => {
  const outside = (test: string) => rows.map((one) => ({ ...one, test }));
  const testsOf = (...tests: string[]) =>
    summaryTables(summary, [...rows, ...tests.flatMap(outside)])
      .find(({ title: name }) => name === 'Windows in the tests')!
      .rows.map(([, test]) => test);

  it('are named by kind and folder, and by more of the path if that is not unique', () => {
    expect(testsOf('ptb-xl:/data/2024/ptb-xl/')).toEqual([heldBack, 'ptb-xl:ptb-xl']);
    expect(testsOf('npy:/a/one/x', 'npy:/b/two/x', 'ludb:/a/one/x')).toEqual([
      heldBack,
      'npy:one/x',
      'npy:two/x',
      'ludb:x',
    ]);
    expect(testsOf('mitdb:C:\\data\\mitdb', 'ludb:/a/l,ptb-xl:/a/p')).toEqual([
      heldBack,
      'mitdb:mitdb',
      'ludb:l, ptb-xl:p',
    ]);
  });

  it('have no path in the CSV file', () => {
    const cells = summary.cells.map((one) => ({ ...one, test: 'ptb-xl:/data/2024/ptb-xl' }));
    const text = tablesCsv({ ...summary, cells });
    expect(text).not.toContain('/data');
    expect(text).toContain('ptb-xl:ptb-xl');
  });
});

describe('tablesCsv', () => {
  const lines: Record<string, string>[] = parse(tablesCsv(summary), { columns: true });
  const find = (wanted: Record<string, string>) =>
    lines.filter((line) => Object.entries(wanted).every(([name, value]) => line[name] === value));

  it('contains unrounded numbers, and empty fields for undefined ones', () => {
    const cell = {
      kind: 'cell',
      arch: 's4',
      score: 'f1',
      measure: 'mean',
      task,
      test: heldBack,
      positives: '',
    };
    expect(find({ ...cell, setting: 'real' }).map(({ value }) => value)).toEqual(['0.7']);
    expect(find({ ...cell, setting: 'syn' }).map(({ value }) => value)).toEqual(['']);
    expect(find({ ...cell, setting: 'real', measure: 'run 2' })).toHaveLength(1);
    const difference = find({ kind: 'comparison', arch: 's4', score: 'auprc', measure: 'difference' });
    expect(Number(difference[0]!.value)).toBe(0.65 - 0.7);
    expect(find({ kind: 'gain', measure: 'percent', positives: '10' })[0]!.value).toBe('33.21');
    const threshold = { kind: 'cell', arch: 'resnet18', setting: 'real', score: 'valThreshold' };
    expect(find({ ...threshold, measure: 'run 1' }).map(({ value }) => value)).toEqual(['0.5']);
    expect(find({ kind: 'cell', measure: 'testPositives', arch: 's4', setting: 'syn' })[0]!.value).toBe('11');
  });
});
