// The contract between what makes labelled signals and what uses them. A source is an endless list of records; a record
// depends on its index and its label alone, so batches of any size and order hold the same records.

import type { SignalUnit } from './window.js';

/** What is requested of a source. */
export interface SignalRequest {
  /** Record i has the label labels[i % labels.length]. */
  readonly labels: readonly string[];
  /** Index of the first record. */
  readonly start: number;
  readonly count: number;
  /** [count, leads, lengthSamples], filled in place instead of a new array. */
  readonly out?: Float32Array;
  readonly signal?: AbortSignal;
}

/** Whatever makes labelled signals. */
export interface SignalSource {
  /** The labels that it can make. */
  readonly labels: readonly string[];
  readonly fsHz: number;
  /** Samples of a lead. */
  readonly lengthSamples: number;
  /** Names of the leads, in the order of the signal. */
  readonly leads: readonly string[];
  /** `sd`: each record has mean 0 and standard deviation 1. */
  readonly unit: SignalUnit;

  /**
   * Makes records start .. start + count - 1 as [count, leads, lengthSamples]. Rejects with `signal.reason` when
   * aborted, and with ERR_UNKNOWN_CLASS for a label that the source cannot make.
   */
  batch(request: SignalRequest): Promise<{ readonly signals: Float32Array }>;
}

/** Returns the label of record `index`: the labels take turns. */
export function labelAt<Label>(labels: ArrayLike<Label>, index: number): Label {
  return labels[index % labels.length]!;
}

/** Counts the records start .. start + count - 1 by label, without making one. */
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
