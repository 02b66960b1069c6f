// The two diffusion models as kinds of generators: one phase, one network.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { oneOf, parseOptions, whole } from '../base/options.js';
import { denoiserParameters, resolveDenoiser } from '../nn/denoisers/index.js';
import { train } from '../train/trainer.js';
import { buildDenoiserGraph, takesBeats } from './denoiser-program.js';
import { type DiffusionPlan, diffuse } from './diffuse.js';
import type { GeneratorKind, GeneratorPlan, PhaseSettings } from './kind.js';
import { noiseSchedule } from './noise-schedule.js';
import { evenBatches, orderedBatches, type RecordSet } from './records.js';
import { beatTracks, expectFindable, rhythmsOf, withBeatTrack } from './rhythm.js';
import { diffusionSampler } from './sample-diffusion.js';
import { type SolverOptions, solverSteps, solvers } from './solver.js';

/** Sizes `small` and `paper` take the same optimiser; the published one has no averages, no clipping and no schedule. */
const settings: Readonly<Record<'small' | 'paper', PhaseSettings>> = {
  small: {
    ...{ steps: 12_000, batch: 32, learningRate: 1e-3, weightDecay: 1e-4 },
    ...{ warmUpSteps: 500, clipNorm: 1, emaDecay: 0.999 },
  },
  paper: {
    ...{ steps: 100_000, batch: 32, learningRate: 2e-4, weightDecay: 1e-4 },
    ...{ warmUpSteps: 500, clipNorm: 1, emaDecay: 0.999 },
  },
};

const samplingSchema = z.strictObject({
  steps: whole(2, 10_000).optional(),
  guidance: z
    .number('a number in 0-100')
    .min(0, 'a number in 0-100')
    .max(100, 'a number in 0-100')
    .default(1),
  solver: oneOf(solvers).default('dpm-solver++2m'),
  refine: z.string('the name of a preset').min(1, 'the name of a preset').optional(),
  fromLevel: whole(2, 10_000).optional(),
});

/** Returns the kind of a denoiser. */
export function diffusionKind(name: 'diffwave' | 'time-diffusion'): GeneratorKind {
  const network = resolveDenoiser(name);
  const { title, paper, hyperParameters } = network;
  const schedule = noiseSchedule();
  const shapeOf = ({ channels, lengthSamples, labels }: GeneratorPlan) => ({
    leads: channels,
    lengthSamples,
    labels,
  });
  const planOf = (plan: GeneratorPlan): DiffusionPlan => ({
    ...shapeOf(plan),
    ...{ denoiser: name, options: plan.options, schedule, seed: plan.seed },
  });
  return {
    ...{ name, title, paper, hyperParameters, phases: ['train'] },
    parse: (size, options) => network.parse({ ...network.sizes[size], ...options }),
    settings: (_phase, size) => settings[size],
    parameters: (plan) => {
      if (takesBeats(planOf(plan))) expectFindable(plan.fsHz, plan.lengthSamples);
      return denoiserParameters(network, plan.options, shapeOf(plan));
    },
    train: (_phase, plan, context, run) => {
      const { engine, threads, signal, batch, batchesPerEpoch, start } = context;
      const prepared = (set: RecordSet) => (takesBeats(planOf(plan)) ? withBeatTrack(set, plan.fsHz) : set);
      const training = evenBatches(prepared(context.training), { batch, seed: plan.seed, batchesPerEpoch });
      const validation = orderedBatches(prepared(context.validation), batch);
      const objective = diffuse(planOf(plan), { training, validation });
      return train({ ...run, engine, threads, signal, objective, training, validation, weights: start });
    },
    rhythms: (plan, training) => (takesBeats(planOf(plan)) ? rhythmsOf(training, plan.fsHz) : undefined),
    networks: (plan, weights) => ({ denoiser: buildDenoiserGraph(planOf(plan), weights.get('train')!) }),
    sampling: (given) => {
      const { solver, guidance, refine, ...rest } = parseOptions(samplingSchema, given, 'generate');
      if (refine === undefined && rest.fromLevel !== undefined) {
        throw new PqrstError(
          'ERR_OPTION',
          `fromLevel ${rest.fromLevel} is the level from which records are refined; name the preset whose records to refine (\`refine\`)`,
        );
      }
      const fromLevel = rest.fromLevel ?? Math.round(schedule.steps / 2);
      const start = refine === undefined ? {} : { refine, fromLevel };
      const steps = solverSteps(schedule, {
        ...(refine !== undefined && { fromLevel }),
        ...(rest.steps !== undefined && { steps: rest.steps }),
        solver,
      }).length;
      return { solver, steps, guidance, ...start };
    },
    sampler: (plan, networks, { seed, sampling, simulator, rhythms }) => {
      const { guidance, refine, ...solver } = samplingSchema.parse(sampling);
      return diffusionSampler({
        ...{ plan: planOf(plan), execution: networks('denoiser'), seed, guidance },
        solver: solver as SolverOptions,
        refine: refine === undefined ? undefined : simulator(refine),
        beats: rhythms && beatTracks(plan, { seed, rhythms }),
      });
    },
  };
}
