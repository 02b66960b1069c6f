// The records that train a generator, in memory. The labels of a batch are even, so that a rare label is learnt as well as a
// frequent one. Records are never shifted or masked: a generator would learn the flat edges.

import { randomStream } from '../base/random.js';
import type { BatchSource } from '../batches/batches.js';

/** Labelled records in memory. */
export interface RecordSet {
  /** Samples [count, channels, L], scaled. */
  readonly signals: Float32Array;
  /** [count]: index of the label. */
  readonly labels: Uint8Array;
  readonly count: number;
  readonly channels: number;
  readonly lengthSamples: number;
  /** Number of labels, of which some may have no record. */
  readonly labelCount: number;
}

/** Returns the number of records of each label. */
export function countOf({ labels, labelCount }: RecordSet): number[] {
  const counts = new Array<number>(labelCount).fill(0);
  for (const label of labels) counts[label] = counts[label]! + 1;
  return counts;
}

/**
 * Makes training batches. The labels take turns over all rows of all batches. The records of a label come in passes: each
 * pass has every record of the label once, in a new order.
 *
 * @param options - `batchesPerEpoch`: the number of batches between two validations.
 */
export function evenBatches(
  set: RecordSet,
  options: { readonly batch: number; readonly seed: number; readonly batchesPerEpoch: number },
): BatchSource {
  const { batch, seed, batchesPerEpoch } = options;
  const places = [...set.labels.keys()];
  const byLabel = Array.from({ length: set.labelCount }, (_, label) =>
    Uint32Array.from(places.filter((at) => set.labels[at] === label)),
  ).filter(({ length }) => length > 0);
  const orders = byLabel.map((records, label) => {
    let last: { readonly pass: number; readonly order: Uint32Array } | undefined;
    return (pass: number) => {
      if (last?.pass !== pass) {
        last = { pass, order: randomStream(seed, 'records', label, pass).shuffle(records.slice()) };
      }
      return last.order;
    };
  });
  return {
    ...shapeOf(set),
    count: batch * batchesPerEpoch,
    batchesPerEpoch,
    batch: async (epoch, index, signal) => {
      signal?.throwIfAborted();
      const first = (epoch * batchesPerEpoch + index) * batch;
      const rows = Uint32Array.from({ length: batch }, (_, row) => {
        const label = (first + row) % byLabel.length;
        const turn = Math.floor((first + row) / byLabel.length);
        const { length } = byLabel[label]!;
        return orders[label]!(Math.floor(turn / length))[turn % length]!;
      });
      return gather(set, rows);
    },
  };
}

/** Makes batches of all records in order; the last one may be shorter. */
export function orderedBatches(set: RecordSet, batch: number): BatchSource {
  return {
    ...shapeOf(set),
    count: set.count,
    batchesPerEpoch: Math.ceil(set.count / batch),
    batch: async (_epoch, index, signal) => {
      signal?.throwIfAborted();
      const first = index * batch;
      const length = Math.min(batch, set.count - first);
      return gather(
        set,
        Uint32Array.from({ length }, (_, row) => first + row),
      );
    },
  };
}

function shapeOf(set: RecordSet) {
  return { leads: set.channels, lengthSamples: set.lengthSamples, labelCounts: countOf(set) };
}

function gather({ signals, labels, channels, lengthSamples }: RecordSet, rows: Uint32Array) {
  const size = channels * lengthSamples;
  const chosen = new Float32Array(rows.length * size);
  for (const [row, at] of rows.entries())
    chosen.set(signals.subarray(at * size, (at + 1) * size), row * size);
  return { signals: chosen, labels: Float32Array.from(rows, (at) => labels[at]!), count: rows.length };
}
