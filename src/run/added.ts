// The windows that real+syn and real+real add to the real training windows. Both add the same number of windows of each
// label: the ratio times the real ones. The origin of a window then says nothing about its label, and the two settings
// differ only in the windows that they add.

import { randomStream } from '../base/random.js';
import type { LabelledWindow } from '../batches/batches.js';
import type { SignalSource } from '../signal/source.js';
import { parseLabelTask, simulatedClasses } from '../signal/tasks.js';
import type { TrainConfig } from './config.js';
import { hasRatio } from './settings.js';
import { type SyntheticList, simulatorOf } from './sides.js';

/** The synthetic records of one label that a training adds: records first .. first + count - 1 of its classes. */
export interface AddedRange {
  /** Index of the label in the task. */
  readonly label: number;
  /** The classes of the records, which take turns. */
  readonly classes: readonly string[];
  readonly first: number;
  readonly count: number;
}

/**
 * The distance between the first records of two labels. A larger ratio takes the records of a smaller one and further
 * ones, so the place of the first record does not depend on the ratio.
 */
const labelStride = 2 ** 20;

/** The number of records that a source makes in one request. A generator samples 64 at a time. */
const recordsPerRequest = 256;

/**
 * Returns the windows that the setting of a training adds to its real ones: synthetic records in real+syn, real windows
 * again in real+real, none in the other settings.
 *
 * @param train - The real training windows, with each label.
 * @param list - Which block of which list of records real+syn reads.
 */
export async function addedWindows(
  config: TrainConfig,
  train: readonly LabelledWindow[],
  { seed = config.seed, block = 0, source }: SyntheticList,
  making: MakingOptions = {},
): Promise<readonly LabelledWindow[]> {
  const { setting, ratio, ownClasses, labelMap } = config;
  if (!hasRatio(setting)) return [];
  const task = parseLabelTask(config.task);
  const counts = addedCounts(train, task.labels.length, ratio!);
  if (setting === 'real+real') return repeatedWindows(train, counts, config.seed);
  const maker = source ?? simulatorOf(config, seed);
  const outputs = simulatedClasses(task, maker.labels, ownClasses, labelMap)!;
  return syntheticWindows(maker, addedRanges(outputs, counts, block), train[0]!.window.leads, making);
}

/** Returns how many windows of each label a ratio adds: at least one. */
export function addedCounts(train: readonly LabelledWindow[], labels: number, ratio: number): number[] {
  return Array.from({ length: labels }, (_, label) => {
    const own = train.filter((one) => one.label === label).length;
    return Math.max(1, Math.round(ratio * own));
  });
}

/**
 * Returns the synthetic records that a training adds.
 *
 * @param outputs - The classes of each label, as `simulatedClasses` returns them.
 * @param block - Number of the block of the endless list. The blocks of the pairs of an experiment do not overlap.
 */
export function addedRanges(
  outputs: readonly (readonly string[])[],
  counts: readonly number[],
  block: number,
): AddedRange[] {
  return outputs.map((classes, label) => ({
    ...{ label, classes, count: counts[label]! },
    first: (block * outputs.length + label) * labelStride,
  }));
}

/** How the progress of making records is followed and stopped. */
export interface MakingOptions {
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of records made so far, and of all. */
  readonly onMade?: ((done: number, total: number) => void) | undefined;
}

/**
 * Makes synthetic records as windows beside real ones.
 *
 * @param leads - The names of the leads of the real windows. The source makes as many.
 */
export async function syntheticWindows(
  source: SignalSource,
  ranges: readonly AddedRange[],
  leads: readonly string[],
  { signal, onMade }: MakingOptions = {},
): Promise<LabelledWindow[]> {
  const size = source.leads.length * source.lengthSamples;
  const total = ranges.reduce((sum, { count }) => sum + count, 0);
  const windows: LabelledWindow[] = [];
  for (const { label, classes, first, count } of ranges) {
    for (let made = 0; made < count; made += recordsPerRequest) {
      signal?.throwIfAborted();
      const part = Math.min(recordsPerRequest, count - made);
      const request = { labels: classes, start: first + made, count: part, ...(signal && { signal }) };
      const { signals } = await source.batch(request);
      for (let row = 0; row < part; row++) {
        const record = `synthetic-${first + made + row}-${label}`;
        windows.push({
          label,
          window: {
            ...{ unit: source.unit, leads, startS: 0, classes: [] },
            signal: signals.slice(row * size, (row + 1) * size),
            origin: { dataset: 'synthetic', record, patient: record },
          },
        });
      }
      onMade?.(windows.length, total);
    }
  }
  return windows;
}

/**
 * Returns real windows again: each as often as the others of its label, but for a random part. A smaller count repeats a
 * part of what a larger one repeats.
 */
export function repeatedWindows(
  train: readonly LabelledWindow[],
  counts: readonly number[],
  seed: number,
): LabelledWindow[] {
  return counts.flatMap((count, label) => {
    const own = train.filter((one) => one.label === label);
    const order = randomStream(seed, 'repeat', label).shuffle([...own]);
    return Array.from({ length: count }, (_, at) => order[at % order.length]!);
  });
}
