// The interface between code that makes labelled signals and code that uses them. A source is an endless list of
// records. A record depends on its index and its label alone, so batches of any size and order contain the same
// records.

import type { SignalUnit } from './window.js';

/** A request to a source for consecutive records. */
export interface SignalRequest {
  /** Record i has the label labels[i % labels.length]. */
  readonly labels: readonly string[];
  /** Index of the first record. */
  readonly start: number;
  /** Number of records, from 1. */
  readonly count: number;
  /** Array [count, leads, lengthSamples] that receives the samples; by default a new array. */
  readonly out?: Float32Array;
  /** Aborts the work; `batch` then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** A source of labelled signals. */
export interface SignalSource {
  /** The labels of the records that it can make. */
  readonly labels: readonly string[];
  /** Sampling rate of the signals in Hz. */
  readonly fsHz: number;
  /** Number of samples per lead. */
  readonly lengthSamples: number;
  /** Names of the leads, in the order of the signal. */
  readonly leads: readonly string[];
  /** Unit of the samples. `sd` means that each record has mean 0 and standard deviation 1. */
  readonly unit: SignalUnit;

  /**
   * Makes the records start .. start + count - 1 as [count, leads, lengthSamples]. Rejects with `signal.reason` after
   * an abort.
   *
   * @param request - labels, first index and number of the records; optionally an array to fill and a signal.
   * @throws PqrstError ERR_UNKNOWN_CLASS: when the source cannot make a label.
   */
  batch(request: SignalRequest): Promise<{ readonly signals: Float32Array }>;
}

/** Returns the label of record `index`: the labels take turns. */
export function labelAt<Label>(labels: ArrayLike<Label>, index: number): Label {
  return labels[index % labels.length]!;
}

/** Counts the records start .. start + count - 1 by label, without making them. */
export function countByLabel<Label>(
  labels: readonly Label[],
  start: number,
  count: number,
): Map<Label, number> {
  const counts = new Map<Label, number>();
  const turns = Math.floor(count / labels.length);
  for (let at = 0; at < labels.length; at++) {
    const label = labelAt(labels, start + at);
    const own = turns + (at < count % labels.length ? 1 : 0);
    counts.set(label, (counts.get(label) ?? 0) + own);
  }
  return counts;
}
