// What an experiment is asked for, checked before any work. The same values with the same data give the same results.

import { z } from 'zod';
import { PqrstError, suggest } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import { splitKinds } from '../batches/splits.js';
import { readInput } from '../codecs/input.js';
import { architectures, outlineNetwork, resolveArch } from '../nn/models/index.js';
import { type Setting, settings } from '../run/config.js';
import { ecgClasses } from '../signal/classes.js';
import { samplesOf } from '../signal/samples.js';
import { type LabelTask, parseLabelTask, simulatedClasses } from '../signal/tasks.js';
import { checkSynthesis } from '../synth/check.js';
import type { SynthSpec } from '../synth/spec.js';

const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => {
  const what = `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`;
  return z.int(what).min(least, what).max(most, what);
};
const between = (low: number, high: number) => {
  const what = `a number from ${low} to ${high}`;
  return z.number(what).min(low, what).max(high, what);
};
const above0 = z.number('a number above 0').positive('a number above 0');
const words = (what: string) => {
  const one = z.string(what).min(1, what);
  return z.union([one.transform((word) => [word]), z.array(one, what).min(1, what)], what);
};

const searchSchema = z
  .strictObject(
    {
      /** Draws of hyper-parameters a search; 0: none, the defaults are used. */
      trials: whole(0).default(20),
      /** Ends a search before its trials are done; what was found then is kept in the experiment's folder. */
      minutes: above0.optional(),
      epochs: whole(1).default(250),
    },
    'an object { trials, minutes, epochs }',
  )
  .prefault({});

/** Ten counts, as many as the paper's; its own were lost in the text at hand. */
export const positivesSeries: readonly number[] = [5, 10, 20, 30, 40, 50, 100, 200, 500, 1000];

const configSchema = z.strictObject({
  /** `KIND:DIR`, one or several that are merged. */
  data: words('KIND:DIR or a list of them'),
  /** Outside data sets that every model is tested on besides, whole. */
  outside: z.array(z.string('KIND:DIR'), 'a list of KIND:DIR').default([]),
  tasks: words('a task or a list of them'),
  archs: words('an architecture, a list of them, or all').default(['resnet18']),
  settings: z
    .array(z.enum(settings, `one of ${settings.join(', ')}`), `a list of ${settings.join(', ')}`)
    .min(1, `a list of ${settings.join(', ')}`)
    .default([...settings]),
  /** Of the synthetic records. */
  preset: z.union([z.string(), z.looseObject({})], 'the name of a preset or a spec').default('paper'),
  fsHz: between(50, 4000).default(250),
  seconds: above0.max(3600, 'a number up to 3600').default(10),
  seed: whole(0).default(0),
  split: z.enum(splitKinds, `one of ${splitKinds.join(', ')}`).default('patients'),
  testShare: between(0.01, 0.9).default(0.2),
  /** Runs a cell: train/val pairs 2 to runs + 1; pair 1 is the search's. */
  runs: whole(1, 1000).default(5),
  /** Windows of one label that one patient gives at most; default all. */
  mostPerPatient: whole(1).optional(),
  batch: whole(2, 65_536).default(256),
  epochs: whole(1).default(500),
  validateEvery: whole(1).default(5),
  patience: whole(1).default(5),
  weightDecay: between(0, 1).default(0.01),
  /** Training records of a synthetic set, as many of each class; a quarter as many validate. */
  syntheticCount: whole(4, 1e9).default(8192),
  search: searchSchema,
  /** Hyper-parameters by architecture that are not searched; see `pqrst info --arch NAME`. */
  archOptions: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  /** Numbers of positives that training is cut to, besides all; `series` is ten of them (figure 5). */
  positives: z
    .union(
      [z.literal('series').transform(() => positivesSeries), z.array(whole(1))],
      'series or whole numbers from 1',
    )
    .default([]),
});

type Parsed = z.output<typeof configSchema>;

/** As given in a JSON file: only data and tasks are required. */
export type ExperimentConfigInput = Omit<z.input<typeof configSchema>, 'preset'> & {
  preset?: string | SynthSpec;
};

export interface ExperimentConfig extends Omit<Parsed, 'tasks' | 'preset' | 'settings'> {
  readonly tasks: readonly LabelTask[];
  readonly settings: readonly Setting[];
  readonly preset: string | SynthSpec;
}

const mostConfigBytes = 2 ** 20;

/** A JSON file, not yet checked; ERR_NOT_FOUND, ERR_OPTION where it is no JSON object. */
export async function readExperimentConfig(path: string): Promise<Partial<ExperimentConfigInput>> {
  const refuse = (what: string, cause?: unknown) =>
    new PqrstError('ERR_OPTION', `the configuration ${path} ${what}`, { cause });
  const bytes = await readInput(path, 'the configuration', mostConfigBytes, (size) =>
    refuse(`holds ${size} bytes; at most ${mostConfigBytes} are read`),
  );
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw refuse(`is not JSON: ${(cause as Error).message}; correct it`, cause);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw refuse('must be an object such as {"data": "mitdb:DIR", "tasks": ["af"]}');
}

/** The configuration with its defaults; ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS, ERR_UNKNOWN_ARCH, ERR_UNKNOWN_PRESET in a sentence. */
export function parseExperimentConfig(given: ExperimentConfigInput): ExperimentConfig {
  const parsed = parseOptions(configSchema, given, 'experiment');
  const archs = parsed.archs.flatMap((name) => (name === 'all' ? Object.keys(architectures) : [name]));
  const tasks = parsed.tasks.map(parseLabelTask);
  const { settings, archOptions } = parsed;
  const names = tasks.map(({ name }) => name);
  for (const list of [parsed.data, parsed.outside, archs, settings, names]) refuseTwice(list);
  if (settings.includes('syn-real') && !settings.includes('syn')) {
    throw new PqrstError(
      'ERR_OPTION',
      'the setting syn-real starts from the models of syn; add syn to the settings',
    );
  }
  const hasSyn = settings.includes('syn');
  const strange = hasSyn && tasks.find((task) => simulatedClasses(task) === undefined);
  if (strange) {
    throw new PqrstError(
      'ERR_OPTION',
      `the simulator makes ${ecgClasses.join(', ')}, but the task "${strange.name}" asks for other labels; ` +
        'choose the setting real alone (--settings real)',
    );
  }
  const preset = parsed.preset as string | SynthSpec;
  const { fsHz, seconds, seed, syntheticCount } = parsed;
  const most = tasks.reduce((most, { labels }) => Math.max(most, labels.length), 0);
  if (hasSyn && syntheticCount < most) {
    throw new PqrstError(
      'ERR_RANGE',
      `experiment: syntheticCount must be at least ${most}, a record of each label, got ${syntheticCount}`,
    );
  }
  // Rejects an unknown preset and a spec that is not valid before data are read.
  if (hasSyn) checkSynthesis({ preset, fsHz, seconds, seed });
  const lengthSamples = samplesOf(seconds, fsHz);
  const unused = Object.keys(archOptions).find((name) => !archs.includes(name));
  if (unused !== undefined) {
    throw new PqrstError('ERR_OPTION', `archOptions names "${unused}"${suggest(unused, archs)}`);
  }
  // What only a network tells (too short a record, heads that do not divide) is told before data are read.
  for (const name of archs) {
    const arch = resolveArch(name);
    outlineNetwork(arch, arch.parse(archOptions[name] ?? {}), { lengthSamples });
  }
  const positives = [...new Set(parsed.positives)].sort((a, b) => a - b);
  return { ...parsed, archs, tasks, positives, preset };
}

function refuseTwice(list: readonly string[]): void {
  const twice = list.find((one, at) => list.indexOf(one) !== at);
  if (twice !== undefined) {
    throw new PqrstError('ERR_OPTION', `experiment: "${twice}" is named twice; name each once`);
  }
}
