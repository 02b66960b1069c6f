// The training and validation records of one phase, real or synthetic, and their counts for the result files.

import { type BatchSource, type LabelledWindow, realBatches, syntheticBatches } from '../batches/batches.js';
import { filteredSource } from '../batches/filtered-source.js';
import { samplesOf } from '../signal/samples.js';
import type { SignalSource } from '../signal/source.js';
import { parseLabelTask, simulatedClasses } from '../signal/tasks.js';
import { displayNames } from '../signal/window.js';
import { Synthesizer } from '../synth/synthesizer.js';
import { simulatedLeadsOf, type TrainConfig } from './config.js';
import { specOfTask } from './task-spec.js';

/** The records of one phase. */
export interface PhaseSides {
  readonly training: BatchSource;
  readonly validation: BatchSource;
}

/** The counts and the patients of one side of a split. */
export interface SideSummary {
  /** Number of all windows of the side. */
  readonly windows: number;
  /** Windows of all labels except the first. */
  readonly positives: number;
  /** Windows of each of the task's labels. */
  readonly labelCounts: readonly number[];
  /** Names of the patients, sorted; empty for synthetic records. */
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
  /** The records that follow the validation records in the list; there are equally many. */
  readonly test: BatchSource;
  /** The index of the first test record in the list. */
  readonly testFirst: number;
}

/** Records of an endless list. */
export interface SyntheticList {
  /** The seed of the simulator's list; default: that of the run. */
  readonly seed?: number;
  /** The number of pairs of training and validation ranges to skip; default 0. */
  readonly block?: number;
  /** What makes the records; default: the simulator. */
  readonly source?: SignalSource | undefined;
}

/**
 * Returns synthetic records as ranges of one endless list. The ranges do not overlap. `config.syntheticCount` is
 * rounded to a multiple of the number of labels, so that every label has equally many records. A quarter as many are
 * for validation (8:2, as in the paper).
 *
 * @param list - Which records of which list. The test range of one block is the start of the next block.
 */
export function syntheticSides(
  config: TrainConfig,
  { seed = config.seed, block = 0, source = simulatorOf(config, seed) }: SyntheticList = {},
): SyntheticSides {
  const { ownClasses, labelMap, syntheticCount } = config;
  const outputs = simulatedClasses(parseLabelTask(config.task), source.labels, ownClasses, labelMap)!;
  const { count, held } = blockOf(outputs.length, syntheticCount);
  const first = block * (count + held);
  const testFirst = first + count + held;
  const plain = { batchSize: config.batch, seed: config.seed };
  const range = (first: number, count: number, augment?: TrainConfig) =>
    syntheticBatches(source, outputs, { first, count }, { ...plain, ...(augment && { augment }) });
  return {
    training: range(first, count, config),
    validation: range(first + count, held),
    test: range(testFirst, held),
    testFirst,
  };
}

/** Returns the simulator's endless list of records, z-scored. The kernel z-scores records that are not filtered. */
export function simulatorOf(config: TrainConfig, seed: number): SignalSource {
  const { fsHz, seconds, filter } = config;
  const preset = specOfTask(config);
  const leads = simulatedLeadsOf(preset, config.leads);
  const unit = filter === undefined ? 'zscore' : 'mV';
  const source = new Synthesizer({ preset, fsHz, seconds, seed, leads, unit }).signalSource();
  return filter === undefined ? source : filteredSource(source, filter);
}

/** Returns how many records of a block of a task of `labels` labels train (`count`) and how many validate (`held`). */
export function blockOf(
  labels: number,
  syntheticCount: number,
): { readonly count: number; readonly held: number } {
  const wholeTurns = (count: number) => labels * Math.max(1, Math.round(count / labels));
  return { count: wholeTurns(syntheticCount), held: wholeTurns(syntheticCount / 4) };
}

/** Counts real windows. `labels` is the number of the task's labels. */
export function summarizeSide(windows: readonly LabelledWindow[], labels: number): SideSummary {
  const positives = windows.filter(({ label }) => label > 0);
  const patientsOf = (some: readonly LabelledWindow[]) =>
    [...new Set(some.map(({ window }) => displayNames(window).patientId))].sort();
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
