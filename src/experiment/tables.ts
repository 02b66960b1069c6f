// The experiment as tables of text: 2-5 and A.2-A.5 of Nonaka and Seita (2026) for each task and test set, table 6,
// counts and hyper-parameters; as Markdown, and all numbers unrounded as one tidy CSV. Computes no more than the mean
// rows of the paper.

import { meanOf } from './ranking.js';
import type { CellKey, ResultRow } from './results.js';
import { type CellSummary, type Comparison, type ExperimentSummary, groupBy } from './summary.js';
import { change, fixed, settingTitles, testTitle } from './wording.js';

export interface SummaryTable {
  readonly title: string;
  readonly head: readonly string[];
  /** As many cells as the head has. */
  readonly rows: readonly (readonly string[])[];
  /** For each row the cells with its best value, by index. */
  readonly best: readonly (readonly number[])[];
}

type ScoreName = 'f1' | 'auprc';
const scoreTitles: Readonly<Record<ScoreName, string>> = { f1: 'F1', auprc: 'AUPRC' };
const settings = ['real', 'syn', 'syn-real'] as const;

/** All tables in the paper's order; `rows` tell counts and hyper-parameters. */
export function summaryTables(summary: ExperimentSummary, rows: readonly ResultRow[]): SummaryTable[] {
  return [
    ...scoreTables(summary, 'f1'),
    ...scoreTables(summary, 'auprc'),
    ...gainTables(summary),
    ...countTables(rows),
    ...hyperParameterTables(rows),
  ];
}

/** Tables 2-5 (F1), A.2-A.5 (AUPRC): all positives in training. */
function scoreTables({ cells, comparisons }: ExperimentSummary, score: ScoreName): SummaryTable[] {
  const whole = cells.filter(({ positives }) => positives === null);
  return groupBy(whole, ({ task, test }) => [task, test]).map((own) => {
    const { task, test } = own[0]!;
    const lines = groupBy(own, ({ arch }) => [arch]).map((ofArch) => {
      const means = settings.map((setting) => ofArch.find((cell) => cell.setting === setting)?.[score]);
      const compared = comparisons.find((one) => isSame(one, { task, arch: ofArch[0]!.arch, test }))?.[score];
      return { arch: ofArch[0]!.arch, means, compared };
    });
    const body = lines.map(({ arch, means, compared }) => [
      arch,
      ...means.map((mean) => (mean === undefined ? dash : withSd(mean.mean, mean.sd))),
      compared === undefined ? dash : change(compared.percent, 1),
      compared === undefined ? dash : within(compared.difference, compared.low, compared.high, 3),
      compared === undefined ? dash : pText(compared.pCorrected),
    ]);
    const best = lines.map(({ means }) => largest(means.map((mean) => mean?.mean ?? Number.NaN)));
    if (lines.length > 1) {
      const over = settings.map((_, at) => definedMean(lines.map(({ means }) => means[at]?.mean)));
      const gain = definedMean(lines.map(({ compared }) => compared?.percent));
      const difference = definedMean(lines.map(({ compared }) => compared?.difference));
      body.push(['mean', ...over.map((mean) => fixed(mean, 3)), change(gain, 1), change(difference, 3), '']);
      best.push(largest(over));
    }
    return {
      title: `${scoreTitles[score]} of ${task}, ${testTitle(test)}`,
      head: [
        'Architecture',
        ...settings.map((setting) => `${settingTitles[setting]} (SD)`),
        'Gain %',
        'Difference (95 %)',
        'p corrected',
      ],
      rows: body,
      best,
    };
  });
}

/** Table 6 for each test set: tasks by numbers of positives. */
function gainTables({ gains }: ExperimentSummary): SummaryTable[] {
  const isCut = gains.some(({ positives }) => positives !== null);
  if (!isCut) return [];
  return groupBy(gains, ({ test }) => [test]).map((own) => {
    const steps = [...new Set(own.map(({ positives }) => positives))].sort(
      (a, b) => (a ?? Infinity) - (b ?? Infinity),
    );
    return {
      title: `Gain of F1 in % (95 %) by positives in training, ${testTitle(own[0]!.test)}`,
      head: ['Task', ...steps.map((positives) => (positives === null ? 'all' : String(positives)))],
      rows: groupBy(own, ({ task }) => [task]).map((points) => [
        points[0]!.task,
        ...steps.map((step) => {
          const point = points.find(({ positives }) => positives === step);
          return point === undefined ? dash : within(point.percent, point.low, point.high, 1);
        }),
      ]),
      best: [],
    };
  });
}

/** Windows, positives and patients on every side; a range where runs differ. */
function countTables(rows: readonly ResultRow[]): SummaryTable[] {
  const real = rows.filter(({ setting }) => setting !== 'syn');
  const training = groupBy(
    real.filter(({ test }) => test === rows[0]?.test),
    ({ task, positives }) => [task, positives],
  );
  const tests = groupBy(rows, ({ task, test }) => [task, test]);
  const tables = [
    {
      title: 'Real windows in training and validation (range over runs)',
      head: [
        'Task',
        'Positives cut to',
        'Training',
        'Positives',
        'Patients',
        'Positive patients',
        'Validation',
        'Positives',
      ],
      rows: training.map((own) => [
        own[0]!.task,
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
        ).map((name) => range(own.map((row) => row[name]))),
      ]),
      best: [],
    },
    {
      title: 'Windows in the tests',
      head: ['Task', 'Test', 'Windows', 'Positives', 'Patients', 'Positive patients'],
      rows: tests.map((own) => [
        own[0]!.task,
        own[0]!.test,
        ...(['testWindows', 'testPositives', 'testPatients', 'testPositivePatients'] as const).map((name) =>
          range(own.map((row) => row[name])),
        ),
      ]),
      best: [],
    },
  ];
  return tables.filter((one) => one.rows.length > 0);
}

/** What the search chose, as the runs were trained with it. */
function hyperParameterTables(rows: readonly ResultRow[]): SummaryTable[] {
  const chosen = groupBy(
    rows.filter(({ positives }) => positives === null),
    ({ task, arch, setting, learningRate, shiftRate, maskRate, archOptions }) => [
      task,
      arch,
      setting,
      learningRate,
      shiftRate,
      maskRate,
      archOptions,
    ],
  ).map(([row]) => row!);
  if (chosen.length === 0) return [];
  return [
    {
      title: 'Hyper-parameters',
      head: ['Task', 'Architecture', 'Setting', 'Learning rate', 'Shift rate', 'Mask rate', 'Options'],
      rows: chosen.map((row) => [
        row.task,
        row.arch,
        settingTitles[row.setting],
        row.learningRate.toPrecision(3),
        fixed(row.shiftRate, 3),
        fixed(row.maskRate, 3),
        row.archOptions,
      ]),
      best: [],
    },
  ];
}

/** GitHub's tables under headings; a row's best values in bold. */
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
  'score',
  'measure',
  'value',
] as const;

/**
 * Long form, a number a row: kind `cell` (mean, sd, low, high, a run each, counts), `comparison` (Gain's fields), `gain`
 * (figure 5). Unrounded; empty where undefined, and in `positives` where training was not cut.
 */
export function tablesCsv({ cells, comparisons, gains }: ExperimentSummary): string {
  const lines = [
    ...cells.flatMap(cellLines),
    ...comparisons.flatMap((one) =>
      (['f1', 'auprc'] as const).flatMap((score) => {
        const { reason, ...numbers } = one[score];
        return Object.entries(numbers).map(([measure, value]) =>
          csvLine('comparison', { ...one, setting: '' }, score, measure, value),
        );
      }),
    ),
    ...gains.flatMap(({ percent, low, high, archs, ...point }) =>
      Object.entries({ percent, low, high, archs }).map(([measure, value]) =>
        csvLine('gain', { ...point, arch: '', setting: '' }, 'f1', measure, value),
      ),
    ),
  ];
  return `${[csvHead.join(','), ...lines].join('\n')}\n`;
}

function cellLines(cell: CellSummary): string[] {
  const counts = [
    'trainPositives',
    'trainPositivePatients',
    'testWindows',
    'testPositives',
    'testPatients',
    'testPositivePatients',
  ] as const;
  return [
    ...(['f1', 'auprc', 'auroc'] as const).flatMap((score) => {
      const { runs, ...numbers } = cell[score];
      return [
        ...Object.entries(numbers).map(([measure, value]) => csvLine('cell', cell, score, measure, value)),
        ...runs.map((value, at) => csvLine('cell', cell, score, `run ${at + 1}`, value)),
      ];
    }),
    ...counts.map((name) => csvLine('cell', cell, '', name, cell[name])),
  ];
}

function csvLine(
  kind: string,
  key: Omit<CellKey, 'setting'> & { readonly test: string; readonly setting: string },
  score: string,
  measure: string,
  value: number,
): string {
  const { task, test, arch, setting, positives } = key;
  const number = Number.isNaN(value) ? '' : String(value);
  return [
    kind,
    task,
    test,
    arch,
    setting,
    positives === null ? '' : String(positives),
    score,
    measure,
    number,
  ]
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}

function isSame(one: Comparison, key: { task: string; arch: string; test: string }): boolean {
  return one.positives === null && one.task === key.task && one.arch === key.arch && one.test === key.test;
}

const dash = '–';

function withSd(mean: number, sd: number): string {
  return Number.isFinite(mean + sd) ? `${fixed(mean, 3)} (${fixed(sd, 3)})` : fixed(mean, 3);
}

function within(value: number, low: number, high: number, digits: number): string {
  const told = change(value, digits);
  return Number.isFinite(low + high) ? `${told} (${change(low, digits)} to ${change(high, digits)})` : told;
}

function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : fixed(p, 3);
}

function range(values: readonly number[]): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? String(low) : `${low}–${high}`;
}

function definedMean(values: readonly (number | undefined)[]): number {
  return meanOf(values.filter((value) => value !== undefined && !Number.isNaN(value)) as number[]);
}

/** Cells (after the label) of the largest value as it is printed; none of a single one. */
function largest(values: readonly number[]): number[] {
  const printed = values.map((value) => fixed(value, 3));
  const told = printed.filter((text) => text !== dash);
  if (told.length < 2) return [];
  const most = told.reduce((a, b) => (Number(b) > Number(a) ? b : a));
  return printed.flatMap((text, at) => (text === most ? [at + 1] : []));
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\s+/g, ' ');
}
