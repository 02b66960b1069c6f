// The training and validation records of one phase, real or synthetic, and what the result files say of them.

import { type BatchSource, type LabelledWindow, realBatches, syntheticBatches } from '../batches/batches.js';
import { samplesOf } from '../signal/samples.js';
import { parseLabelTask, simulatedClasses } from '../signal/tasks.js';
import { Synthesizer } from '../synth/synthesizer.js';
import type { TrainConfig } from './config.js';

/** The records of one phase. */
export interface PhaseSides {
  readonly training: BatchSource;
  readonly validation: BatchSource;
}

/** What one side of a split holds. */
export interface SideSummary {
  readonly windows: number;
  /** Windows of any label but the first. */
  readonly positives: number;
  /** Windows of each of the task's labels. */
  readonly labelCounts: readonly number[];
  /** Sorted; empty for synthetic records. */
  readonly patients: readonly string[];
  /** Patients with at least one positive window. */
  readonly positivePatients: number;
}

/** Returns the batches of real windows: training is shuffled and augmented, validation is neither. */
export function realSides(
  config: TrainConfig,
  train: readonly LabelledWindow[],
  val: readonly LabelledWindow[],
): PhaseSides {
  const lengthSamples = samplesOf(config.seconds, config.fsHz);
  const plain = { batchSize: config.batch, seed: config.seed };
  return {
    training: realBatches(train, lengthSamples, { ...plain, augment: config }),
    validation: realBatches(val, lengthSamples, plain),
  };
}

/** The synthetic records of one phase. */
export interface SyntheticSides extends PhaseSides {
  /** As many records as the validation's, which follow it in the list. */
  readonly test: BatchSource;
  /** Place of the test's first record in the list. */
  readonly testFirst: number;
}

/**
 * Returns synthetic records as ranges of one endless list that do not overlap. `config.syntheticCount` is rounded to
 * whole turns of the classes, so every class has equally many records; a quarter as many validate (8:2, as in the
 * paper).
 *
 * @param list - `seed` of the list, default the run's; `block`: the number of training and validation ranges to skip,
 * default 0. The test range of one block is the start of the next block.
 */
export function syntheticSides(
  config: TrainConfig,
  { seed = config.seed, block = 0 }: { readonly seed?: number; readonly block?: number } = {},
): SyntheticSides {
  const { preset, fsHz, seconds, syntheticCount } = config;
  const classes = simulatedClasses(parseLabelTask(config.task))!;
  const { count, held } = blockOf(classes, syntheticCount);
  const source = new Synthesizer({ preset, fsHz, seconds, seed }).signalSource();
  const first = block * (count + held);
  const testFirst = first + count + held;
  const plain = { batchSize: config.batch, seed: config.seed };
  const range = (first: number, count: number, augment?: TrainConfig) =>
    syntheticBatches(source, classes, { first, count }, { ...plain, ...(augment && { augment }) });
  return {
    training: range(first, count, config),
    validation: range(first + count, held),
    test: range(testFirst, held),
    testFirst,
  };
}

/** Returns how many records of a block train (`count`) and how many validate (`held`). */
export function blockOf(
  classes: readonly string[],
  syntheticCount: number,
): { readonly count: number; readonly held: number } {
  const wholeTurns = (count: number) => classes.length * Math.max(1, Math.round(count / classes.length));
  return { count: wholeTurns(syntheticCount), held: wholeTurns(syntheticCount / 4) };
}

/** Counts real windows. `labels` is the number of the task's labels. */
export function summarizeSide(windows: readonly LabelledWindow[], labels: number): SideSummary {
  const positives = windows.filter(({ label }) => label > 0);
  const patientsOf = (some: readonly LabelledWindow[]) =>
    [...new Set(some.map(({ window }) => window.patientId))].sort();
  return {
    windows: windows.length,
    positives: positives.length,
    labelCounts: Array.from(
      { length: labels },
      (_, label) => windows.filter((one) => one.label === label).length,
    ),
    patients: patientsOf(windows),
    positivePatients: patientsOf(positives).length,
  };
}

/** Counts synthetic records. */
export function summarizeSynthetic({ count, labelCounts }: BatchSource): SideSummary {
  return {
    windows: count,
    positives: count - labelCounts[0]!,
    labelCounts,
    patients: [],
    positivePatients: 0,
  };
}
