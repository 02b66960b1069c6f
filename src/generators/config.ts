// The configuration of a generator's training, checked before any work. Equal values with equal data give equal weights.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { above0, oneOf, parseOptions, whole } from '../base/options.js';
import type { ArchOptions } from '../nn/models/architecture.js';
import { parseConfig, type TrainConfig, type TrainConfigInput } from '../run/config.js';
import { type BaseSetting, baseSettings } from '../run/settings.js';
import { samplesOf } from '../signal/samples.js';
import { parseLabelTask } from '../signal/tasks.js';
import { learntLeads } from './channels.js';
import { type GeneratorName, type GeneratorSize, generatorNames, generatorSizes } from './kind.js';
import { generatorKinds } from './kinds.js';

const defaultFsHz = 100;

const schema = z.looseObject({
  kind: oneOf(generatorNames),
  setting: oneOf(baseSettings).default('real'),
  size: oneOf(generatorSizes).default('small'),
  options: z.record(z.string(), z.json(), 'an object of hyper-parameters').default({}),
  steps: whole(1, 1e7).optional(),
  batch: whole(2, 4096).optional(),
  learningRate: above0.optional(),
  stepsPerValidation: whole(1, 1e6).default(250),
  patience: whole(1).default(20),
});

/** The data of the training, as `trainRun` takes them. */
export type GeneratorDataInput = Pick<
  TrainConfigInput,
  'task' | 'preset' | 'ownClasses' | 'fsHz' | 'seconds' | 'leads' | 'filter' | 'labelMap' | 'seed' | 'split'
>;

/** The configuration that a caller gives: only `kind` and `task` are required. */
export interface GeneratorConfigInput extends GeneratorDataInput {
  /** The kind of generator. */
  readonly kind: GeneratorName;
  /** Default real. `syn` learns the simulator; `syn-real` learns the simulator first and then the real records. */
  readonly setting?: BaseSetting | undefined;
  /** Default small. */
  readonly size?: GeneratorSize | undefined;
  /** Hyper-parameters that replace those of the size. */
  readonly options?: ArchOptions | undefined;
  /** Number of simulated training records; default 4096. */
  readonly syntheticCount?: number | undefined;
  /** Number of steps of each phase; default that of the kind. */
  readonly steps?: number | undefined;
  /** Number of records of a step; default that of the kind. */
  readonly batch?: number | undefined;
  /** Highest learning rate; default that of the kind. */
  readonly learningRate?: number | undefined;
  /** Number of steps between two validations; default 250. */
  readonly stepsPerValidation?: number | undefined;
  /** Number of validations without a lower loss after which a phase ends; default 20. */
  readonly patience?: number | undefined;
}

/** A checked configuration with all defaults. */
export interface GeneratorConfig {
  readonly kind: GeneratorName;
  readonly size: GeneratorSize;
  /** All hyper-parameters. */
  readonly options: ArchOptions;
  /** Undefined: those of the kind and phase. */
  readonly steps?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly stepsPerValidation: number;
  readonly patience: number;
  /** The records, as a classifier's training states them. */
  readonly data: Pick<
    TrainConfig,
    'task' | 'setting' | 'preset' | 'fsHz' | 'seconds' | 'seed' | 'split' | 'syntheticCount'
  > &
    Pick<TrainConfig, 'ownClasses' | 'leads' | 'filter' | 'labelMap'>;
}

/**
 * Checks a configuration and fills in its defaults.
 *
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS, ERR_UNKNOWN_ARCH: when a value is invalid.
 * @throws PqrstError ERR_UNKNOWN_PRESET, ERR_SPEC, ERR_CLASS_FILE: when the simulator cannot be set up with the values.
 */
export function parseGeneratorConfig(given: GeneratorConfigInput): GeneratorConfig {
  const { kind, size, options, steps, batch, learningRate, stepsPerValidation, patience, ...rest } =
    parseOptions(schema, given, 'train-generator');
  const checked = parseConfig({
    fsHz: defaultFsHz,
    ...rest,
    arch: 's4',
  } as unknown as TrainConfigInput);
  const { task, setting, preset, fsHz, seconds, seed, split, syntheticCount } = checked;
  const { ownClasses, leads, filter, labelMap } = checked;
  const parsed = generatorKinds[kind].parse(size, options);
  const config: GeneratorConfig = {
    ...{ kind, size, options: parsed, stepsPerValidation, patience },
    ...(steps !== undefined && { steps }),
    ...(batch !== undefined && { batch }),
    ...(learningRate !== undefined && { learningRate }),
    data: {
      ...{ task, setting, preset, fsHz, seconds, seed, split, syntheticCount },
      ...(ownClasses && { ownClasses }),
      ...(leads && { leads }),
      ...(filter !== undefined && { filter }),
      ...(labelMap && { labelMap }),
    },
  };
  expectLabelNames(task);
  generatorKinds[kind].parameters({
    ...{ size, options: parsed, seed },
    channels: learntLeads(leads ?? ['II']).length,
    ...{ fsHz, lengthSamples: samplesOf(seconds, fsHz) },
    labels: parseLabelTask(task).labels.length,
  });
  return config;
}

/** A label becomes the class of records in a corpus, where `>` and `+` have a meaning. */
function expectLabelNames(task: string): void {
  const { labels } = parseLabelTask(task);
  const wrong = labels.find((label) => /[>+]/.test(label));
  if (wrong === undefined) return;
  throw new PqrstError(
    'ERR_OPTION',
    `the label "${wrong}" has a ${wrong.includes('>') ? '>' : '+'}, which names changes and mixtures in a corpus; rename it in the data`,
  );
}
