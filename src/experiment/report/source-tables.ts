// The tables of the sources of synthetic records: the generators (G1), augmentation (G3), training on synthetic records
// alone (G4), and pre-training with shares of the real records (G5), for each test set. Closeness (G2) and memorisation
// (G7) are measured by `pqrst fidelity`.

import { hasRatio, usesSynthetic } from '../../run/settings.js';
import type { ExperimentConfig } from '../config.js';
import { type CellKey, isOfCell, type ResultRow } from '../results.js';
import { simulator } from '../source-names.js';
import type { GeneratorFacts } from '../sources.js';
import { type CellSummary, type Comparison, type ExperimentSummary, groupBy } from '../summary.js';
import type { ExperimentPart } from './main-part.js';
import { pCell, type SummaryTable, within } from './tables.js';
import { fixed, rangeText, settingTitle, sourceTitle, taskTitle, testTitle, withSd } from './wording.js';

/** An experiment with its generators. */
export interface SourcesPart extends ExperimentPart {
  readonly generators: readonly GeneratorFacts[];
}

/** Returns whether an experiment has sources, settings or shares that the first paper does not have. */
export function hasSources({ settings, sources, shares }: ExperimentConfig): boolean {
  const others = settings.some(usesSynthetic) && sources.some((source) => source !== simulator);
  return others || shares.length > 0 || settings.some(hasRatio);
}

/** Returns the tables of an experiment with other sources, added records or shares; none without them. */
export function sourceTables(part: SourcesPart): SummaryTable[] {
  const { config, summary, generators } = part;
  if (!hasSources(config)) return [];
  const tests = [...new Set(summary.cells.map(({ test }) => test))];
  const judged = groupBy(summary.cells, ({ task, test }) => [task, test]);
  const titleOf = ([cell]: readonly CellSummary[]) =>
    `${taskTitle(cell!.task)}, ${testTitle(cell!.test, tests)}`;
  const each = (make: (cells: readonly CellSummary[], title: string) => SummaryTable[]) =>
    judged.flatMap((cells) => make(cells, titleOf(cells)));
  return [
    ...generatorTable(generators, config),
    ...each((cells, title) => augmentation(cells, title, part)),
    ...each((cells, title) => onlySynthetic(cells, title, config)),
    ...each((cells, title) => transfer(cells, title, part)),
  ];
}

/** Returns table G1. */
function generatorTable(
  generators: readonly GeneratorFacts[],
  { sources }: ExperimentConfig,
): SummaryTable[] {
  if (generators.length === 0) return [];
  const perPhase = (file: GeneratorFacts['file'], wordsOf: (points: typeof file.curve) => string) => {
    const phases = groupBy(file.curve, ({ phase }) => [phase]);
    const shown = phases.map((points) => [points[0]!.phase, wordsOf(points)] as const);
    return shown.length === 1 ? shown[0]![1] : shown.map((words) => words.join(' ')).join(', ');
  };
  return [
    {
      title: 'G1. The generators',
      head: [
        'Source',
        'Kind',
        'Size',
        'Parameters',
        'Trained on',
        'Steps',
        'Minutes',
        'Lowest validation loss',
      ],
      rows: generators.map(({ source, file }) => [
        sourceTitle(source, sources),
        file.kind,
        file.size,
        String(file.parameters),
        `${file.trainedOn.source === 'synthetic' ? 'the simulator: ' : ''}${file.labels.map((label, at) => `${file.trainedOn.records[at]} ${label}`).join(', ')}`,
        perPhase(file, (points) => String(points.at(-1)!.step)),
        fixed(file.seconds / 60, 1),
        perPhase(file, (points) => fixed(Math.min(...points.map(({ valLoss }) => valLoss ?? Number.NaN)), 4)),
      ]),
      best: [],
    },
  ];
}

/** Returns table G3: real records, and real records with added ones. */
function augmentation(cells: readonly CellSummary[], title: string, part: SourcesPart): SummaryTable[] {
  const shown = cells.filter(
    ({ setting, share }) => share === null && (setting === 'real' || hasRatio(setting)),
  );
  if (!shown.some(({ setting }) => hasRatio(setting))) return [];
  return [scoreTable(`G3. Real and added records: ${title}`, shown, part)];
}

/** Returns table G4: synthetic records alone, beside real ones. */
function onlySynthetic(
  cells: readonly CellSummary[],
  title: string,
  { sources }: ExperimentConfig,
): SummaryTable[] {
  const shown = cells.filter(
    ({ setting, positives, share }) =>
      positives === null && share === null && (setting === 'real' || setting === 'syn'),
  );
  if (!shown.some(({ setting }) => setting === 'syn')) return [];
  const ordered = byArch(shown);
  return [
    {
      title: `G4. Synthetic records alone: ${title}`,
      head: ['Architecture', 'Training', 'F1 (SD)', 'AUPRC (SD)'],
      rows: ordered.map((cell) => [
        cell.arch,
        trainingWords(cell, sources),
        withSd(cell.f1.mean, cell.f1.sd),
        withSd(cell.auprc.mean, cell.auprc.sd),
      ]),
      best: [],
    },
  ];
}

/** Returns table G5: pre-training by source, fine-tuned with all real records, shares of them, and fewer positives. */
function transfer(cells: readonly CellSummary[], title: string, part: SourcesPart): SummaryTable[] {
  const shown = cells.filter(({ setting }) => setting === 'real' || setting === 'syn-real');
  const isCut = shown.some(({ share }) => share !== null);
  if (!isCut && !shown.some(({ setting }) => setting === 'syn-real')) return [];
  return [scoreTable(`G5. Pre-training, then real records: ${title}`, shown, part)];
}

function scoreTable(
  title: string,
  cells: readonly CellSummary[],
  { config, summary, rows }: SourcesPart,
): SummaryTable {
  return {
    title,
    head: [
      'Architecture',
      'Real records',
      '# real windows',
      'Training',
      'F1 (SD)',
      'F1 − Real (95 %)',
      'p of F1',
      'AUPRC (SD)',
      'AUPRC − Real (95 %)',
      'p of AUPRC',
    ],
    rows: byArch(cells).map((cell) => {
      const compared = comparisonOf(cell, summary);
      const ofScore = (name: 'f1' | 'auprc') => {
        const gain = compared?.[name];
        const difference = gain === undefined ? '–' : within(gain.difference, gain.low, gain.high, 3);
        return [
          withSd(cell[name].mean, cell[name].sd),
          difference,
          gain === undefined ? '–' : pCell(gain.pCorrected),
        ];
      };
      return [
        cell.arch,
        levelWords(cell),
        rangeText(rows.filter((row) => isOfCell(row, cell)).map((row: ResultRow) => row.trainWindows)),
        trainingWords(cell, config.sources),
        ...ofScore('f1'),
        ...ofScore('auprc'),
      ];
    }),
    best: [],
  };
}

/** Returns the comparison of a cell with Real; undefined for Real itself. */
function comparisonOf(cell: CellSummary, { comparisons }: ExperimentSummary): Comparison | undefined {
  return comparisons.find((one) => isOfCell(one, cell));
}

/** Returns what trained: `Real`, `Syn→Real of simulator`, `Real+Syn × 0.5 of generator:af`. */
export function trainingWords(key: CellKey, sources: readonly string[]): string {
  if (key.source === null) return settingTitle(key);
  return `${settingTitle({ ...key, source: null })} of ${sourceTitle(key.source, sources)}`;
}

/** Returns the real records of a cell: `all`, `10 %` or `5 positives`. */
function levelWords({ positives, share }: Pick<CellKey, 'positives' | 'share'>): string {
  if (positives !== null) return `${positives} positives`;
  return share === null ? 'all' : `${share} %`;
}

/** Sorts cells by architecture, then by the number of real records, all of them first. */
function byArch(cells: readonly CellSummary[]): CellSummary[] {
  return groupBy(cells, ({ arch }) => [arch]).flatMap((own) =>
    groupBy(own, ({ positives, share }) => [positives, share])
      .sort(([a], [b]) => levelOf(b!) - levelOf(a!))
      .flat(),
  );
}

/** Returns a number by which levels are sorted: all records, then shares, then numbers of positives. */
function levelOf({ positives, share }: Pick<CellKey, 'positives' | 'share'>): number {
  if (positives !== null) return -1 / positives;
  return share ?? 100;
}
