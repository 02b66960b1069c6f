// The configuration of a training run, checked before any work. Equal values with equal data give equal weights.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { above0, between, oneOf, parseOptions, whole } from '../base/options.js';
import { splitKinds } from '../batches/splits.js';
import { outlineNetwork, resolveArch } from '../nn/models/index.js';
import { ecgClasses } from '../signal/classes.js';
import { defaultFsHz, defaultPreset, defaultSeconds } from '../signal/defaults.js';
import { parseLeads } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import { type LabelTask, parseLabelTask, simulatedClasses } from '../signal/tasks.js';
import type { SynthSpec } from '../synth/spec.js';
import { settings } from './settings.js';

const configSchema = z.strictObject({
  /** `af` (against normal), `POSITIVE:NEGATIVE` or `A+B+C`: see tasks.ts. */
  task: z.string('the name of a task'),
  setting: oneOf(settings),
  arch: z.string('the name of an architecture').default('resnet18'),
  archOptions: z.record(z.string(), z.json(), 'an object of options').default({}),
  /** The preset of the synthetic records, or its values. */
  preset: z.union([z.string(), z.looseObject({})], 'the name of a preset or a spec').default(defaultPreset),
  /** The sampling rate of all windows. The 500 Hz of the paper take twice the time of the default. */
  fsHz: between(50, 4000).default(defaultFsHz),
  seconds: above0.default(defaultSeconds),
  /** The leads of all windows, such as `I,II,V1` or `12`; default one lead, as `openDataset` reads it. */
  leads: z.union([z.string(), z.array(z.string())], 'leads such as I,II,V1 or 12').optional(),
  /** The seed of the initial weights, the split, the order, augmentation, dropout and the synthetic records. */
  seed: whole(0).default(0),
  split: oneOf(splitKinds).default('patients'),
  batch: whole(2).default(32),
  /** The largest number of epochs per phase. */
  epochs: whole(1).default(50),
  /** Number of synthetic records for training, rounded to equally many per label; a quarter as many for validation. */
  syntheticCount: whole(4).default(4096),
  learningRate: above0.default(1e-3),
  /** The learning rate of the second phase of syn-real. */
  fineTuneLearningRate: above0.default(3e-4),
  weightDecay: between(0, 1).default(0.01),
  shiftRate: between(0, 1).default(0.375),
  maskRate: between(0, 1).default(0.25),
  validateEvery: whole(1).default(5),
  patience: whole(1).default(5),
});

type Parsed = z.output<typeof configSchema>;

/** The configuration that a caller gives: only `task` and `setting` are required. */
export type TrainConfigInput = Omit<z.input<typeof configSchema>, 'preset'> & { preset?: string | SynthSpec };

/** A configuration with its defaults. */
export interface TrainConfig extends Omit<z.output<typeof configSchema>, 'preset' | 'leads'> {
  /** The requested leads, in their usual spelling. */
  readonly leads?: readonly string[];
  readonly preset: string | SynthSpec;
}

/**
 * Checks a configuration and fills in its defaults.
 *
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS, ERR_UNKNOWN_ARCH: when a value is invalid.
 */
export function parseConfig(given: TrainConfigInput): TrainConfig {
  const parsed = parseOptions(configSchema, given, 'train');
  expectLabels(parseLabelTask(parsed.task), parsed);
  const arch = resolveArch(parsed.arch);
  const archOptions = arch.parse(parsed.archOptions);
  const { leads: requested, ...rest } = parsed;
  const leads = requested === undefined ? undefined : parseLeads(requested);
  if (rest.setting !== 'real') expectOneLead(leads);
  // Builds the outline of the network only to check it before data are read: it throws if the heads do not divide the width
  // or the records are too short.
  outlineNetwork(arch, archOptions, {
    leads: leads?.length ?? 1,
    lengthSamples: samplesOf(parsed.seconds, parsed.fsHz),
  });
  return {
    ...rest,
    ...(leads && { leads }),
    archOptions,
    preset: parsed.preset as string | SynthSpec,
  };
}

/**
 * Checks the leads of a training that uses synthetic records.
 *
 * @throws PqrstError ERR_OPTION: when there are several leads.
 */
export function expectOneLead(leads: readonly string[] = ['II']): void {
  if (leads.length === 1) return;
  throw new PqrstError(
    'ERR_OPTION',
    `the simulator makes one lead, and the windows have ${leads.length} (${leads.join(', ')}); choose the setting real, ` +
      'or one lead',
  );
}

/** Refuses a task whose labels the simulator cannot make, and a count with fewer records than labels. */
function expectLabels(task: LabelTask, { setting, syntheticCount }: Parsed): void {
  if (setting === 'real') return;
  if (simulatedClasses(task) === undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `the simulator makes ${ecgClasses.join(', ')}, but the task "${task.name}" asks for ` +
        `${task.labels.join(', ')}; choose the setting real`,
    );
  }
  if (syntheticCount < task.labels.length) {
    throw new PqrstError(
      'ERR_RANGE',
      `train: syntheticCount must be at least ${task.labels.length}, one record per label, got ${syntheticCount}`,
    );
  }
}
