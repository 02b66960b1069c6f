// Makes signals from noise: runs the steps of a solver over one batch of records. The noise of a record follows from the
// seed, its number and the step, not from the other records of its batch.

import { PqrstError } from '../base/errors.js';
import { randomStream } from '../base/random.js';
import { type Guidance, guided } from './guidance.js';
import { conversionScales, type PredictionKind } from './prediction.js';
import type { SolverStep } from './solver.js';

/** One batch of records to make. */
export interface SamplingPlan {
  /** The steps of the solver. */
  readonly steps: readonly SolverStep[];
  /** What the network predicts. */
  readonly predicts: PredictionKind;
  readonly seed: number | bigint;
  /** The number of each record. Record i has the same noise in every batch. */
  readonly records: readonly number[];
  /** The number of values per record: leads times samples. */
  readonly recordLength: number;
  /**
   * Signals to refine, [records, recordLength]: they are noised to the level of the first step. Default: pure noise, which
   * is the start of the last level of the schedule.
   */
  readonly refine?: Float32Array;
  /**
   * Asks the network.
   *
   * @param sample - [records, recordLength]. The call must not keep or change it.
   * @param level - The level of all records. It may lie between whole levels.
   * @returns The prediction, shaped as the sample. The sampler does not change it.
   */
  denoise(sample: Float32Array, level: number): Promise<Float32Array>;
  /** Guidance towards the labels that `denoise` uses. */
  readonly guidance?: Guidance<[sample: Float32Array, level: number]>;
}

/** The largest amplitude of a denoised signal, in standard deviations. R waves of z-scored records reach 8. */
export const largestDenoised = 10;

/**
 * Returns the signals of the records, [records, recordLength], in the unit of the network.
 *
 * @throws PqrstError ERR_RANGE: when the weight of guidance is out of range, or the signals to refine have another length.
 * @throws PqrstError ERR_MODEL: when the network answers a wrong number of values, or a value that is not finite.
 */
export async function sampleSignals(plan: SamplingPlan): Promise<Float32Array> {
  const { steps, predicts, records, recordLength } = plan;
  const denoise = guided((sample: Float32Array, level: number) => plan.denoise(sample, level), plan.guidance);
  const size = records.length * recordLength;
  const sample = new Float32Array(size);
  let denoised = new Float32Array(size);
  let previous = new Float32Array(size);
  // In place 0 of its streams, a record has the noise of its start; in place n, that of step n.
  if (plan.refine === undefined) addNoise(plan, 0, 1, sample);
  else {
    if (plan.refine.length !== size) {
      throw new PqrstError(
        'ERR_RANGE',
        `the signals to refine have ${plan.refine.length} samples; expected ${size}, which is ${recordLength} for each of ${records.length} records`,
      );
    }
    const { signalScale, noiseScale } = steps[0]!;
    for (let at = 0; at < size; at++) sample[at] = signalScale * plan.refine[at]!;
    addNoise(plan, 0, noiseScale, sample);
  }
  for (const [at, step] of steps.entries()) {
    const prediction = await denoise(sample, step.level);
    if (prediction.length !== size) {
      throw new PqrstError(
        'ERR_MODEL',
        `the generator's network answered ${prediction.length} values for ${size} samples; expected one per sample; the file of the network does not fit its description`,
      );
    }
    [previous, denoised] = [denoised, previous];
    const { ofSample, ofOther } = conversionScales(predicts, 'x0', step);
    for (let place = 0; place < size; place++) {
      const predicted = prediction[place]!;
      if (!Number.isFinite(predicted)) throw notFinite(predicted, plan, place, step.level);
      const clean = ofSample * sample[place]! + ofOther * predicted;
      denoised[place] = Math.max(-largestDenoised, Math.min(largestDenoised, clean));
    }
    for (let place = 0; place < size; place++) {
      sample[place] =
        step.ofSample * sample[place]! +
        step.ofDenoised * denoised[place]! +
        step.ofPrevious * previous[place]!;
    }
    if (step.ofNoise > 0) addNoise(plan, at + 1, step.ofNoise, sample);
  }
  return sample;
}

function addNoise(
  { seed, records, recordLength }: SamplingPlan,
  place: number,
  scale: number,
  sample: Float32Array,
): void {
  for (const [row, record] of records.entries()) {
    const random = randomStream(seed, 'sample', record, place);
    const end = (row + 1) * recordLength;
    for (let at = row * recordLength; at < end; at++) sample[at] = sample[at]! + scale * random.normal();
  }
}

function notFinite(
  value: number,
  { records, recordLength }: SamplingPlan,
  place: number,
  level: number,
): PqrstError {
  const record = records[Math.floor(place / recordLength)];
  return new PqrstError(
    'ERR_MODEL',
    `the generator's network answered ${value} for record ${record} at noise level ${level}; expected finite numbers; its weights are damaged, or its training diverged: train it again`,
  );
}
