// Makes records from batches of a learned generator. A record is f(weights, plan, seed, index, label): the networks always
// see full batches of 64 records, record i in place i % 64, so that its bits do not depend on the request, the shard or the
// labels of other records. Only the whole batches that a request touches are computed.
// Shapes: C leads, L samples, K labels.

import { PqrstError } from '../base/errors.js';
import { labelAt } from '../signal/source.js';

/** Number of records of a batch of the networks. */
export const recordsPerBatch = 64;

/** A request for consecutive records. */
export interface SampleRequest {
  /** Record i has the label labels[i % labels.length]: the number of a label from 0, or K for no label. */
  readonly labels: readonly number[];
  readonly start: number;
  readonly count: number;
  /** Array [count, C, L] that receives the samples; by default a new array. */
  readonly out?: Float32Array;
  /** Aborts between two runs of a network. */
  readonly signal?: AbortSignal;
}

/** The shape of the records, and the number of labels. */
export interface RecordShape {
  readonly lengthSamples: number;
  /** Default 1. */
  readonly leads?: number;
  /** Number of labels, without the null label. */
  readonly labels: number;
}

/** One batch to make: 64 records with a label each. */
export interface RecordBatch {
  readonly records: readonly number[];
  /** The label of each record; K for no label. */
  readonly shown: readonly number[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Returns a function that makes the records of a request, [count, C, L]. It keeps the last batch, so that requests in
 * order compute each batch once. It throws ERR_RANGE when a request has no records, or a label or an index that does not
 * exist.
 *
 * @param makeBatch - Makes the signals of one batch, [64, C, L].
 */
export function recordSampler(
  shape: RecordShape,
  makeBatch: (batch: RecordBatch) => Promise<Float32Array>,
): (request: SampleRequest) => Promise<Float32Array> {
  const { lengthSamples, leads = 1 } = shape;
  const size = leads * lengthSamples;
  let last: { readonly key: string; readonly signals: Promise<Float32Array> } | undefined;
  const batchOf = (index: number, { labels, signal }: SampleRequest) => {
    const records = Array.from({ length: recordsPerBatch }, (_, row) => index * recordsPerBatch + row);
    const shown = records.map((record) => labelAt(labels, record));
    const key = `${index}: ${shown.join()}`;
    if (last?.key !== key) {
      const signals = makeBatch({ records, shown, signal });
      last = { key, signals };
      // A failed or aborted batch is computed again when it is requested again.
      signals.catch(() => {
        if (last?.signals === signals) last = undefined;
      });
    }
    return last.signals;
  };
  return async (request) => {
    const { start, count } = request;
    expectRequest(shape, request);
    const out = request.out ?? new Float32Array(count * size);
    for (let record = start; record < start + count; ) {
      const index = Math.floor(record / recordsPerBatch);
      const end = Math.min(start + count, (index + 1) * recordsPerBatch);
      const first = index * recordsPerBatch;
      const batch = await batchOf(index, request);
      out.set(batch.subarray((record - first) * size, (end - first) * size), (record - start) * size);
      record = end;
    }
    return out;
  };
}

function expectRequest(
  { lengthSamples, leads = 1, labels: known }: RecordShape,
  { labels, start, count, out }: SampleRequest,
): void {
  const isWhole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  if (!isWhole(start, 0) || !isWhole(count, 1) || !isWhole(start + count, 1)) {
    throw new PqrstError(
      'ERR_RANGE',
      `a request takes at least one record from index 0 on, got ${count} records from ${start}`,
    );
  }
  const wrong = labels.find((label) => !isWhole(label, 0) || label > known);
  if (labels.length === 0 || wrong !== undefined) {
    throw new PqrstError(
      'ERR_RANGE',
      `a request takes labels from 0 to ${known}, where ${known} means without a label, got ${wrong ?? 'an empty list'}`,
    );
  }
  const needed = count * leads * lengthSamples;
  if (out === undefined || out.length === needed) return;
  throw new PqrstError('ERR_RANGE', `the array for the records needs ${needed} values, got ${out.length}`);
}
