// The report of an experiment as one HTML file: the answers, tables 2-6 and A.2-A.5 and figures 1-5 of Nonaka and Seita
// (2026), curves, confusion matrices, calibration, the worst mistakes on ECG paper, and the method. Predictions are
// loaded for one cell at a time and then released. The same input gives the same bytes: the report contains no time and
// no machine name. More than 300 lines: the order of the sections and their notes are one text.

import { plural } from '../../base/text.js';
import { differenceChart, gainChart } from '../../report/gain-charts.js';
import {
  anchor,
  details,
  figure,
  htmlReport,
  list,
  type Markup,
  type ReportSection,
  subheading,
  tiles,
  words,
} from '../../report/html.js';
import { heldBack } from '../../run/predictions.js';
import { type BaseSetting, usesSynthetic } from '../../run/settings.js';
import type { Prediction, RunPredictions } from '../../score/predictions.js';
import { type LabelTask, restLabel } from '../../signal/tasks.js';
import type { EcgWindow } from '../../signal/window.js';
import type { CurvePoint } from '../../train/checkpoint.js';
import type { ExperimentConfig } from '../config.js';
import type { CellKey, ResultRow } from '../results.js';
import type { GeneratorFacts } from '../sources.js';
import type { ExperimentSummary } from '../summary.js';
import { type CellCalibration, cellCalibration, reliabilityFigure } from './calibration-figures.js';
import { type CellRanking, confusionTable, learningFigure, rankFigures, rankingOf } from './cell-figures.js';
import { classFigures } from './figures.js';
import { introduction, type TestRecords } from './intro.js';
import { type MainConfig, mainPart } from './main-part.js';
import { method } from './method.js';
import { type JudgedTest, type MeanWindow, meanOverRuns, mistakeFigures, worstMistakes } from './mistakes.js';
import { sourcesSection } from './sources-section.js';
import { tableMarkup } from './table-markup.js';
import { summaryTables } from './tables.js';
import { sure, type Verdict, verdictOf } from './verdict.js';
import { settingTitles, sourceTitle, taskTitle, testTitle } from './wording.js';

/** Everything that the report is made from. */
export interface ExperimentReportInput {
  readonly config: ExperimentConfig;
  readonly summary: ExperimentSummary;
  readonly rows: readonly ResultRow[];
  /** The generators of the sources. */
  readonly generators: readonly GeneratorFacts[];
  /** Returns the predictions of the finished runs of a cell for a test set. */
  predictionsOf(key: CellKey, test: string): Promise<readonly RunPredictions[]>;
  /** Returns the learning curves of the finished runs of a cell. */
  curvesOf(
    key: CellKey,
  ): Promise<readonly { readonly pair: number; readonly curve: readonly CurvePoint[] }[]>;
  /** Returns the window of a prediction; undefined if its data set is not loaded. */
  windowOf(task: string, test: string, recordName: string, startS: number): EcgWindow | undefined;
}

/** The part of an experiment that all sections but one show. */
interface MainInput extends ExperimentReportInput {
  readonly config: MainConfig;
}

/** Returns the report as one HTML page, without scripts or external resources. */
export async function experimentReport(whole: ExperimentReportInput): Promise<string> {
  const input: MainInput = { ...whole, ...mainPart(whole) };
  const { config, summary } = input;
  const tasks: TaskParts[] = [];
  const drawn = new Set<string>();
  for (const task of config.tasks) {
    // A label that several tasks share, such as normal, is drawn in the first of them. The rest differs between tasks.
    const fresh = task.labels.filter((label) => label === restLabel || !drawn.has(label));
    for (const label of fresh) drawn.add(label);
    tasks.push(await partsOf(task, fresh, input));
  }
  const each = (kind: string, note: Markup, body: (parts: TaskParts) => readonly Markup[]) => ({
    id: kind,
    parts: tasks.map(({ task }) => ({ id: anchor(kind, task.name), heading: taskTitle(task) })),
    body: [
      note,
      ...tasks.flatMap((parts) => [
        subheading(taskTitle(parts.task), anchor(kind, parts.task.name)),
        ...body(parts),
      ]),
    ],
  });
  const verdicts = config.tasks.map((task) => verdictOf(task, config, summary));
  const answers = verdicts.flatMap((verdict) => verdict.answers);
  const tests = tasks.flatMap((parts) => parts.tests);
  const sections: ReportSection[] = [
    {
      heading: config.settings.includes('syn-real') ? 'Does synthetic pre-training help?' : 'Question',
      id: 'answer',
      body: introduction(config, input.rows, tests, answers),
    },
    { heading: 'The held-back test in detail', ...detailed(input, verdicts) },
    { heading: 'Tables', id: 'tables', body: tables(input) },
    { heading: 'Gain against the number of positives', id: 'gain', body: gains(input) },
    ...sourcesSection(whole),
    { heading: 'ROC and precision-recall curves', ...each('curves', curvesNote, ({ curves }) => curves) },
    {
      heading: 'Confusion matrices at a threshold of 0.5',
      ...each('confusion', confusionNote, ({ confusion }) => confusion),
    },
    { heading: 'Calibration', ...each('calibration', calibrationNote, ({ calibration }) => calibration) },
    { heading: 'Learning curves', ...each('learning', learningNote, ({ learning }) => learning) },
    { heading: 'The worst mistakes', ...each('mistakes', mistakesNote, ({ mistakes }) => mistakes) },
    {
      heading: 'The classes: synthetic and real records',
      ...each('classes', classesNote, ({ classes }) => classes),
    },
    { heading: 'Method', id: 'method', body: method(whole.config, whole.rows) },
  ];
  const versions = [...new Set(input.rows.map(({ version }) => version))].join(', ');
  return htmlReport({
    title: `Synthetic pre-training: ${config.tasks.map(taskTitle).join(', ')}`,
    summary:
      `${config.archs.length === 1 ? config.archs[0] : `${config.archs.length} architectures`} in the settings ` +
      `${whole.config.settings.map((setting) => settingTitles[setting]).join(', ')}, ${plural(config.runs, 'run')} each, on ` +
      `${config.data.map((one) => sourceTitle(one, [...config.data, ...config.outside])).join(', ')}.`,
    ...(summary.cells.length === 0 && { banner: 'NO RUN HAS FINISHED: there are no results yet.' }),
    sections,
    footer: `pqrst ${versions}, seed ${config.seed}. Research, not a medical device.`,
  });
}

function detailed({ config, summary }: ExperimentReportInput, verdicts: readonly Verdict[]) {
  const ids = config.tasks.map((task) => ({ id: anchor('verdict', task.name), heading: taskTitle(task) }));
  const body = config.tasks.flatMap((task, at) => {
    const { sentences, against } = verdicts[at]!;
    return [
      subheading(taskTitle(task), ids[at]!.id),
      ...(sentences.length === 0 ? [] : [list(sentences)]),
      ...differences(task, summary),
      ...(against.length === 0 ? [] : [words('Limits of this evidence:'), list(against)]),
    ];
  });
  const warned =
    summary.warnings.length === 0
      ? []
      : [subheading('Warnings', 'warnings'), list(summary.warnings, 'warnings')];
  const parts = [...ids, ...(warned.length === 0 ? [] : [{ id: 'warnings', heading: 'Warnings' }])];
  return { id: 'verdict', parts, body: [...body, ...warned] };
}

function differences(task: LabelTask, { comparisons }: ExperimentSummary): Markup[] {
  const own = comparisons.filter(
    (one) => one.task === task.name && one.positives === null && one.test === heldBack,
  );
  if (own.length === 0) return [];
  const chart = (name: 'f1' | 'auprc') => {
    const score = name === 'f1' ? 'F1' : 'AUPRC';
    const rows = own.map(({ arch, [name]: gain }) => ({
      name: arch,
      value: gain.difference,
      low: gain.low,
      high: gain.high,
      sure: sure(gain) !== 0,
    }));
    const title = `${taskTitle(task)}: ${score}, Syn→Real − Real`;
    const svg = differenceChart(title, `difference of ${score}`, rows, { embedded: true });
    const caption = 'Dot: mean difference over the runs (filled: significant); whisker: its 95 % interval.';
    return figure({ svg, caption }, 'chart');
  };
  return [tiles([chart('f1'), chart('auprc')], 2)];
}

/** Draws figure 5: one chart per task and test set. */
function gains({ config, summary }: ExperimentReportInput): Markup[] {
  const drawn = [heldBack, ...config.outside].flatMap((test) => {
    const items = config.tasks.flatMap((task) => {
      const steps = summary.gains
        .filter((one) => one.task === task.name && one.test === test)
        .sort((a, b) => (a.positives ?? Infinity) - (b.positives ?? Infinity))
        .map(({ positives, percent, low, high }) => ({
          positives,
          percent,
          low,
          high,
          single: summary.comparisons
            .filter((one) => one.task === task.name && one.test === test && one.positives === positives)
            .map(({ f1 }) => f1.percent),
        }));
      if (steps.length === 0) return [];
      const title = `${taskTitle(task)}: mean gain in F1`;
      const svg = gainChart(title, steps, { embedded: true });
      return [figure({ svg, caption: gainCaption(steps.length) }, 'chart')];
    });
    if (items.length === 0) return [];
    const title = testTitle(test, config.outside);
    return [subheading(`${title[0]!.toUpperCase()}${title.slice(1)}`), tiles(items, 2)];
  });
  return drawn.length > 0
    ? drawn
    : [words('Real and Syn→Real were not both run, so there is no gain to show.')];
}

function gainCaption(steps: number): string {
  const alone = steps === 1 ? ' No training used fewer positives.' : '';
  return `Line: mean over architectures; band: its 95 % interval over architectures (with fewer than three architectures, the mean of their intervals); dots: architectures.${alone}`;
}

function tables({ summary, rows }: ExperimentReportInput): Markup[] {
  return [
    words(
      'The tables have the form of tables 2-5 (F1), A.2-A.5 (AUPRC) and 6 of Nonaka and Seita (2026). Each value is the ' +
        'mean over the runs, with the standard deviation in parentheses. The best value of a row is bold. Gain, ' +
        'difference and p compare Syn→Real with Real. A dash marks a missing value.',
      'note',
    ),
    ...summaryTables(summary, rows).map(tableMarkup),
  ];
}

interface TaskParts {
  readonly task: LabelTask;
  readonly curves: readonly Markup[];
  readonly confusion: readonly Markup[];
  readonly calibration: readonly Markup[];
  readonly learning: readonly Markup[];
  readonly mistakes: readonly Markup[];
  readonly classes: readonly Markup[];
  readonly tests: readonly TestRecords[];
}

async function partsOf(task: LabelTask, fresh: readonly string[], input: MainInput): Promise<TaskParts> {
  const { config, summary, predictionsOf, curvesOf, windowOf } = input;
  const best = bestArch(task, config, summary);
  const isBinary = task.labels.length === 2;
  const keyOf = (arch: string, setting: BaseSetting): CellKey => ({
    ...{ task: task.name, arch, setting, positives: null, ratio: null, share: null },
    source: usesSynthetic(setting) ? config.sources[0]! : null,
  });
  // One row per architecture.
  const columns = config.settings.length === 3 ? 3 : 4;
  const judged = new Map<string, JudgedTest>();
  const tests: TestRecords[] = [];
  const curves: Markup[] = [];
  const confusion: Markup[] = [];
  const calibration: Markup[] = [];
  const learning: Markup[] = [];
  for (const test of [heldBack, ...config.outside]) {
    const ranked: Markup[] = [];
    const counted: Markup[] = [];
    const reliable: Markup[] = [];
    const meansOf = new Map<BaseSetting, Map<string, MeanWindow>>();
    const find = ({ recordName, startS }: Prediction) => windowOf(task.name, test, recordName, startS);
    for (const arch of config.archs) {
      const cells: CellRanking[] = [];
      const calibrated: CellCalibration[] = [];
      for (const setting of config.settings) {
        const predictions = await predictionsOf(keyOf(arch, setting), test);
        const cell = rankingOf(setting, predictions, task.labels.length);
        if (cell === undefined) continue;
        cells.push(cell);
        if (isBinary) calibrated.push(cellCalibration(setting, predictions)!);
        if (arch === best) meansOf.set(setting, meanOverRuns(predictions));
      }
      if (cells.length === 0) continue;
      ranked.push(...rankFigures(arch, cells));
      counted.push(...cells.map((cell) => confusionTable(arch, cell, task.labels)));
      if (isBinary) reliable.push(reliabilityFigure(arch, calibrated));
    }
    const title = testTitle(test, config.outside);
    curves.push(...unfold(test, title, ranked, 4, ranked.length / 2));
    confusion.push(...unfold(test, title, counted, columns, ranked.length / 2));
    calibration.push(...unfold(test, title, reliable, 4, reliable.length));
    const windows = [...([...meansOf.values()][0]?.values() ?? [])];
    if (windows.length === 0) continue;
    tests.push({ task: task.name, test, ...recordsOf(windows, find) });
    judged.set(test, { task, meansOf, find, fsHz: config.fsHz });
  }
  for (const arch of config.archs) {
    for (const setting of config.settings) {
      const figure = learningFigure(arch, setting, await curvesOf(keyOf(arch, setting)));
      if (figure !== undefined) learning.push(figure);
    }
  }
  const own = judged.get(heldBack);
  const shown = [...([...(own?.meansOf.values() ?? [])][0]?.values() ?? [])];
  return {
    task,
    curves: curves.length === 0 ? [notDone] : curves,
    confusion: confusion.length === 0 ? [notDone] : confusion,
    calibration: calibration.length > 0 ? calibration : [isBinary ? notDone : binaryOnly],
    learning:
      learning.length === 0
        ? [notDone]
        : [
            details(`Training and validation loss: ${plural(learning.length, 'chart')}`, [
              tiles(learning, columns),
            ]),
          ],
    mistakes: mistakesOf(best, judged, config),
    classes: await classFigures(task, fresh, config, shown, (window) => own?.find(window)),
    tests,
  };
}

/** Returns the records and their leads. All windows of a record have the same leads, so it looks at one per record. */
function recordsOf(windows: readonly Prediction[], find: JudgedTest['find']) {
  const first = [...new Map(windows.map((window) => [window.recordName, window])).values()];
  const leads = first.flatMap((window) => find(window)?.leads ?? []);
  return { records: first.length, leads: [...new Set(leads)] };
}

/** The figures of more architectures than this are shown folded. */
const mostOpen = 4;

const binaryOnly = words('Calibration is measured for tasks of two labels.');
const calibrationNote = words(
  'Share of positives over the mean probability, in ten bins of equally many windows. Thick line and dots: the bins of all ' +
    'runs together. Thin lines: single runs. Dotted line: perfect calibration. Below it, probabilities are too high. The ' +
    'probabilities are not corrected for the share of positives; every training weights positives and negatives alike. ' +
    'Brier score and expected calibration error (ECE) are means over the runs.',
  'note',
);
const notDone = words('No run of this task has finished.');
const curvesNote = words(
  'Thick line: mean over the runs (true-positive rate at the same false-positive rate; precision at the first threshold ' +
    'that reaches a recall). Thin lines: single runs. Dotted line: chance.',
  'note',
);
const mistakesNote = words(
  'The wrong predictions with the highest confidence, from the model with the highest AUPRC on the held-back test; from ' +
    'different patients where possible. 25 mm/s and 10 mm/mV unless stated otherwise; prints at true size.',
  'note',
);
const classesNote = words(
  'Synthetic records of the kind used in training, and real records of the held-back test, both before z-scoring. 25 ' +
    'mm/s and 10 mm/mV unless stated otherwise. The marks on synthetic records are exact, because the simulator placed ' +
    'each wave. A label that several tasks share is drawn in the first of them.',
  'note',
);
const learningNote = words(
  'Each thin line is one run (pairs 2 and up). The weights with the lowest validation loss are kept.',
  'note',
);
const confusionNote = words(
  'Numbers of windows, summed over the runs, and their share of the row. The threshold is a probability of 0.5; with several classes, the class with the highest probability is predicted.',
  'note',
);

/** Returns the figures of one test set as a folding part; it is open for the held-back test if there are few figures. */
function unfold(
  test: string,
  title: string,
  parts: readonly Markup[],
  columns: number,
  archs: number,
): Markup[] {
  if (parts.length === 0) return [];
  const summary = `${title[0]!.toUpperCase()}${title.slice(1)}: ${plural(archs, 'architecture')}`;
  return [details(summary, [tiles(parts, columns)], test === heldBack && archs <= mostOpen)];
}

/** Returns the architecture whose mistakes are shown: that with the highest AUPRC in the main setting. */
function bestArch(
  task: LabelTask,
  { settings }: MainConfig,
  { cells }: ExperimentSummary,
): string | undefined {
  const setting = mainSetting(settings);
  const own = cells.filter(
    (one) =>
      one.task === task.name && one.setting === setting && one.positives === null && one.test === heldBack,
  );
  const known = own.filter(({ auprc }) => Number.isFinite(auprc.mean));
  return [...(known.length > 0 ? known : own)].sort((a, b) => b.auprc.mean - a.auprc.mean)[0]?.arch;
}

function mainSetting(settings: readonly BaseSetting[]): BaseSetting {
  return (['syn-real', 'real', 'syn'] as const).find((setting) => settings.includes(setting))!;
}

function mistakesOf(
  arch: string | undefined,
  judged: ReadonlyMap<string, JudgedTest>,
  { settings, outside }: MainConfig,
): Markup[] {
  const setting = mainSetting(settings);
  const parts = [...judged].flatMap(([test, one]) => {
    const means = one.meansOf.get(setting);
    if (means === undefined) return [];
    const title = testTitle(test, outside);
    return worstMistakes(means.values(), one.task).map(({ heading, windows }) => {
      const shown = windows.length === 0 ? words('None.') : mistakeFigures(windows, one);
      const summary = `${title[0]!.toUpperCase()}${title.slice(1)}. ${heading}`;
      return details(summary, [shown], test === heldBack);
    });
  });
  if (arch === undefined || parts.length === 0) return [notDone];
  return [words(`${arch}, ${settingTitles[setting]}. The probabilities are means over the runs.`), ...parts];
}
