// The objective of a diffusion model (Ho, Jain and Abbeel 2020, algorithm 1): each record of a batch is noised to a random
// level, and the denoiser predicts v, the noise or the clean signal. The loss is the mean over records of the mean square.
// All draws are feeds that depend on the seed and the number of the step, or of the record in a validation, so a training
// that resumes continues with the same draws.
// Shapes: B records of a batch, C leads, L samples, K labels.

import { PqrstError } from '../base/errors.js';
import { randomStream } from '../base/random.js';
import { type Batch, type BatchSource, readAhead } from '../batches/batches.js';
import type { Execution } from '../engine/engine.js';
import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { mul } from '../graph/ops/mul.js';
import { reduceMean } from '../graph/ops/reduce-mean.js';
import { reshape } from '../graph/ops/reshape.js';
import { sub } from '../graph/ops/sub.js';
import { buildTrainingProgram, type TrainingOptions, type TrainingProgram } from '../model/training.js';
import { resolveDenoiser } from '../nn/denoisers/index.js';
import { recordsPerLabel } from '../objectives/labels.js';
import type { Objective, Validation } from '../objectives/objective.js';
import { buildDenoiserProgram, type DenoiserPlan, takesBeats } from './denoiser-program.js';
import { expectDropout, expectPlannedLabels, labelRows } from './labels.js';
import { type NoiseSchedule, noiseScalesAt } from './noise-schedule.js';
import { type PredictionKind, targetScales } from './prediction.js';

/** A diffusion model: its denoiser and what it learns. */
export interface DiffusionPlan extends DenoiserPlan {
  readonly schedule: NoiseSchedule;
  /** What the denoiser predicts; default `v`. */
  readonly predict?: PredictionKind;
  /** The share of records whose label the denoiser does not see, so that it also learns without one; default 0.1. */
  readonly labelDropout?: number;
  /** The seed of levels, noise and label dropout. */
  readonly seed: number | bigint;
}

/** What one step of a diffusion model takes. */
export interface DiffusionInputs {
  /** [B, C, L]: the clean signals. */
  readonly ecg: Float32Array;
  /** [B, C, L]: standard normal numbers. */
  readonly noise: Float32Array;
  /** [B]: the factor of the signal at the level of each record. */
  readonly signalScale: Float32Array;
  /** [B]: the factor of the noise. */
  readonly noiseScale: Float32Array;
  /** [B]: the level, from 1 to T. */
  readonly level: Float32Array;
  /** [B, K + 1]: one 1 per record; the last column is the null label. */
  readonly label: Float32Array;
  /** [B, 1, L]: the track of the beats, if the denoiser takes it. */
  readonly beats?: Float32Array | undefined;
}

const defaultLabelDropout = 0.1;

/** Number of levels at which a validation judges each record: one draw in each quarter of the schedule. */
export const validationLevels = 4;

/**
 * Returns the objective of the diffusion model `plan`. The records of the sources have C leads; if the denoiser takes
 * beats, the track of the beats is a further, last channel.
 *
 * @throws PqrstError ERR_DATA_EMPTY: when the training source lacks a label.
 * @throws PqrstError ERR_RANGE: when the records of a source do not have the shape of the plan, or `labelDropout` is not
 *   from 0 to below 1.
 * @throws PqrstError ERR_OPTION: when a source has more labels than the plan.
 */
export function diffuse(
  plan: DiffusionPlan,
  { training, validation }: { readonly training: BatchSource; readonly validation: BatchSource },
): Objective<DiffusionInputs> {
  const { labelDropout = defaultLabelDropout } = plan;
  expectDropout(labelDropout, defaultLabelDropout);
  for (const source of [training, validation]) expectRecordsOf(plan, source);
  recordsPerLabel(training, plan.labels);
  return {
    buildTraining: (options) => buildDiffusionTraining(plan, options),
    buildInference: () => buildDenoiserProgram(plan),
    inputs: (batch, step) => trainingInputs(plan, batch, step, labelDropout),
    validate: (execution, source, signal) => validate(plan, execution, source, signal),
  };
}

/**
 * Builds one step of AdamW on the mean square of the prediction. Outputs of a run: `loss` [] and `losses` [B], those of
 * the records; with `severalSteps` [K] and [K, B].
 */
export function buildDiffusionTraining(
  plan: DiffusionPlan,
  options: TrainingOptions,
): TrainingProgram<DiffusionInputs> {
  const { lengthSamples, leads = 1, labels, predict = 'v' } = plan;
  const { batch } = options;
  const shapes = {
    ecg: [batch, leads, lengthSamples],
    noise: [batch, leads, lengthSamples],
    signalScale: [batch],
    noiseScale: [batch],
    level: [batch],
    label: [batch, labels + 1],
    ...(takesBeats(plan) && { beats: [batch, 1, lengthSamples] }),
  } as const satisfies Partial<Record<keyof DiffusionInputs, readonly number[]>>;
  return buildTrainingProgram(options, {
    build: (net) => {
      const { graph } = net;
      const input = (name: keyof typeof shapes) => graph.input(name, 'float32', shapes[name]!);
      const [ecg, noise, level, label] = [input('ecg'), input('noise'), input('level'), input('label')];
      const perRecord = (name: 'signalScale' | 'noiseScale') => reshape(graph, input(name), [batch, 1, 1]);
      const [signalScale, noiseScale] = [perRecord('signalScale'), perRecord('noiseScale')];
      const x = add(graph, mul(graph, ecg, signalScale), mul(graph, noise, noiseScale));
      const beats = shapes.beats && input('beats');
      const taken = { x, level, label, beats };
      const prediction = resolveDenoiser(plan.denoiser).build(net, taken, plan.options ?? {});
      const target = targetOf(graph, predict, { ecg, noise, signalScale, noiseScale });
      const difference = sub(graph, prediction, target);
      const losses = reduceMean(graph, mul(graph, difference, difference), [1, 2]);
      return { loss: reduceMean(graph, losses), outputs: { losses } };
    },
    feeds: (inputs) =>
      Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [
          name,
          { data: inputs[name as keyof DiffusionInputs]!, shape },
        ]),
      ),
  });
}

/** The values of a noised signal. */
interface Parts {
  readonly ecg: Value;
  readonly noise: Value;
  readonly signalScale: Value;
  readonly noiseScale: Value;
}

function targetOf(graph: Graph, predict: PredictionKind, parts: Parts): Value {
  const { ecg, noise, signalScale, noiseScale } = parts;
  if (predict === 'epsilon') return noise;
  if (predict === 'x0') return ecg;
  return sub(graph, mul(graph, noise, signalScale), mul(graph, ecg, noiseScale));
}

/** Draws the noise, the level and the label dropout of each record of step `step`. */
function trainingInputs(
  plan: DiffusionPlan,
  batch: Batch,
  step: number,
  labelDropout: number,
): DiffusionInputs {
  const { seed, schedule } = plan;
  const { labels, count } = batch;
  const { ecg, beats } = channelsOf(plan, batch);
  const levels = randomStream(seed, 'level', step);
  const dropout = randomStream(seed, 'label dropout', step);
  const level = Float32Array.from({ length: count }, () => levelOf(schedule, levels.uniform()));
  const shown = Array.from(labels, (label) => (dropout.uniform() < labelDropout ? plan.labels : label));
  return {
    ...{ ecg, beats },
    noise: randomStream(seed, 'noise', step).fillNormal(new Float32Array(ecg.length)),
    ...scalesOf(schedule, level),
    level,
    label: labelRows(shown, plan.labels),
  };
}

/** Separates the leads [B, C, L] of a batch from the track of the beats, [B, 1, L]. */
function channelsOf(plan: DiffusionPlan, { signals, count }: Batch) {
  if (!takesBeats(plan)) return { ecg: signals, beats: undefined };
  const { leads = 1, lengthSamples } = plan;
  const size = leads * lengthSamples;
  const ecg = new Float32Array(count * size);
  const beats = new Float32Array(count * lengthSamples);
  for (let row = 0; row < count; row++) {
    const record = signals.subarray(row * (size + lengthSamples), (row + 1) * (size + lengthSamples));
    ecg.set(record.subarray(0, size), row * size);
    beats.set(record.subarray(size), row * lengthSamples);
  }
  return { ecg, beats };
}

/** Returns the level at `share` of the schedule: all levels from 1 to T, also those between whole numbers. */
function levelOf({ steps }: NoiseSchedule, share: number): number {
  return 1 + share * (steps - 1);
}

function scalesOf(schedule: NoiseSchedule, level: Float32Array) {
  const scales = Array.from(level, (value) => noiseScalesAt(schedule, value));
  return {
    signalScale: Float32Array.from(scales, ({ signalScale }) => signalScale),
    noiseScale: Float32Array.from(scales, ({ noiseScale }) => noiseScale),
  };
}

/**
 * Computes the loss with the labels shown, at one level per quarter of the schedule and record. Level and noise depend on
 * the seed and the record's place in the source, so that the losses of two validations differ by the weights alone.
 */
async function validate(
  plan: DiffusionPlan,
  execution: Execution,
  source: BatchSource,
  signal: AbortSignal | undefined,
): Promise<Validation> {
  const { schedule, seed, predict = 'v', leads = 1, lengthSamples } = plan;
  const size = leads * lengthSamples;
  let [sum, record] = [0, 0];
  for await (const batch of readAhead(source, 0, signal)) {
    const { labels, count } = batch;
    const { ecg, beats } = channelsOf(plan, batch);
    const label = { data: labelRows(labels, plan.labels), shape: [count, plan.labels + 1] };
    for (let quarter = 0; quarter < validationLevels; quarter++) {
      const x = new Float32Array(count * size);
      const target = new Float32Array(count * size);
      const level = new Float32Array(count);
      for (let row = 0; row < count; row++) {
        const stream = randomStream(seed, 'validation', record + row, quarter);
        level[row] = levelOf(schedule, (quarter + stream.uniform()) / validationLevels);
        const noise = stream.fillNormal(new Float32Array(size));
        const scales = noiseScalesAt(schedule, level[row]!);
        const { ofClean, ofNoise } = targetScales(predict, scales);
        for (let at = 0; at < size; at++) {
          const [clean, place] = [ecg[row * size + at]!, row * size + at];
          x[place] = scales.signalScale * clean + scales.noiseScale * noise[at]!;
          target[place] = ofClean * clean + ofNoise * noise[at]!;
        }
      }
      const feeds = {
        x: { data: x, shape: [count, leads, lengthSamples] },
        level: { data: level, shape: [count] },
        label,
        ...(beats && { beats: { data: beats, shape: [count, 1, lengthSamples] } }),
      };
      const prediction = (await execution.run(feeds)).prediction!.data as Float32Array;
      signal?.throwIfAborted();
      for (const [at, value] of prediction.entries()) sum += (value - target[at]!) ** 2 / size;
    }
    record += count;
  }
  return { loss: sum / (validationLevels * source.count), scores: {} };
}

function expectRecordsOf(plan: DiffusionPlan, source: BatchSource): void {
  const { lengthSamples, labels } = plan;
  const tracks = takesBeats(plan) ? 1 : 0;
  const leads = (plan.leads ?? 1) + tracks;
  if (source.leads !== leads || source.lengthSamples !== lengthSamples) {
    throw new PqrstError(
      'ERR_RANGE',
      `the denoiser is planned for records of ${leads} leads${tracks ? ' (the last is the track of the beats)' : ''} and ` +
        `${lengthSamples} samples, but the source has ${source.leads} leads and ${source.lengthSamples} samples; plan the ` +
        'shape of the source',
    );
  }
  expectPlannedLabels(labels, source);
}
