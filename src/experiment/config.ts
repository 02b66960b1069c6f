// The configuration of an experiment, checked before any work. Equal values with equal data give equal results. More than
// 300 lines: a third of them describe the fields for the reader of the reference.

import { z } from 'zod';
import { PqrstError, suggest } from '../base/errors.js';
import { fileLimits } from '../base/open-file.js';
import { above0, between, oneOf, parseOptions, whole } from '../base/options.js';
import { parseJson } from '../base/parse-json.js';
import { type SplitKind, splitKinds } from '../batches/splits.js';
import { readInput } from '../codecs/input.js';
import type { ArchOptions } from '../nn/models/architecture.js';
import { architectures, outlineNetwork, resolveArch } from '../nn/models/index.js';
import { simulatedLeadsOf } from '../run/config.js';
import {
  baseSettings,
  hasRatio,
  hasSyntheticPhase,
  ratioLimits,
  type Setting,
  settings,
  usesSynthetic,
} from '../run/settings.js';
import { defaultFsHz, defaultPreset, defaultSeconds } from '../signal/defaults.js';
import { expectFilter, parseFilter } from '../signal/filter.js';
import { parseLeads } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import { type LabelMap, labelMapSchema, parseLabelMap } from '../signal/synonyms.js';
import { type LabelTask, parseLabelTask, simulatedClasses, unsimulatedLabels } from '../signal/tasks.js';
import { checkSynthesis, specOf } from '../synth/check.js';
import { modelOf } from '../synth/model.js';
import { type ClassFile, parseOwnClasses } from '../synth/physiology/class-file.js';
import type { ModelSpec } from '../synth/presets.js';
import { type Schedule, schedules } from '../train/schedule.js';
import { readsSimulator, simulator, sourceParts } from './source-names.js';

const words = (what: string) => {
  const one = z.string(what).min(1, what);
  return z.union([one.transform((word) => [word]), z.array(one, what).min(1, what)], what);
};

const searchSchema = z
  .strictObject(
    {
      /** Number of trials per search; 0: no search, the hyper-parameters have their defaults. */
      trials: whole(0).default(20),
      /** The time after which a search ends, also within a trial; the folder keeps the best trial found so far. */
      minutes: above0.optional(),
      /** Default: that of the runs, at most `mostTrialEpochs`. */
      epochs: whole(1).optional(),
    },
    'an object { trials, minutes, epochs }',
  )
  .prefault({});

/** The default limit of the epochs of a trial. */
const mostTrialEpochs = 250;

/** Ten numbers of positives. The paper has ten too, but its available text does not state them. */
export const positivesSeries: readonly number[] = [5, 10, 20, 30, 40, 50, 100, 200, 500, 1000];

/** Checks the types and ranges of a configuration; `ExperimentConfigInput` describes the fields. */
export const configSchema = z.strictObject({
  data: words('KIND:DIR or a list of them'),
  outside: z.array(z.string('KIND:DIR'), 'a list of KIND:DIR').default([]),
  tasks: words('a task or a list of them'),
  archs: words('an architecture, a list of them, or all').default(['resnet18']),
  settings: z
    .array(oneOf(settings), `a list of ${settings.join(', ')}`)
    .min(1, `a list of ${settings.join(', ')}`)
    .default([...baseSettings]),
  sources: words('simulator, generator:DIR, refined:DIR, both:DIR, or a list of them').default([simulator]),
  ratios: z
    .array(between(...ratioLimits))
    .min(1, 'a list of numbers')
    .optional(),
  shares: z.array(above0.max(100, 'percentages above 0 up to 100')).default([]),
  preset: z.union([z.string(), z.looseObject({})], 'the name of a preset or a spec').default(defaultPreset),
  ownClasses: z.array(z.unknown(), 'an array of classes').optional(),
  fsHz: between(50, 4000).default(defaultFsHz),
  seconds: above0.max(3600, 'a number up to 3600').default(defaultSeconds),
  leads: z.union([z.string(), z.array(z.string())], 'leads such as I,II,V1 or 12').optional(),
  filter: z.string('a filter in Hz such as 0.5-40').optional(),
  labelMap: labelMapSchema.optional(),
  seed: whole(0).default(0),
  split: oneOf(splitKinds).default('patients'),
  testShare: between(0.01, 0.9).default(0.2),
  runs: whole(1, 1000).default(5),
  mostPerPatient: whole(1).optional(),
  batch: whole(2, 65_536).default(256),
  epochs: whole(1).default(500),
  validateEvery: whole(1).default(5),
  patience: whole(1).default(5),
  weightDecay: between(0, 1).default(0.01),
  learningRate: above0.optional(),
  fineTuneLearningRate: above0.optional(),
  schedule: oneOf(schedules).default('constant'),
  fineTuneSchedule: oneOf(schedules).default('constant'),
  syntheticCount: whole(4, 1e9).default(8192),
  search: searchSchema,
  archOptions: z.record(z.string(), z.record(z.string(), z.json())).default({}),
  positives: z
    .union(
      [z.literal('series').transform(() => positivesSeries), z.array(whole(1))],
      'series or whole numbers from 1',
    )
    .default([]),
});

/** The configuration that a caller or a JSON file gives: only `data` and `tasks` are required. */
export interface ExperimentConfigInput {
  /** One data set, `KIND:DIR` ([openDataset](records.md#opendataset) lists the kinds), or several to merge. */
  readonly data: string | readonly string[];
  /** Outside data sets, `KIND:DIR`; default none. Every model is also tested on all of their windows. */
  readonly outside?: readonly string[] | undefined;
  /** One task or several, as `parseLabelTask` reads them. */
  readonly tasks: string | readonly string[];
  /** Names of architectures, or `all`; default resnet18. */
  readonly archs?: string | readonly string[] | undefined;
  /**
   * Settings to compare; default real, syn and syn-real. `syn-real` needs `syn`, and `real+syn` and `real+real` need `real`.
   */
  readonly settings?: readonly Setting[] | undefined;
  /**
   * What makes the synthetic records, one or several to compare: `simulator` (default), `generator:DIR` of
   * `trainGenerator`, `refined:DIR`, records of the simulator that the generator refines, or `both:DIR`, records of the
   * simulator and of the generator in turns. The report compares real, syn and syn-real in detail for the first of them.
   */
  readonly sources?: string | readonly string[] | undefined;
  /** Numbers of records that real+syn and real+real add, as multiples of the real ones, 0.01-100; default 1. */
  readonly ratios?: readonly number[] | undefined;
  /**
   * Percentages of the real training windows of each label with which real and the second phase of syn-real also train,
   * above 0 to 100; default none. All windows (100) train in any case.
   */
  readonly shares?: readonly number[] | undefined;
  /** Name of the preset of the synthetic records, or a spec; default `physiological`. */
  readonly preset?: string | ModelSpec | undefined;
  /** Classes of your own, for the preset `physiological`; see docs/simulator.md. Their names can be labels of tasks. */
  readonly ownClasses?: readonly ClassFile[] | undefined;
  /** Sampling rate of all windows in Hz, 50-4000; default 250. */
  readonly fsHz?: number | undefined;
  /** Length of all windows in s, up to 3600; default 10. */
  readonly seconds?: number | undefined;
  /** Leads of all windows, such as `I,II,V1` or `12`; default one lead, as `openDataset` reads it. */
  readonly leads?: string | readonly string[] | undefined;
  /**
   * Band-pass filter of all windows, real and synthetic alike: `LOW-HIGH` in Hz, such as `0.5-40`, with zero phase. LOW 0
   * keeps low frequencies. Default no filter.
   */
  readonly filter?: string | undefined;
  /** What labels of your own tables mean, in place of the table of synonyms: `{ SR: 'normal' }`; as in `openDataset`. */
  readonly labelMap?: LabelMap | undefined;
  /** Seed of splits, weights, search and synthetic records, from 0; default 0. */
  readonly seed?: number | undefined;
  /** Unit of the split: `patients`, `folds` (the folds of the data set) or `random` windows; default patients. */
  readonly split?: SplitKind | undefined;
  /** Share of the records for the test, 0.01-0.9; default 0.2. */
  readonly testShare?: number | undefined;
  /** Number of runs per cell, 1-1000; default 5. They use the pairs 2 to runs + 1; the search uses pair 1. */
  readonly runs?: number | undefined;
  /** Largest number of windows per patient and label, from 1; default all. */
  readonly mostPerPatient?: number | undefined;
  /** Records per batch, 2-65536; default 256. */
  readonly batch?: number | undefined;
  /** Largest number of epochs per phase, from 1; default 500. */
  readonly epochs?: number | undefined;
  /** Number of epochs between validations, from 1; default 5. */
  readonly validateEvery?: number | undefined;
  /** Number of validations without a lower loss after which a phase ends, from 1; default 5. */
  readonly patience?: number | undefined;
  /** Weight decay of AdamW, 0-1; default 0.01. */
  readonly weightDecay?: number | undefined;
  /** Learning rate of real and syn without a search, above 0; default that of `pqrst train`. A search draws it. */
  readonly learningRate?: number | undefined;
  /** Learning rate of the second phase of syn-real without a search, above 0; default that of `pqrst train`. */
  readonly fineTuneLearningRate?: number | undefined;
  /**
   * How the learning rate of real and syn changes: `constant` (default), `cosine` (falls to 0) or `one-cycle` (rises, then
   * falls to 0). The steps of all epochs make one schedule, which early stopping can cut short.
   */
  readonly schedule?: Schedule | undefined;
  /** How the learning rate of the second phase of syn-real changes; default `constant`. */
  readonly fineTuneSchedule?: Schedule | undefined;
  /**
   * Number of synthetic records for training, from 4, equally many per class; default 8192. A quarter as many are made
   * for validation.
   */
  readonly syntheticCount?: number | undefined;
  /**
   * The search for hyper-parameters: number of trials per search (default 20; 0: no search, the hyper-parameters have
   * their defaults), minutes after which a search ends, also within a trial (default no limit), and the largest number of
   * epochs per trial (default `epochs`, at most 250).
   */
  readonly search?:
    | {
        readonly trials?: number | undefined;
        readonly minutes?: number | undefined;
        readonly epochs?: number | undefined;
      }
    | undefined;
  /** Fixed hyper-parameters by architecture, which the search does not vary; `architectures` lists them. */
  readonly archOptions?: Readonly<Record<string, ArchOptions>> | undefined;
  /**
   * Numbers of positives to which training is limited, in addition to all; default none. `series` stands for 5, 10, 20,
   * 30, 40, 50, 100, 200, 500 and 1000.
   */
  readonly positives?: 'series' | readonly number[] | undefined;
}

/** A checked configuration with its defaults. `ExperimentConfigInput` describes the fields. */
export interface ExperimentConfig
  extends Omit<
    z.output<typeof configSchema>,
    | 'tasks'
    | 'archOptions'
    | 'preset'
    | 'settings'
    | 'leads'
    | 'ownClasses'
    | 'filter'
    | 'search'
    | 'labelMap'
    | 'sources'
    | 'ratios'
    | 'shares'
  > {
  /** The search for hyper-parameters: trials, time limit in minutes, and epochs per trial. */
  readonly search: {
    readonly trials: number;
    readonly minutes?: number | undefined;
    readonly epochs: number;
  };
  /** Fixed hyper-parameters by architecture. */
  readonly archOptions: Readonly<Record<string, ArchOptions>>;
  /** Leads of all windows, in their usual spelling; undefined: one lead, as `openDataset` reads it. */
  readonly leads?: readonly string[];
  /** The filter of all windows in its usual spelling; undefined without a filter. */
  readonly filter?: string;
  /** What labels of own tables mean, in place of the table of synonyms. */
  readonly labelMap?: LabelMap;
  /** Tasks to learn, each with its labels. */
  readonly tasks: readonly LabelTask[];
  /** Settings to compare. */
  readonly settings: readonly Setting[];
  /** What makes the synthetic records. */
  readonly sources: readonly string[];
  /** Numbers of added records of real+syn and real+real as multiples of the real ones, in ascending order. */
  readonly ratios: readonly number[];
  /** Percentages of the real training windows besides 100, in ascending order. */
  readonly shares: readonly number[];
  /** Name of the preset of the synthetic records, or a spec. */
  readonly preset: string | ModelSpec;
  /** Classes of the user's own. */
  readonly ownClasses?: readonly ClassFile[];
}

/**
 * Reads a configuration from a JSON file. `parseExperimentConfig` checks its values.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file does not exist.
 * @throws PqrstError ERR_OPTION: when it is too large or not a JSON object.
 */
export async function readExperimentConfig(path: string): Promise<Partial<ExperimentConfigInput>> {
  const refuse = (what: string, cause?: unknown) =>
    new PqrstError('ERR_OPTION', `the configuration ${path} ${what}`, { cause });
  const bytes = await readInput(path, 'the configuration', fileLimits.json, (size) =>
    refuse(`holds ${size} bytes; at most ${fileLimits.json} are read`),
  );
  let value: unknown;
  try {
    value = parseJson(bytes.toString('utf8'));
  } catch (cause) {
    throw refuse(`is not JSON: ${(cause as Error).message}; correct it`, cause);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw refuse('must be an object such as {"data": "mitdb:DIR", "tasks": ["af"]}');
}

/**
 * Checks a configuration and fills in its defaults.
 *
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS, ERR_UNKNOWN_ARCH, ERR_UNKNOWN_PRESET, ERR_SPEC,
 * ERR_CLASS_FILE: when a value is invalid, or values contradict each other.
 */
export function parseExperimentConfig(given: ExperimentConfigInput): ExperimentConfig {
  const parsed = parseOptions(configSchema, given, 'experiment');
  const archs = parsed.archs.flatMap((name) => (name === 'all' ? Object.keys(architectures) : [name]));
  const tasks = parsed.tasks.map(parseLabelTask);
  const leads = parsed.leads === undefined ? undefined : parseLeads(parsed.leads);
  const { settings, archOptions, sources } = parsed;
  const names = tasks.map(({ name }) => name);
  for (const list of [parsed.data, parsed.outside, archs, settings, sources, names]) refuseTwice(list);
  if (settings.includes('syn-real') && !settings.includes('syn')) {
    throw new PqrstError(
      'ERR_OPTION',
      'the setting syn-real starts from the models of syn; add syn to the settings',
    );
  }
  const added = settings.find(hasRatio);
  if (added !== undefined && !settings.includes('real')) {
    throw new PqrstError(
      'ERR_OPTION',
      `the setting ${added} is compared with real, and takes its hyper-parameters; add real to the settings`,
    );
  }
  const isSimulated = sources.map(readsSimulator).some(Boolean);
  refuseUnused(parsed);
  const hasSyn = settings.some(usesSynthetic) && isSimulated;
  const preset = parsed.preset as string | ModelSpec;
  const refined = sources.find((source) => sourceParts(source).kind === 'refined');
  if (refined !== undefined && typeof preset !== 'string') {
    throw new PqrstError(
      'ERR_OPTION',
      `the source ${refined} refines records of a preset, but \`preset\` is a spec; name a preset, or leave the source out`,
    );
  }
  const ownClasses = parseOwnClasses(parsed.ownClasses ?? []);
  if (hasSyn) simulatedLeadsOf(preset, leads);
  const offered = hasSyn ? modelOf(specOf(preset, ownClasses)).offered : [];
  const labelMap = parsed.labelMap && parseLabelMap(parsed.labelMap);
  const strange = tasks.find((task) => hasSyn && !simulatedClasses(task, offered, ownClasses, labelMap));
  if (strange) {
    throw new PqrstError(
      'ERR_OPTION',
      `the simulator makes ${offered.join(', ')}, but the task "${strange.name}" asks for ` +
        `${unsimulatedLabels(strange, offered, labelMap).join(' and ')}; choose the setting real alone (\`settings\` real)`,
    );
  }
  const rate = (['learningRate', 'fineTuneLearningRate'] as const).find((name) => parsed[name] !== undefined);
  if (rate !== undefined && parsed.search.trials > 0) {
    throw new PqrstError(
      'ERR_OPTION',
      `experiment: ${rate} is ${parsed[rate]}, but the search draws the learning rates; set \`trials\` 0, or leave ${rate} out`,
    );
  }
  const { fsHz, seconds, seed, syntheticCount } = parsed;
  const most = tasks.reduce((most, { labels }) => Math.max(most, labels.length), 0);
  if (settings.some(hasSyntheticPhase) && syntheticCount < most) {
    throw new PqrstError(
      'ERR_RANGE',
      `experiment: syntheticCount must be at least ${most}, one record per label, got ${syntheticCount}`,
    );
  }
  // Throws before data are read if the preset is unknown or the spec is invalid.
  if (hasSyn) checkSynthesis({ preset, ownClasses, fsHz, seconds, seed });
  const lengthSamples = samplesOf(seconds, fsHz);
  const filter = parsed.filter === undefined ? undefined : parseFilter(parsed.filter);
  if (filter !== undefined) expectFilter(filter, { fsHz, lengthSamples });
  const unused = Object.keys(archOptions).find((name) => !archs.includes(name));
  if (unused !== undefined) {
    throw new PqrstError('ERR_OPTION', `archOptions names "${unused}"${suggest(unused, archs)}`);
  }
  // Throws before data are read if values do not fit the network, for example if the records are too short.
  for (const name of archs) {
    const arch = resolveArch(name);
    outlineNetwork(arch, arch.parse(archOptions[name] ?? {}), { lengthSamples, leads: leads?.length ?? 1 });
  }
  const ascending = (list: readonly number[]) => [...new Set(list)].sort((a, b) => a - b);
  const positives = ascending(parsed.positives);
  const ratios = ascending(parsed.ratios ?? [1]);
  // All windows train in any case.
  const shares = ascending(parsed.shares).filter((share) => share < 100);
  const { leads: _leads, ownClasses: _own, filter: _filter, labelMap: _map, ...rest } = parsed;
  const optional = {
    ...(ownClasses.length > 0 && { ownClasses }),
    ...(leads && { leads }),
    ...(filter !== undefined && { filter }),
    ...(labelMap && { labelMap }),
  };
  const search = {
    ...parsed.search,
    epochs: parsed.search.epochs ?? Math.min(parsed.epochs, mostTrialEpochs),
  };
  return { ...rest, search, archs, tasks, positives, ratios, shares, preset, ...optional };
}

/** Refuses sources, ratios and shares that no setting of the experiment uses. */
function refuseUnused({ settings, sources, ratios, shares }: z.output<typeof configSchema>): void {
  const refuse = (name: string, value: readonly unknown[], needs: string) =>
    new PqrstError(
      'ERR_OPTION',
      `experiment: \`${name}\` is ${value.join(', ')}, but no setting uses it; add ${needs} to the settings, or leave ` +
        `${name} out`,
    );
  if (!settings.some(usesSynthetic) && sources.some((source) => source !== simulator)) {
    throw refuse('sources', sources, 'syn or real+syn');
  }
  if (!settings.some(hasRatio) && ratios !== undefined) {
    throw refuse('ratios', ratios, 'real+syn or real+real');
  }
  if (!settings.some((one) => one === 'real' || one === 'syn-real') && shares.length > 0) {
    throw refuse('shares', shares, 'real or syn-real');
  }
}

function refuseTwice(list: readonly string[]): void {
  const twice = list.find((one, at) => list.indexOf(one) !== at);
  if (twice !== undefined) {
    throw new PqrstError('ERR_OPTION', `experiment: "${twice}" is named twice; name each once`);
  }
}
