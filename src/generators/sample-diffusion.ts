// Makes records with a trained denoiser. A record is f(weights, plan, seed, index, label): the network always sees full
// batches of 64 records, record i in place i % 64, so that its bits do not depend on the request, the shard or the
// labels of other records. Only the whole batches that a request touches are computed.
// Shapes: C leads, L samples, K labels.

import { PqrstError } from '../base/errors.js';
import type { Execution } from '../engine/engine.js';
import { labelAt } from '../signal/source.js';
import { type DiffusionPlan, labelRows } from './diffuse.js';
import { sampleSignals } from './sampling.js';
import { type SolverOptions, solverSteps } from './solver.js';

/** Number of records of a batch of the network. */
export const recordsPerBatch = 64;

/** A trained diffusion model and how to sample from it. */
export interface DiffusionSampler {
  readonly plan: Pick<DiffusionPlan, 'lengthSamples' | 'leads' | 'labels' | 'schedule' | 'predict'>;
  /** Runs the program of `buildDenoiserProgram` with the trained weights, or a file with its inputs and output. */
  readonly execution: Pick<Execution, 'run'>;
  /** The seed of the noise of every record. */
  readonly seed: number | bigint;
  /** Default: 25 steps of dpm-solver++2m. */
  readonly solver?: SolverOptions;
  /** The weight of the label, from 0 to 100; default 1. Another weight doubles the work. */
  readonly guidance?: number;
  /** Returns records [64, C, L] to refine from `solver.fromLevel` on; default: sampling starts from noise. */
  readonly refine?: CleanRecords | undefined;
}

/**
 * Makes clean records to refine, [records, C, L].
 *
 * @param start - The index of the first record.
 * @param labels - The label of each record.
 */
export type CleanRecords = (
  start: number,
  labels: readonly number[],
  signal: AbortSignal | undefined,
) => Promise<Float32Array>;

/** A request for consecutive records. */
export interface SampleRequest {
  /** Record i has the label labels[i % labels.length]: the number of a label from 0, or K for no label. */
  readonly labels: readonly number[];
  readonly start: number;
  readonly count: number;
  /** Array [count, C, L] that receives the samples; by default a new array. */
  readonly out?: Float32Array;
  /** Aborts between two steps of the solver. */
  readonly signal?: AbortSignal;
}

/**
 * Returns a function that makes the records of a request, [count, C, L]. It keeps the last batch, so that requests in
 * order compute each batch once.
 *
 * @throws PqrstError ERR_RANGE: when the number of steps is out of range; when a request has no records, or a label or an
 *   index that does not exist; when the weight of guidance is out of range.
 * @throws PqrstError ERR_MODEL: when the network answers a wrong number of values, or a value that is not finite.
 */
export function diffusionSampler(
  sampler: DiffusionSampler,
): (request: SampleRequest) => Promise<Float32Array> {
  const { lengthSamples, leads = 1, schedule } = sampler.plan;
  const steps = solverSteps(schedule, sampler.solver);
  const size = leads * lengthSamples;
  let last: { readonly key: string; readonly signals: Promise<Float32Array> } | undefined;
  const batchOf = (index: number, { labels, signal }: SampleRequest) => {
    const records = Array.from({ length: recordsPerBatch }, (_, row) => index * recordsPerBatch + row);
    const shown = records.map((record) => labelAt(labels, record));
    const key = `${index}: ${shown.join()}`;
    if (last?.key !== key) {
      const signals = sampleBatch(sampler, steps, records, shown, signal);
      last = { key, signals };
      // A failed or aborted batch is computed again when it is requested again.
      signals.catch(() => {
        if (last?.signals === signals) last = undefined;
      });
    }
    return last.signals;
  };
  return async (request) => {
    const { start, count, out = new Float32Array(count * size) } = request;
    expectRequest(sampler, request, out.length, count * size);
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

async function sampleBatch(
  { plan, execution, seed, guidance = 1, refine }: DiffusionSampler,
  steps: ReturnType<typeof solverSteps>,
  records: readonly number[],
  shown: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const { lengthSamples, leads = 1, labels, predict = 'v' } = plan;
  const count = records.length;
  const ask = (rows: Float32Array) => async (sample: Float32Array, level: number) => {
    signal?.throwIfAborted();
    const outputs = await execution.run({
      x: { data: sample, shape: [count, leads, lengthSamples] },
      level: { data: new Float32Array(count).fill(level), shape: [count] },
      label: { data: rows, shape: [count, labels + 1] },
    });
    return outputs.prediction!.data as Float32Array;
  };
  const without = labelRows(new Array<number>(count).fill(labels), labels);
  return sampleSignals({
    steps,
    predicts: predict,
    seed,
    records,
    recordLength: leads * lengthSamples,
    ...(refine && { refine: await refine(records[0]!, shown, signal) }),
    denoise: ask(labelRows(shown, labels)),
    guidance: { weight: guidance, unconditional: ask(without) },
  });
}

function expectRequest(
  { plan }: DiffusionSampler,
  { labels, start, count }: SampleRequest,
  given: number,
  needed: number,
): void {
  const isWhole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  if (!isWhole(start, 0) || !isWhole(count, 1) || !isWhole(start + count, 1)) {
    throw new PqrstError(
      'ERR_RANGE',
      `a request takes at least one record from index 0 on, got ${count} records from ${start}`,
    );
  }
  const wrong = labels.find((label) => !isWhole(label, 0) || label > plan.labels);
  if (labels.length === 0 || wrong !== undefined) {
    throw new PqrstError(
      'ERR_RANGE',
      `a request takes labels from 0 to ${plan.labels}, of which ${plan.labels} stands for no label, got ` +
        `${wrong ?? 'an empty list'}`,
    );
  }
  if (given !== needed) {
    throw new PqrstError('ERR_RANGE', `the array for the records needs ${needed} values, got ${given}`);
  }
}
