// Makes records with a trained denoiser, in the batches of sample-records.ts.

import type { Execution } from '../engine/engine.js';
import type { DiffusionPlan } from './diffuse.js';
import { labelRows } from './labels.js';
import { type RecordBatch, recordSampler, type SampleRequest } from './sample-records.js';
import { sampleSignals } from './sampling.js';
import { type SolverOptions, solverSteps } from './solver.js';

/** A trained diffusion model and how to sample from it. */
export interface DiffusionSampler {
  readonly plan: Pick<DiffusionPlan, 'lengthSamples' | 'leads' | 'labels' | 'schedule' | 'predict'>;
  /** Runs the trained denoiser. */
  readonly execution: Pick<Execution, 'run'>;
  /** The seed of the noise of every record. */
  readonly seed: number | bigint;
  /** Default: 25 steps of dpm-solver++2m. */
  readonly solver?: SolverOptions;
  /** The weight of the label, from 0 to 100; default 1. Another weight doubles the work. */
  readonly guidance?: number;
  /** Returns clean records to refine, from `solver.fromLevel` on; default: sampling starts from noise. */
  readonly refine?: CleanRecords | undefined;
  /**
   * Returns the tracks of the beats, [records, 1, L], from the clean records if there are any; required if the denoiser takes
   * beats.
   */
  readonly beats?: ((batch: RecordBatch, clean: Float32Array | undefined) => Float32Array) | undefined;
}

/** Makes clean records to refine, [records, C, L]. */
export type CleanRecords = (batch: RecordBatch) => Promise<Float32Array>;

/**
 * Returns a function that makes the records of a request, [count, C, L].
 *
 * @throws PqrstError ERR_RANGE: when the number of steps is out of range; when a request has no records, or a label or an
 *   index that does not exist; when the weight of guidance is out of range.
 * @throws PqrstError ERR_MODEL: when the network answers a wrong number of values, or a value that is not finite.
 */
export function diffusionSampler(
  sampler: DiffusionSampler,
): (request: SampleRequest) => Promise<Float32Array> {
  const steps = solverSteps(sampler.plan.schedule, sampler.solver);
  return recordSampler(sampler.plan, (batch) => sampleBatch(sampler, steps, batch));
}

async function sampleBatch(
  { plan, execution, seed, guidance = 1, refine, beats }: DiffusionSampler,
  steps: ReturnType<typeof solverSteps>,
  batch: RecordBatch,
): Promise<Float32Array> {
  const { records, shown, signal } = batch;
  const { lengthSamples, leads = 1, labels, predict = 'v' } = plan;
  const count = records.length;
  const clean = await refine?.(batch);
  const marks = beats?.(batch, clean);
  const ask = (rows: Float32Array) => async (sample: Float32Array, level: number) => {
    signal?.throwIfAborted();
    const outputs = await execution.run({
      x: { data: sample, shape: [count, leads, lengthSamples] },
      level: { data: new Float32Array(count).fill(level), shape: [count] },
      label: { data: rows, shape: [count, labels + 1] },
      ...(marks && { beats: { data: marks, shape: [count, 1, lengthSamples] } }),
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
    ...(clean && { refine: clean }),
    denoise: ask(labelRows(shown, labels)),
    guidance: { weight: guidance, unconditional: ask(without) },
  });
}
