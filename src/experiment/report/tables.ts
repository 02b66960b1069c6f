// The results of an experiment as text tables in the form of Nonaka and Seita (2026): tables 2-5 and A.2-A.5 for each
// task and test set, table 6 with tasks as columns, then decision rules, counts and hyper-parameters. Also writes the
// tables as Markdown and all numbers, unrounded, as one tidy CSV file. Computes only the averages of the paper. More
// than 300 lines: each table is short, and together they are one list.

import { printable } from '../../base/text.js';
import { csvText } from '../../codecs/csv.js';
import { heldBack } from '../../run/predictions.js';
import { type BaseSetting, baseSettings } from '../../run/settings.js';
import { meanOf } from '../../score/ranked-runs.js';
import type { CellKey, ResultRow } from '../results.js';
import { type CellSummary, type Comparison, type ExperimentSummary, groupBy } from '../summary.js';
import { decisionTables } from './decision-tables.js';
import {
  change,
  fixed,
  rangeText,
  settingTitles,
  sourcesOf,
  sourceTitle,
  taskTitle,
  testTitle,
  withSd,
} from './wording.js';

/** A table of text cells. */
export interface SummaryTable {
  readonly title: string;
  readonly head: readonly string[];
  /** Rows with the same number of cells as the head. */
  readonly rows: readonly (readonly string[])[];
  /** For each row, the indices of the cells with the best value. */
  readonly best: readonly (readonly number[])[];
  /** True for a table that the report shows folded. */
  readonly aside?: true;
}

type ScoreName = 'f1' | 'auprc';
const scoreTitles: Readonly<Record<ScoreName, string>> = { f1: 'F1', auprc: 'AUPRC' };

/** Returns all tables in the order of the paper; `rows` supply the counts and hyper-parameters. */
export function summaryTables(summary: ExperimentSummary, rows: readonly ResultRow[]): SummaryTable[] {
  const tests = [...new Set(rows.map(({ test }) => test))];
  const titleOf = (test: string) => testTitle(test, tests);
  return [
    ...scoreTables(summary, rows, 'f1', titleOf),
    ...scoreTables(summary, rows, 'auprc', titleOf),
    ...gainTables(summary, rows, titleOf),
    ...decisionTables(summary, titleOf),
    ...countTables(rows, tests),
    ...hyperParameterTables(rows),
  ];
}

/** Returns tables 2-5 (F1) or A.2-A.5 (AUPRC), in which all positives train. */
function scoreTables(
  { cells, comparisons }: ExperimentSummary,
  rows: readonly ResultRow[],
  score: ScoreName,
  titleOf: (test: string) => string,
): SummaryTable[] {
  const whole = cells.filter(({ positives }) => positives === null);
  return groupBy(whole, ({ task, test }) => [task, test]).map((own) => {
    const { task, test } = own[0]!;
    const lines = groupBy(own, ({ arch }) => [arch]).map((ofArch) => {
      const means = baseSettings.map((setting) => ofArch.find((cell) => cell.setting === setting)?.[score]);
      const compared = comparisons.find((one) => isSame(one, { task, arch: ofArch[0]!.arch, test }))?.[score];
      return { arch: ofArch[0]!.arch, means, compared };
    });
    const body = [
      ...trainedOn(rows.filter((row) => row.task === task && row.test === test && row.positives === null)),
      ...lines.map(({ arch, means, compared }) => [
        arch,
        ...means.map((mean) => (mean === undefined ? dash : withSd(mean.mean, mean.sd))),
        compared === undefined ? dash : change(compared.percent, 1),
        compared === undefined ? dash : within(compared.difference, compared.low, compared.high, 3),
        compared === undefined ? dash : pCell(compared.pCorrected),
      ]),
    ];
    const best = [
      [],
      [],
      ...lines.map(({ means }) => largest(means.map((mean) => mean?.mean ?? Number.NaN))),
    ];
    if (lines.length > 1) {
      const over = baseSettings.map((_, at) => definedMean(lines.map(({ means }) => means[at]?.mean)));
      const gain = definedMean(lines.map(({ compared }) => compared?.percent));
      const difference = definedMean(lines.map(({ compared }) => compared?.difference));
      const means = over.map((mean) => fixed(mean, 3));
      body.push(['Average', ...means, change(gain, 1), change(difference, 3), dash]);
      best.push(largest(over));
    }
    return {
      title: `${scoreTitles[score]} of ${taskTitle(task)}, ${titleOf(test)}`,
      head: [
        'Architecture',
        ...baseSettings.map((setting) => `${settingTitles[setting]} (SD)`),
        'Gain %',
        'Difference (95 %)',
        'p corrected',
      ],
      rows: body,
      best,
    };
  });
}

/** Returns the first two rows of the paper's tables: the synthetic records and real windows per run of each setting. */
function trainedOn(rows: readonly ResultRow[]): string[][] {
  const counts = (setting: BaseSetting) =>
    rangeText(rows.filter((row) => row.setting === setting).map(({ trainWindows }) => trainWindows));
  const both = rows.some(({ setting }) => setting === 'syn-real');
  return [
    ['# synthetic records', dash, counts('syn'), both ? counts('syn') : dash, dash, dash, dash],
    ['# real windows', counts('real'), dash, counts('syn-real'), dash, dash, dash],
  ];
}

/** Returns table 6 for each test set, with the gains with fewer positives (figure 5) below it. */
function gainTables(
  { gains }: ExperimentSummary,
  rows: readonly ResultRow[],
  titleOf: (test: string) => string,
): SummaryTable[] {
  return groupBy(gains, ({ test }) => [test]).map((own) => {
    const tasks = [...new Set(own.map(({ task }) => task))];
    const steps = [...new Set(own.map(({ positives }) => positives))].sort(
      (a, b) => (b ?? Infinity) - (a ?? Infinity),
    );
    const counts = tasks.map((task) =>
      rangeText(
        rows
          .filter((row) => row.task === task && row.setting === 'real' && row.positives === null)
          .map(({ trainPositives }) => trainPositives),
      ),
    );
    const { test } = own[0]!;
    return {
      title: `Average gain of F1 in % (95 %), ${titleOf(test)}`,
      head: ['Training', ...tasks.map((task) => taskTitle(task))],
      rows: [
        ['# positives', ...counts],
        ...steps.map((step) => [
          step === null ? 'Gain, all positives' : `Gain, ${step} positives`,
          ...tasks.map((task) => {
            const point = own.find((one) => one.task === task && one.positives === step);
            return point === undefined ? dash : within(point.percent, point.low, point.high, 1);
          }),
        ]),
      ],
      best: [],
    };
  });
}

/** Returns the tables of windows, positives and patients on every side; a range if the runs differ. */
function countTables(rows: readonly ResultRow[], tests: readonly string[]): SummaryTable[] {
  const real = rows.filter(({ setting }) => setting !== 'syn');
  const training = groupBy(
    real.filter(({ test }) => test === rows[0]?.test),
    ({ task, positives }) => [task, positives],
  );
  const judged = groupBy(rows, ({ task, test }) => [task, test]);
  const tables = [
    {
      title: 'Real windows in training and validation (range over runs)',
      head: [
        'Task',
        'Positives',
        'Training',
        'Train positives',
        'Train patients',
        'Train positive patients',
        'Validation',
        'Val positives',
      ],
      rows: training.map((own) => [
        taskTitle(own[0]!.task),
        own[0]!.positives === null ? 'all' : String(own[0]!.positives),
        ...(
          [
            'trainWindows',
            'trainPositives',
            'trainPatients',
            'trainPositivePatients',
            'valWindows',
            'valPositives',
          ] as const
        ).map((name) => rangeText(own.map((row) => row[name]))),
      ]),
      best: [],
    },
    {
      title: 'Windows in the tests',
      head: ['Task', 'Test', 'Windows', 'Positives', 'Patients', 'Positive patients'],
      rows: judged.map((own) => [
        taskTitle(own[0]!.task),
        own[0]!.test === heldBack ? heldBack : sourceTitle(own[0]!.test, tests),
        ...(['testWindows', 'testPositives', 'testPatients', 'testPositivePatients'] as const).map((name) =>
          rangeText(own.map((row) => row[name])),
        ),
      ]),
      best: [],
    },
  ];
  return tables.filter((one) => one.rows.length > 0);
}

/** Returns the table of hyper-parameters; tasks with the same hyper-parameters share one row. */
function hyperParameterTables(rows: readonly ResultRow[]): SummaryTable[] {
  const chosen = groupBy(
    rows.filter(({ positives }) => positives === null),
    ({ arch, setting, learningRate, shiftRate, maskRate, archOptions }) => [
      arch,
      setting,
      learningRate,
      shiftRate,
      maskRate,
      archOptions,
    ],
  );
  if (chosen.length === 0) return [];
  return [
    {
      title: 'Hyper-parameters',
      aside: true,
      head: ['Task', 'Architecture', 'Setting', 'Learning rate', 'Shift rate', 'Mask rate', 'Options'],
      rows: chosen.map((own) => {
        const row = own[0]!;
        return [
          [...new Set(own.map(({ task }) => taskTitle(task)))].join(', '),
          row.arch,
          settingTitles[row.setting],
          row.learningRate.toPrecision(3),
          fixed(row.shiftRate, 3),
          fixed(row.maskRate, 3),
          optionWords(row.archOptions),
        ];
      }),
      best: [],
    },
  ];
}

/** Formats a JSON object as `depth 4, width 64`. */
function optionWords(json: string): string {
  const values: Record<string, unknown> = JSON.parse(json);
  const words = Object.entries(values).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return words.join(', ') || dash;
}

/** Returns the tables as GitHub Markdown, each under a heading; the best values of a row are bold. */
export function tablesMarkdown(tables: readonly SummaryTable[]): string {
  const parts = tables.map(({ title, head, rows, best }) => {
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const body = rows.map((cells, row) =>
      line(cells.map((cell, at) => (best[row]?.includes(at) ? `**${escaped(cell)}**` : escaped(cell)))),
    );
    const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
    return [`## ${title}`, '', line(head.map(escaped)), line(rule), ...body, ''].join('\n');
  });
  return parts.join('\n');
}

const csvHead = [
  'kind',
  'task',
  'test',
  'arch',
  'setting',
  'positives',
  'source',
  'ratio',
  'share',
  'score',
  'measure',
  'value',
] as const;

/**
 * Returns all numbers as CSV in long form, one number per row. The column `kind` is `cell` (mean, sd, low, high, each
 * run, counts), `comparison` (the fields of Gain) or `gain` (figure 5). Values are unrounded; an undefined value is
 * empty, `positives` and `share` are empty if all records were used, and `source` and `ratio` where a setting has none.
 */
export function tablesCsv(summary: ExperimentSummary): string {
  const tests = [...new Set(summary.cells.map(({ test }) => test))];
  const sources = sourcesOf(summary.cells);
  const named = <T extends { readonly test: string; readonly source: string | null }>(
    items: readonly T[],
  ): T[] =>
    items.map((one) => ({
      ...one,
      test: sourceTitle(one.test, tests),
      source: one.source && sourceTitle(one.source, sources),
    }));
  const [cells, comparisons, gains] = [
    named(summary.cells),
    named(summary.comparisons),
    named(summary.gains),
  ];
  const lines = [
    ...cells.flatMap(cellLines),
    ...comparisons.flatMap((one) =>
      (['f1', 'auprc'] as const).flatMap((score) => {
        const { reason, ...numbers } = one[score];
        return Object.entries(numbers).map(([measure, value]) =>
          csvLine('comparison', one, score, measure, value),
        );
      }),
    ),
    ...gains.flatMap(({ percent, low, high, archs, ...point }) =>
      Object.entries({ percent, low, high, archs }).map(([measure, value]) =>
        csvLine('gain', { ...point, ...noCell }, 'f1', measure, value),
      ),
    ),
  ];
  return csvText([csvHead, ...lines]);
}

/** The part of a cell that figure 5, a mean over architectures, does not have. */
const noCell = { arch: '', setting: '', ratio: null, share: null };

function cellLines(cell: CellSummary): CsvLine[] {
  const counts = [
    'trainPositives',
    'trainPositivePatients',
    'testWindows',
    'testPositives',
    'testPatients',
    'testPositivePatients',
  ] as const;
  const { f1, auprc, auroc, decisions } = cell;
  return [
    ...Object.entries({ f1, auprc, auroc, ...decisions }).flatMap(([score, { runs, ...numbers }]) => {
      return [
        ...Object.entries(numbers).map(([measure, value]) => csvLine('cell', cell, score, measure, value)),
        ...runs.map((value, at) => csvLine('cell', cell, score, `run ${at + 1}`, value)),
      ];
    }),
    ...counts.map((name) => csvLine('cell', cell, '', name, cell[name])),
  ];
}

type CsvLine = readonly (string | number)[];

function csvLine(
  kind: string,
  {
    task,
    test,
    arch,
    setting,
    positives,
    source,
    ratio,
    share,
  }: Omit<CellKey, 'setting'> & {
    readonly test: string;
    readonly setting: string;
  },
  score: string,
  measure: string,
  value: number,
): CsvLine {
  const number = Number.isNaN(value) ? '' : value;
  const optional = [positives, source, ratio, share].map((one) => one ?? '');
  return [kind, task, test, arch, setting, ...optional, score, measure, number];
}

function isSame(one: Comparison, key: { task: string; arch: string; test: string }): boolean {
  return one.positives === null && one.task === key.task && one.arch === key.arch && one.test === key.test;
}

const dash = '–';

/** Returns a change with its interval, `+0.012 (−0.010 to +0.034)`. */
export function within(value: number, low: number, high: number, digits: number): string {
  const text = change(value, digits);
  return Number.isFinite(low + high) ? `${text} (${change(low, digits)} to ${change(high, digits)})` : text;
}

/** Returns a p-value as a cell of a table. */
export function pCell(p: number): string {
  return p < 0.001 ? '< 0.001' : fixed(p, 3);
}

function definedMean(values: readonly (number | undefined)[]): number {
  return meanOf(values.filter((value) => value !== undefined && !Number.isNaN(value)) as number[]);
}

/** Returns the indices of the cells (after the label) with the largest printed value; none if only one cell has a value. */
function largest(values: readonly number[]): number[] {
  const printed = values.map((value) => fixed(value, 3));
  const known = printed.filter((text) => text !== dash);
  if (known.length < 2) return [];
  const most = known.reduce((a, b) => (Number(b) > Number(a) ? b : a));
  return printed.flatMap((text, at) => (text === most ? [at + 1] : []));
}

function escaped(text: string): string {
  return printable(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replace(/<(?=[a-z/!?])/gi, '&lt;')
    .replace(/\s+/g, ' ');
}
