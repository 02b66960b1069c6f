// Makes the batches of a training from real windows or from a source of synthetic records. A batch depends on seed,
// epoch and index alone, so a training can stop anywhere and continue with the same batches. Nothing is stored:
// synthetic records are made again in each epoch. B is the number of records of a batch, L the number of samples per
// lead.

import { PqrstError } from '../base/errors.js';
import { randomStream } from '../base/random.js';
import { splitLeads } from '../signal/leads.js';
import { scaleWindow } from '../signal/scale-window.js';
import { countByLabel, labelAt, type SignalSource } from '../signal/source.js';
import { turnsOf } from '../signal/tasks.js';
import { describeWindow, type EcgWindow } from '../signal/window.js';
import { type AugmentOptions, augment } from './augment.js';

/** The input of one step. */
export interface Batch {
  /** Samples [B, leads, L]. */
  readonly signals: Float32Array;
  /** [B]: index of the label in the task. Of two labels, 0 is negative and 1 is positive. */
  readonly labels: Float32Array;
  readonly count: number;
}

/** Makes the batches of each epoch. */
export interface BatchSource {
  readonly leads: number;
  readonly lengthSamples: number;
  /** Number of records of an epoch. */
  readonly count: number;
  /** Number of these records per label; at least two numbers. */
  readonly labelCounts: readonly number[];
  readonly batchesPerEpoch: number;
  batch(epoch: number, index: number, signal?: AbortSignal): Promise<Batch>;
}

/** A real window with its label. */
export interface LabelledWindow {
  readonly window: EcgWindow;
  /** Index of the label in the task. */
  readonly label: number;
}

/** How batches are made. */
export interface BatchOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Scaling of each lead; default `zscore`. `none` keeps the unit of the window. */
  readonly scaling?: 'zscore' | 'none';
  /**
   * For training: each epoch is shuffled, windows are augmented, and the last batch is filled with the first windows of
   * the epoch, so that every batch has the same shape. Without it, windows come in order and unchanged, and the last
   * batch may be shorter.
   */
  readonly augment?: AugmentOptions;
}

/**
 * Makes batches of real windows. Each lead of a window is scaled by itself. All leads of a window are shifted and
 * masked in the same way.
 *
 * @param lengthSamples - L, the samples per lead of each window. All windows have as many leads as the first.
 * @throws PqrstError ERR_RANGE: when a window has another length or another number of leads. A batch rejects with
 *   ERR_SIGNAL if a window in it cannot be scaled.
 */
export function realBatches(
  windows: readonly LabelledWindow[],
  lengthSamples: number,
  options: BatchOptions,
): BatchSource {
  const count = windows.length;
  const leads = windows[0]?.window.leads.length ?? 1;
  const size = leads * lengthSamples;
  const wrong = windows.find(({ window }) => window.leads.length !== leads || window.signal.length !== size);
  if (wrong !== undefined) throw unlike(wrong.window, leads, lengthSamples);
  const orderOf = lastOnly((epoch) => shuffledOrder(count, options, epoch));
  return {
    leads,
    lengthSamples,
    count,
    labelCounts: countLabels(windows),
    batchesPerEpoch: Math.ceil(count / options.batchSize),
    batch: async (epoch, index, signal) => {
      signal?.throwIfAborted();
      const rows = rowsOf(count, index, options);
      const signals = new Float32Array(rows.length * size);
      const labels = new Float32Array(rows.length);
      for (const [row, position] of rows.entries()) {
        const record = orderOf(epoch)[position]!;
        const { window, label } = windows[record]!;
        const out = signals.subarray(row * size, (row + 1) * size);
        scaleWindow(window, options.scaling, out);
        if (options.augment) {
          augment(splitLeads(out, leads), options.augment, augmentStream(options, epoch, record));
        }
        labels[row] = label;
      }
      return { signals, labels, count: rows.length };
    },
  };
}

function unlike(window: EcgWindow, leads: number, lengthSamples: number): PqrstError {
  const own = window.leads.length;
  const found = own === leads ? `${window.signal.length / own} samples` : `${own} leads`;
  const expected = own === leads ? `${lengthSamples}` : `${leads}`;
  return new PqrstError(
    'ERR_RANGE',
    `${describeWindow(window)} has ${found}, but its set states ${expected}; cut all windows to one length and ` +
      'the same leads',
  );
}

/**
 * Makes batches of records first .. first + count - 1 of a source. A source makes consecutive records fastest, so an
 * epoch is shuffled in two steps: the list starts at a random record, and the batches come in random order.
 *
 * @param outputs - for each label of the task the classes of its records. The labels take turns in the list, so that a
 *   batch has equally many records of each, and the classes of a label take turns among its records.
 * @throws PqrstError ERR_OPTION: when the source does not z-score its records: real windows are z-scored, lead by lead,
 *   and a network must see both alike.
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the source cannot make a class.
 */
export function syntheticBatches(
  source: SignalSource,
  outputs: readonly (readonly string[])[],
  { first, count }: { readonly first: number; readonly count: number },
  options: BatchOptions,
): BatchSource {
  const turns = turnsOf(outputs);
  expectTrainable(source, turns);
  const { lengthSamples } = source;
  const leads = source.leads.length;
  const size = leads * lengthSamples;
  const batchesPerEpoch = Math.ceil(count / options.batchSize);
  const positions = outputs.map((_, at) => at);
  const counts = countByLabel(positions, first, count);
  const planOf = lastOnly((epoch) => {
    const stream = randomStream(options.seed, 'shuffle', epoch);
    const order = Array.from({ length: batchesPerEpoch }, (_, at) => at);
    return options.augment ? { turn: stream.below(count), order: stream.shuffle(order) } : { turn: 0, order };
  });
  return {
    leads,
    lengthSamples,
    count,
    labelCounts: positions.map((label) => counts.get(label)!),
    batchesPerEpoch,
    batch: async (epoch, index, signal) => {
      const { turn, order } = planOf(epoch);
      const rows = rowsOf(count, order[index]!, options).map((position) => (position + turn) % count);
      const signals = new Float32Array(rows.length * size);
      for (let row = 0; row < rows.length; ) {
        const run = Math.min(rows.length - row, count - rows[row]!);
        await source.batch({
          labels: turns,
          start: first + rows[row]!,
          count: run,
          out: signals.subarray(row * size, (row + run) * size),
          ...(signal && { signal }),
        });
        row += run;
      }
      if (options.augment) {
        for (const [row, record] of rows.entries()) {
          const out = signals.subarray(row * size, (row + 1) * size);
          augment(splitLeads(out, leads), options.augment, augmentStream(options, epoch, record));
        }
      }
      const shown = Float32Array.from(rows, (record) => labelAt(positions, first + record));
      return { signals, labels: shown, count: rows.length };
    },
  };
}

function expectTrainable({ unit, labels: known }: SignalSource, labels: readonly string[]): void {
  if (unit !== 'sd') {
    throw new PqrstError(
      'ERR_OPTION',
      `a training needs synthetic records that are z-scored, but the source makes them in ${unit}; make the source ` +
        'with the unit zscore',
    );
  }
  const unknown = labels.find((label) => !known.includes(label));
  if (unknown !== undefined) {
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `the source makes ${known.join(', ')}, not "${unknown}"; choose a task with labels that it makes`,
    );
  }
}

/** Yields the batches of one epoch in order. The next batch is made while the caller processes the current one. */
export async function* readAhead(
  source: BatchSource,
  epoch: number,
  signal?: AbortSignal,
): AsyncGenerator<Batch> {
  for await (const [batch] of readGroups(source, epoch, 1, signal)) yield batch!;
}

/** Yields the batches of one epoch in groups of `size`; the last group may be shorter. */
export async function* readGroups(
  source: BatchSource,
  epoch: number,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<Batch[]> {
  const { batchesPerEpoch } = source;
  // Settled values: a failure is kept until its group is awaited, and thrown then.
  const start = (first: number) => {
    const length = Math.min(size, batchesPerEpoch - first);
    return Promise.allSettled(Array.from({ length }, (_, at) => source.batch(epoch, first + at, signal)));
  };
  let next = start(0);
  try {
    for (let first = 0; first < batchesPerEpoch; first += size) {
      const group = (await next).map((made) => {
        if (made.status === 'rejected') throw made.reason;
        return made.value;
      });
      if (first + size < batchesPerEpoch) next = start(first + size);
      yield group;
    }
  } finally {
    await next;
  }
}

function countLabels(windows: readonly LabelledWindow[]): number[] {
  const counts = [0, 0];
  for (const { label } of windows) {
    while (counts.length <= label) counts.push(0);
    counts[label] = counts[label]! + 1;
  }
  return counts;
}

function augmentStream({ seed }: BatchOptions, epoch: number, record: number) {
  return randomStream(seed, 'augment', epoch, record);
}

function shuffledOrder(count: number, { seed, augment }: BatchOptions, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  return augment ? randomStream(seed, 'shuffle', epoch).shuffle(order) : order;
}

/**
 * Returns the positions 0 .. count - 1 that batch `index` contains. In training, positions continue from 0 after the
 * last.
 */
function rowsOf(count: number, index: number, { batchSize, augment }: BatchOptions): number[] {
  const first = index * batchSize;
  const length = augment ? batchSize : Math.min(batchSize, count - first);
  return Array.from({ length }, (_, row) => (first + row) % count);
}

/** Keeps the value of the last requested epoch. */
function lastOnly<T>(make: (epoch: number) => T): (epoch: number) => T {
  let last: { epoch: number; value: T } | undefined;
  return (epoch) => {
    if (last?.epoch !== epoch) last = { epoch, value: make(epoch) };
    return last.value;
  };
}
