// The statistics of an experiment over all its runs: mean and spread of each cell, Syn->Real and the settings with added
// records compared with Real, with intervals and corrected p-values, the gain for each number of positives, and warnings for
// the reader. More than 300 lines: half of them describe the results for the reader of the reference.

import type { JobOptions } from '../base/job.js';
import type { SplitKind } from '../batches/splits.js';
import { hasRatio, type Setting } from '../run/settings.js';
import type { RunPredictions } from '../score/predictions.js';
import { meanOf } from '../score/ranked-runs.js';
import {
  type Gain,
  gain,
  holm,
  type MeanScore,
  meanScore,
  type PairedGain,
  type ResampledRuns,
  resampleRuns,
  sampleSd,
} from '../score/statistics.js';
import { studentQuantile } from '../score/student.js';
import { warningsOf } from './report/warnings.js';
import { type CellKey, cellKeyOf, isDiverged, type ResultRow } from './results.js';

/** A result of each run of a cell, their mean and their spread; NaN if a run does not have it. */
export type RunScore = Pick<MeanScore, 'mean' | 'sd' | 'runs'>;

/**
 * The columns of `ResultRow` that depend on a decision threshold or on calibrated probabilities: the threshold with the
 * highest F1 of the validation records and the F1 at it, the estimated share of positives and the F1 after the correction
 * for it, Brier score and expected calibration error.
 */
export type DecisionColumn = 'valThreshold' | 'f1AtValThreshold' | 'prior' | 'f1AtPrior' | 'brier' | 'ece';

/** The scores of one cell on one test set: means over its runs, and the counts of its windows and patients. */
export interface CellSummary extends CellKey {
  /** Test set: `held-back`, or an outside set as the configuration names it. */
  readonly test: string;
  /** F1 at threshold 0.5, 0-1; for several classes the mean over them. */
  readonly f1: MeanScore;
  /** Average precision (area under the precision-recall curve), 0-1; for several classes the mean over them. */
  readonly auprc: MeanScore;
  /** Area under the ROC curve, 0-1; for several classes the mean over them. */
  readonly auroc: MeanScore;
  /** Results that depend on a decision threshold or on calibrated probabilities; only for tasks of two labels. */
  readonly decisions: Readonly<Record<DecisionColumn, RunScore>>;
  /** Number of positive training windows, the smallest over the runs; in the setting syn, of synthetic records. */
  readonly trainPositives: number;
  /** Number of patients with a positive training window, the smallest over the runs; 0 in the setting syn. */
  readonly trainPositivePatients: number;
  /** Number of positive windows in the test set. */
  readonly testPositives: number;
  /** Number of patients with at least one positive window in the test set. */
  readonly testPositivePatients: number;
  /** Number of all windows in the test set. */
  readonly testWindows: number;
  /** Number of all patients in the test set. */
  readonly testPatients: number;
}

/**
 * A setting compared with Real, for one task, architecture, number of positives or share of the real records, and test set:
 * Syn->Real, and the settings that add records.
 */
export interface Comparison {
  /** The task, as `parseLabelTask` reads it. */
  readonly task: string;
  /** Name of the architecture, a key of `architectures`. */
  readonly arch: string;
  /** The setting that is compared with Real. */
  readonly setting: Setting;
  /** What made its synthetic records; null in real+real. */
  readonly source: string | null;
  /** The number of added records as a multiple of the real ones; null in Syn->Real. */
  readonly ratio: number | null;
  /** Number of positives to which training was limited; null: all. */
  readonly positives: number | null;
  /** Percentage of the real windows to which training was limited, in both settings; null: all. */
  readonly share: number | null;
  /** Test set: `held-back`, or an outside set as the configuration names it. */
  readonly test: string;
  /** Difference of F1, with its interval and p-value. */
  readonly f1: Gain;
  /** Difference of average precision, with its interval and p-value. */
  readonly auprc: Gain;
}

/**
 * The mean gain of F1 of Syn->Real in percent over architectures for one source and number of positives (figure 5). The 95 %
 * interval uses
 * Student's t over architectures; with fewer than three architectures it is the mean of their own intervals.
 */
export interface GainPoint {
  /** The task, as `parseLabelTask` reads it. */
  readonly task: string;
  /** Test set: `held-back`, or an outside set as the configuration names it. */
  readonly test: string;
  /** What made the synthetic records. */
  readonly source: string | null;
  /** Number of positives to which training was limited; null: all. */
  readonly positives: number | null;
  /** Mean of (Syn->Real - Real) / Real of F1 over the architectures, in percent. */
  readonly percent: number;
  /** Lower end of the 95 % interval in percent, at least -100. */
  readonly low: number;
  /** Upper end of the 95 % interval in percent. */
  readonly high: number;
  /** Number of architectures over which the mean is taken. */
  readonly archs: number;
}

/** The statistics of an experiment. */
export interface ExperimentSummary {
  /** Mean scores, one entry per cell and test set. */
  readonly cells: readonly CellSummary[];
  /** Comparisons with Real, one entry per cell of Syn->Real, real+syn and real+real and per test set. */
  readonly comparisons: readonly Comparison[];
  /**
   * Mean gains over architectures, one entry per task, test set, source and number of positives, in ascending order of
   * positives.
   */
  readonly gains: readonly GainPoint[];
  /**
   * Sentences about few positives, positives of one patient, a split that mixes patients, searches without a result, and
   * missing runs.
   */
  readonly warnings: readonly string[];
}

/** Options of `summarizeExperiment`. `onProgress` counts each cell once per test set. */
export interface SummaryOptions extends JobOptions {
  readonly seed: number;
  readonly split: SplitKind;
  /** Planned number of runs per cell; a cell with fewer runs gets a warning. */
  readonly runs?: number;
  /** Data sets in which each recording counts as one patient; each gets a warning. */
  readonly recordingsAsPatients?: readonly string[];
  /** Cells whose search found no hyper-parameters within its time limit, such as `af, resnet18, real`. */
  readonly unsearched?: readonly string[];
  /** Number of resamples of each bootstrap and permutations of each test; default 2,000. */
  readonly resamples?: number;
}

/** A cell with the scores of its runs in every resample; `resampled` is undefined if no run has predictions. */
interface Judged {
  readonly cell: CellSummary;
  readonly resampled: ResampledRuns | undefined;
}

/** A comparison with the number of patients on which its tests are based. */
export interface PairedComparison extends Comparison {
  readonly f1: PairedGain;
  readonly auprc: PairedGain;
}

/**
 * Computes the statistics of all runs of an experiment. The predictions of a cell are loaded once per test set and then
 * released. Runs without predictions (diverged ones) are excluded.
 *
 * @throws PqrstError ERR_RANGE: when compared runs have different test windows.
 * @throws `options.signal.reason`: when the signal is aborted.
 */
export async function summarizeExperiment(
  rows: readonly ResultRow[],
  predictionsOf: (key: CellKey, test: string) => Promise<readonly RunPredictions[]>,
  options: SummaryOptions,
): Promise<ExperimentSummary> {
  const { signal, onProgress } = options;
  const cells: CellSummary[] = [];
  const compared: PairedComparison[] = [];
  const blocks = groupBy(rows, ({ task, test, arch, positives, share }) => {
    return [task, test, arch, positives, share];
  }).map((block) => groupBy(block, ({ setting, source, ratio }) => [setting, source, ratio]));
  const total = blocks.reduce((sum, { length }) => sum + length, 0);
  for (const block of blocks) {
    const judged: Judged[] = [];
    for (const own of block) {
      signal?.throwIfAborted();
      const one = await judge(own, predictionsOf, options);
      cells.push(one.cell);
      judged.push(one);
      onProgress?.(cells.length, total);
    }
    const real = judged.find(({ cell }) => cell.setting === 'real')?.resampled;
    for (const { cell, resampled } of judged) {
      if (cell.setting !== 'syn-real' && !hasRatio(cell.setting)) continue;
      if (!real?.runs.some(({ pair }) => resampled?.runs.some((other) => other.pair === pair))) continue;
      const f1 = await gain(real, resampled!, 'f1', signal);
      const auprc = await gain(real, resampled!, 'auprc', signal);
      compared.push({ ...cellKeyOf(cell), test: cell.test, f1, auprc });
    }
  }
  const comparisons = corrected(compared);
  return {
    cells,
    comparisons,
    gains: gainPoints(comparisons),
    warnings: warningsOf(rows, cells, comparisons, options),
  };
}

async function judge(
  rows: readonly ResultRow[],
  predictionsOf: (key: CellKey, test: string) => Promise<readonly RunPredictions[]>,
  options: SummaryOptions,
): Promise<Judged> {
  const first = rows[0]!;
  const { test } = first;
  const key = cellKeyOf(first);
  const predictions = await predictionsOf(key, test);
  const resampled = predictions.some(({ windows }) => windows.length > 0)
    ? await resampleRuns(predictions, options)
    : undefined;
  const scoreOf = (name: 'f1' | 'auprc' | 'auroc') =>
    resampled ? meanScore(resampled, name) : { mean: nan, sd: nan, low: nan, high: nan, runs: [] };
  const cell = {
    ...key,
    test,
    f1: scoreOf('f1'),
    auprc: scoreOf('auprc'),
    auroc: scoreOf('auroc'),
    decisions: decisionsOf(rows.filter((row) => !isDiverged(row))),
    trainPositives: Math.min(...rows.map((row) => row.trainPositives)),
    trainPositivePatients: Math.min(...rows.map((row) => row.trainPositivePatients)),
    testPositives: first.testPositives,
    testPositivePatients: first.testPositivePatients,
    testWindows: first.testWindows,
    testPatients: first.testPatients,
  };
  return { cell, resampled };
}

function decisionsOf(rows: readonly ResultRow[]): CellSummary['decisions'] {
  const runsOf = (name: DecisionColumn): RunScore => {
    const runs = rows.map((row) => row[name]);
    return { mean: meanOf(runs), sd: sampleSd(runs), runs };
  };
  return {
    valThreshold: runsOf('valThreshold'),
    f1AtValThreshold: runsOf('f1AtValThreshold'),
    prior: runsOf('prior'),
    f1AtPrior: runsOf('f1AtPrior'),
    brier: runsOf('brier'),
    ece: runsOf('ece'),
  };
}

/** Applies Holm's correction over all comparisons of one test set, separately for each score. */
function corrected(compared: readonly PairedComparison[]): PairedComparison[] {
  const ofScore = (name: 'f1' | 'auprc') => {
    const families = groupBy(compared, ({ test }) => [test]);
    return new Map(
      families.flatMap((family) => {
        const p = holm(family.map((one) => one[name].p));
        return family.map((one, at) => [one, p[at]!] as const);
      }),
    );
  };
  const f1 = ofScore('f1');
  const auprc = ofScore('auprc');
  return compared.map((one) => ({
    ...one,
    f1: { ...one.f1, pCorrected: f1.get(one)! },
    auprc: { ...one.auprc, pCorrected: auprc.get(one)! },
  }));
}

/**
 * Returns the gains of Syn->Real by task, test set and source, with ascending numbers of positives; architectures without a
 * gain are excluded.
 */
function gainPoints(comparisons: readonly Comparison[]): GainPoint[] {
  const known = comparisons.filter(
    ({ setting, share, f1 }) => setting === 'syn-real' && share === null && !Number.isNaN(f1.percent),
  );
  return groupBy(known, ({ task, test, source }) => [task, test, source]).flatMap((series) =>
    groupBy(series, ({ positives }) => [positives])
      .sort(([a], [b]) => (a!.positives ?? Infinity) - (b!.positives ?? Infinity))
      .map((group) => {
        const { task, test, source, positives } = group[0]!;
        const percents = group.map(({ f1 }) => f1.percent);
        const percent = meanOf(percents);
        const half =
          (studentQuantile(0.975, percents.length - 1) * sampleSd(percents)) / Math.sqrt(percents.length);
        const bounds =
          percents.length < 3
            ? {
                low: meanOf(group.map(({ f1 }) => f1.percentLow)),
                high: meanOf(group.map(({ f1 }) => f1.percentHigh)),
              }
            : { low: Math.max(-100, percent - half), high: percent + half };
        return { task, test, source, positives, percent, ...bounds, archs: percents.length };
      }),
  );
}

const nan = Number.NaN;

/** Groups items by a key; the groups are in the order of their first members. */
export function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => readonly (string | number | null)[],
): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = JSON.stringify(keyOf(item));
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return [...groups.values()];
}
