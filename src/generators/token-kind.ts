// TimeVQVAE as a kind of generator: the phase `tokenize` trains encoder, codebooks and decoder; the phase `prior` trains
// the two priors on the codes of all records.

import { z } from 'zod';
import { parseOptions, whole } from '../base/options.js';
import { sizeOf } from '../graph/graph.js';
import { timeVqvae } from '../nn/tokenizer/time-vqvae.js';
import { train } from '../train/trainer.js';
import type { GeneratorKind, GeneratorPlan, GeneratorSize, PhaseSettings } from './kind.js';
import { predictTokens } from './prior-objective.js';
import { evenBatches, orderedBatches, type RecordSet } from './records.js';
import { tokenSampler } from './sample-tokens.js';
import {
  buildPriorGraph,
  buildPriorProgram,
  buildTokenizerGraph,
  buildTokenizerProgram,
  type PriorPlan,
} from './token-programs.js';
import { encodeRecords, startCodebooks, tokenize, tokenRecords } from './tokenize.js';

const phases = ['tokenize', 'prior'] as const;
type Phase = (typeof phases)[number];

const settings: Readonly<Record<Phase, Readonly<Record<GeneratorSize, PhaseSettings>>>> = {
  tokenize: {
    small: { steps: 6_000, batch: 64, learningRate: 2e-3, weightDecay: 1e-5, warmUpSteps: 250, clipNorm: 1 },
    paper: {
      steps: 50_000,
      batch: 32,
      learningRate: 1e-3,
      weightDecay: 1e-5,
      warmUpSteps: 5_000,
      clipNorm: 1,
    },
  },
  prior: {
    small: {
      ...{ steps: 5_000, batch: 64, learningRate: 1e-3, weightDecay: 1e-5 },
      ...{ warmUpSteps: 250, clipNorm: 1, emaDecay: 0.999 },
    },
    paper: {
      ...{ steps: 200_000, batch: 16, learningRate: 1e-3, weightDecay: 1e-5 },
      ...{ warmUpSteps: 20_000, clipNorm: 1, emaDecay: 0.999 },
    },
  },
};

const temperature = z.number('a number in 0-100').min(0, 'a number in 0-100').max(100, 'a number in 0-100');
const samplingSchema = z.strictObject({
  steps: whole(1, 1000).default(10),
  guidance: z
    .number('a number in 0-100')
    .min(0, 'a number in 0-100')
    .max(100, 'a number in 0-100')
    .default(1),
  lowTemperature: temperature.default(4),
  highTemperature: temperature.default(1),
});

/** The kind `time-vqvae`. */
export const tokenKind: GeneratorKind = {
  name: 'time-vqvae',
  title: timeVqvae.title,
  paper: timeVqvae.paper,
  hyperParameters: timeVqvae.hyperParameters,
  phases,
  parse: (size, options) => timeVqvae.parse({ ...timeVqvae.sizes[size], ...options }),
  settings: (phase, size) => settings[phase as Phase][size],
  parameters: (given) => {
    const plan = planOf(given);
    const programs = [
      buildTokenizerProgram('encoder', plan),
      buildTokenizerProgram('decoder', plan),
      buildPriorProgram('lowPrior', plan),
      buildPriorProgram('highPrior', plan),
    ];
    const sizes = new Map(
      programs.flatMap(({ state }) => state.map(({ name, shape }) => [name, sizeOf(shape)])),
    );
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  },
  train: async (phase, given, context, run) => {
    const plan = { ...planOf(given), seed: given.seed };
    const { engine, threads, signal, batch, batchesPerEpoch } = context;
    const batches = { batch, seed: given.seed, batchesPerEpoch };
    if (phase === 'tokenize') {
      const training = evenBatches(context.training, batches);
      const validation = orderedBatches(context.validation, batch);
      const isFresh = run.resume === undefined;
      const weights =
        context.start ??
        (isFresh
          ? await startCodebooks(plan, { engine, threads, training, seed: run.plan.seed })
          : undefined);
      const objective = tokenize(plan, { training, validation });
      return train({ ...run, engine, threads, signal, objective, training, validation, weights });
    }
    const tokenizer = context.earlier.get('tokenize')!;
    const codesOf = async (set: RecordSet): Promise<RecordSet> => {
      const source = orderedBatches(set, batch);
      return tokenRecords(
        await encodeRecords(plan, tokenizer, { engine, threads, source, signal }),
        given.labels,
      );
    };
    const training = evenBatches(await codesOf(context.training), batches);
    const validation = orderedBatches(await codesOf(context.validation), batch);
    const objective = predictTokens(plan, { training, validation });
    return train({
      ...run,
      engine,
      threads,
      signal,
      objective,
      training,
      validation,
      weights: context.start,
    });
  },
  rhythms: () => undefined,
  networks: (given, weights) => {
    const plan = planOf(given);
    const [tokenizer, prior] = phases.map((phase) => weights.get(phase)!);
    return {
      encoder: buildTokenizerGraph('encoder', plan, tokenizer!),
      decoder: buildTokenizerGraph('decoder', plan, tokenizer!),
      'low-prior': buildPriorGraph('lowPrior', plan, prior!),
      'high-prior': buildPriorGraph('highPrior', plan, prior!),
    };
  },
  sampling: (given) => parseOptions(samplingSchema, given, 'generate'),
  sampler: (given, networks, { seed, sampling }) => {
    const { steps, guidance, lowTemperature, highTemperature } = samplingSchema.parse(sampling);
    return tokenSampler({
      plan: planOf(given),
      priors: { low: networks('low-prior'), high: networks('high-prior') },
      decoder: networks('decoder'),
      ...{ steps, guidance, seed, temperatures: { low: lowTemperature, high: highTemperature } },
    });
  },
};

function planOf({ channels, lengthSamples, labels, options }: GeneratorPlan): PriorPlan {
  return { leads: channels, lengthSamples, labels, options };
}
