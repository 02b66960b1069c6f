// The configuration of a training run, checked before any work. Equal values with equal data give equal weights.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { above0, between, oneOf, parseOptions, whole } from '../base/options.js';
import { type SplitKind, splitKinds } from '../batches/splits.js';
import type { ArchOptions } from '../nn/models/architecture.js';
import { outlineNetwork, resolveArch } from '../nn/models/index.js';
import { classNames } from '../signal/class-table.js';
import { defaultFsHz, defaultPreset, defaultSeconds } from '../signal/defaults.js';
import { expectFilter, parseFilter } from '../signal/filter.js';
import { parseLeads } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import { type LabelMap, labelMapSchema, parseLabelMap, suggestClass } from '../signal/synonyms.js';
import {
  type LabelTask,
  parseLabelTask,
  restLabel,
  simulatedClasses,
  simulatedLabel,
  unsimulatedLabels,
} from '../signal/tasks.js';
import { specOf } from '../synth/check.js';
import { makesTwelveLeads, simulatedLeads } from '../synth/leads.js';
import { modelOf } from '../synth/model.js';
import { type ClassFile, parseOwnClasses } from '../synth/physiology/class-file.js';
import type { ModelSpec } from '../synth/presets.js';
import { type Schedule, schedules } from '../train/schedule.js';
import { modelLeads } from './leads.js';
import type { RecordSource } from './record-source.js';
import {
  hasRatio,
  hasSyntheticPhase,
  ratioLimits,
  type Setting,
  settings,
  usesSynthetic,
} from './settings.js';

/** Checks the types and ranges of a configuration; `TrainConfigInput` describes the fields. */
export const configSchema = z.strictObject({
  task: z.string('the name of a task'),
  setting: oneOf(settings),
  pretrain: z.string('the name of a task').optional(),
  arch: z.string('the name of an architecture').default('resnet18'),
  archOptions: z.record(z.string(), z.json(), 'an object of options').default({}),
  preset: z.union([z.string(), z.looseObject({})], 'the name of a preset or a spec').default(defaultPreset),
  ownClasses: z.array(z.unknown(), 'an array of classes').optional(),
  fsHz: between(50, 4000).default(defaultFsHz),
  seconds: above0.default(defaultSeconds),
  leads: z.union([z.string(), z.array(z.string())], 'leads such as I,II,V1 or 12').optional(),
  filter: z.string('a filter in Hz such as 0.5-40').optional(),
  labelMap: labelMapSchema.optional(),
  seed: whole(0).default(0),
  split: oneOf(splitKinds).default('patients'),
  batch: whole(2).default(32),
  epochs: whole(1).default(50),
  syntheticCount: whole(4).default(4096),
  ratio: between(...ratioLimits).optional(),
  learningRate: above0.default(1e-3),
  fineTuneLearningRate: above0.default(3e-4),
  schedule: oneOf(schedules).default('constant'),
  fineTuneSchedule: oneOf(schedules).default('constant'),
  weightDecay: between(0, 1).default(0.01),
  shiftRate: between(0, 1).default(0.375),
  maskRate: between(0, 1).default(0.25),
  validateEvery: whole(1).default(5),
  patience: whole(1).default(5),
});

type Parsed = z.output<typeof configSchema>;

/** The configuration that a caller gives: only `task` and `setting` are required. */
export interface TrainConfigInput {
  /** The task, as `parseLabelTask` reads it: `af` (against normal), `POSITIVE:NEGATIVE`, `LABEL:rest` or `A+B+C`. */
  readonly task: string;
  /**
   * The data of the training: real records, synthetic records, first synthetic and then real records, or real and added
   * records together.
   */
  readonly setting: Setting;
  /**
   * The task of the first phase of syn-real, such as `normal+af+pvc`: the network learns these classes of the simulator,
   * and the second phase learns the labels of `task` with a new last layer. For labels that the simulator lacks. Default:
   * both phases learn `task`.
   */
  readonly pretrain?: string | undefined;
  /** Name of the architecture, a key of `architectures`; default resnet18. */
  readonly arch?: string | undefined;
  /** Hyper-parameters of the architecture (`architectures` lists them); missing ones have their default. */
  readonly archOptions?: ArchOptions | undefined;
  /** Name of the preset of the synthetic records, or a spec; default `physiological`. */
  readonly preset?: string | ModelSpec | undefined;
  /** Classes of your own, for the preset `physiological`; see docs/simulator.md. Their names can be labels of the task. */
  readonly ownClasses?: readonly ClassFile[] | undefined;
  /** Sampling rate of all windows in Hz, 50-4000; default 250. The 500 Hz of the paper take twice the time. */
  readonly fsHz?: number | undefined;
  /** Length of all windows in s; default 10. */
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
  /** Seed of the initial weights, split, order, augmentation, dropout and synthetic records; from 0, default 0. */
  readonly seed?: number | undefined;
  /** Unit of the split: `patients`, `folds` (the folds of the data set) or `random` windows; default patients. */
  readonly split?: SplitKind | undefined;
  /** Records per batch, from 2; default 32. */
  readonly batch?: number | undefined;
  /** Largest number of epochs per phase, from 1; default 50. */
  readonly epochs?: number | undefined;
  /**
   * Number of synthetic records for training, from 4, rounded to equally many per label; default 4096. A quarter as many
   * are made for validation.
   */
  readonly syntheticCount?: number | undefined;
  /**
   * Number of added records of real+syn and real+real, as a multiple of the real training windows of each label, 0.01-100;
   * default 1.
   */
  readonly ratio?: number | undefined;
  /** Learning rate, above 0; default 0.001. */
  readonly learningRate?: number | undefined;
  /** Learning rate of the second phase of syn-real, above 0; default 0.0003. */
  readonly fineTuneLearningRate?: number | undefined;
  /**
   * How the learning rate changes: `constant` (default), `cosine` (falls to 0) or `one-cycle` (rises, then falls to 0).
   * The steps of all epochs make one schedule, which early stopping can cut short.
   */
  readonly schedule?: Schedule | undefined;
  /** How the learning rate of the second phase of syn-real changes; default `constant`. */
  readonly fineTuneSchedule?: Schedule | undefined;
  /** Weight decay of AdamW, 0-1; default 0.01. */
  readonly weightDecay?: number | undefined;
  /** Augmentation: the largest shift of a training window in time, as a share of its length, 0-1; default 0.375. */
  readonly shiftRate?: number | undefined;
  /** Augmentation: the longest part of a training window that is set to zero, as a share, 0-1; default 0.25. */
  readonly maskRate?: number | undefined;
  /** Number of epochs between validations, from 1; default 5. */
  readonly validateEvery?: number | undefined;
  /** Number of validations without a lower loss after which a phase ends, from 1; default 5. */
  readonly patience?: number | undefined;
}

/** A configuration with its defaults. `TrainConfigInput` describes the fields. */
export interface TrainConfig
  extends Omit<
    z.output<typeof configSchema>,
    'archOptions' | 'preset' | 'leads' | 'ownClasses' | 'filter' | 'labelMap' | 'pretrain' | 'ratio'
  > {
  /** All hyper-parameters of the architecture. */
  readonly archOptions: ArchOptions;
  /** The requested leads, in their usual spelling. */
  readonly leads?: readonly string[];
  /** The filter of all windows in its usual spelling; undefined without a filter. */
  readonly filter?: string;
  /** What labels of own tables mean, in place of the table of synonyms. */
  readonly labelMap?: LabelMap;
  /** The task of the first phase of syn-real, if it is not `task`. */
  readonly pretrain?: string;
  /** Number of added records as a multiple of the real ones; only in real+syn and real+real. */
  readonly ratio?: number;
  /** Name of the preset of the synthetic records, or a spec. */
  readonly preset: string | ModelSpec;
  /** Classes of the user's own. */
  readonly ownClasses?: readonly ClassFile[];
}

/**
 * Checks a configuration and fills in its defaults.
 *
 * @param source - What makes the synthetic records, by the labels that it makes; default: the simulator.
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS, ERR_UNKNOWN_ARCH: when a value is invalid.
 * @throws PqrstError ERR_UNKNOWN_PRESET, ERR_SPEC, ERR_CLASS_FILE: when the simulator cannot be set up with the values.
 */
export function parseConfig(given: TrainConfigInput, source?: OtherSource): TrainConfig {
  const parsed = parseOptions(configSchema, given, 'train');
  const preset = parsed.preset as string | ModelSpec;
  const ownClasses = parseOwnClasses(parsed.ownClasses ?? []);
  const labelMap = parsed.labelMap && parseLabelMap(parsed.labelMap);
  const { pretrain } = parsed;
  if (pretrain !== undefined && parsed.setting !== 'syn-real') {
    throw new PqrstError(
      'ERR_OPTION',
      `\`pretrain\` names the task of the first phase of syn-real, but the \`setting\` is ${parsed.setting}; choose syn-real, ` +
        'or leave `pretrain` out',
    );
  }
  if (parsed.ratio !== undefined && !hasRatio(parsed.setting)) {
    throw new PqrstError(
      'ERR_OPTION',
      `\`ratio\` is the number of records that real+syn and real+real add, but the \`setting\` is ${parsed.setting}; choose one ` +
        'of the two, or leave `ratio` out',
    );
  }
  const task = parseLabelTask(parsed.task);
  if (pretrain !== undefined && source === undefined)
    expectClasses(pretrain, { preset, ownClasses, labelMap });
  const synthetic = pretrain === undefined ? task : parseLabelTask(pretrain);
  if (source !== undefined && usesSynthetic(parsed.setting)) expectLearntLabels(synthetic, source, labelMap);
  else expectLabels(synthetic, { ...parsed, preset, ownClasses, labelMap });
  const arch = resolveArch(parsed.arch);
  const archOptions = arch.parse(parsed.archOptions);
  const {
    leads: requested,
    ownClasses: _,
    filter: band,
    labelMap: _map,
    pretrain: _pretrain,
    ratio = 1,
    ...rest
  } = parsed;
  const lengthSamples = samplesOf(parsed.seconds, parsed.fsHz);
  const filter = band === undefined ? undefined : parseFilter(band);
  if (filter !== undefined) expectFilter(filter, { fsHz: parsed.fsHz, lengthSamples });
  const leads = requested === undefined ? undefined : parseLeads(requested);
  if (usesSynthetic(rest.setting) && source === undefined) simulatedLeadsOf(preset, leads);
  // Builds the outline of the network only to check it before data are read: it throws if the heads do not divide the width
  // or the records are too short.
  outlineNetwork(arch, archOptions, {
    leads: leads?.length ?? 1,
    lengthSamples,
  });
  return {
    ...rest,
    ...(leads && { leads }),
    ...(filter !== undefined && { filter }),
    ...(labelMap && { labelMap }),
    ...(pretrain !== undefined && { pretrain }),
    ...(hasRatio(rest.setting) && { ratio }),
    archOptions,
    preset,
    ...(ownClasses.length > 0 && { ownClasses }),
  };
}

/**
 * Returns the leads of the synthetic records of a training whose windows have these leads.
 *
 * @returns The leads that the simulator makes. For a single lead they may differ: the presets of the paper make only lead
 * II, and no preset makes a lead without a standard name (`ECG`).
 * @throws PqrstError ERR_OPTION: when the windows have several leads and the preset does not make them.
 */
export function simulatedLeadsOf(
  preset: string | ModelSpec,
  leads: readonly string[] = ['II'],
): readonly string[] {
  if (makesTwelveLeads(preset)) return simulatedLeads(modelLeads(leads), true);
  if (leads.length === 1) return ['II'];
  throw new PqrstError(
    'ERR_OPTION',
    `the paper's model makes lead II only, and the windows have ${leads.length} leads (${leads.join(', ')}); choose the ` +
      'preset physiological, which makes twelve, the setting real, or one lead',
  );
}

/** Returns the end of a message about a task that a preset does not make: what else the reader can choose. */
function remedyOf(
  setting: Setting,
  task: LabelTask,
  ownClasses: readonly ClassFile[],
  labelMap?: LabelMap,
): string {
  const { offered } = modelOf(specOf('physiological', ownClasses));
  if (simulatedClasses(task, offered, ownClasses, labelMap)) {
    return ', or the `preset` physiological, which makes them';
  }
  return setting === 'syn-real' ? ', or learn classes of the simulator first (`pretrain` normal+af+pvc)' : '';
}

/** The part of a source in place of the simulator that a configuration needs. */
export type OtherSource = Pick<RecordSource, 'id' | 'labels'>;

/** Refuses a task with a label that a source did not learn. */
export function expectLearntLabels(
  task: LabelTask,
  { id, labels }: OtherSource,
  labelMap: LabelMap | undefined,
): void {
  if (simulatedClasses(task, labels, [], labelMap) !== undefined) return;
  throw new PqrstError(
    'ERR_OPTION',
    `the source ${id} makes ${labels.join(', ')}, but the task "${task.name}" asks for ${task.labels.join(' and ')}; choose a ` +
      'task of labels that it learnt',
  );
}

interface ExpectedLabels extends Pick<Parsed, 'setting' | 'syntheticCount'> {
  readonly labelMap: LabelMap | undefined;
  readonly preset: string | ModelSpec;
  readonly ownClasses: readonly ClassFile[];
}

/** Refuses a task of the first phase with a word that does not name a class, before its form is checked. */
function expectClasses(
  pretrain: string,
  { preset, ownClasses, labelMap }: Pick<ExpectedLabels, 'preset' | 'ownClasses' | 'labelMap'>,
): void {
  const words = pretrain.split(/[+:]/).map((word) => word.trim());
  if (words.length < 2) return;
  const { offered } = modelOf(specOf(preset, ownClasses));
  const known = [...new Set([...offered.filter((name) => !/[+>]/.test(name)), ...classNames])];
  const unknown = words.find(
    (word) => word !== '' && word !== restLabel && !known.includes(simulatedLabel(word, known, labelMap)),
  );
  if (unknown === undefined) return;
  throw new PqrstError(
    'ERR_OPTION',
    `\`pretrain\` names "${unknown}", which is not a class of the simulator${suggestClass(unknown, known)}`,
  );
}

/** Refuses a task whose labels the simulator cannot make, and a count with fewer records than labels. */
function expectLabels(
  task: LabelTask,
  { setting, syntheticCount, preset, ownClasses, labelMap }: ExpectedLabels,
): void {
  if (!usesSynthetic(setting)) return;
  const { offered } = modelOf(specOf(preset, ownClasses));
  if (simulatedClasses(task, offered, ownClasses, labelMap) === undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `the simulator makes ${offered.join(', ')}, but the task "${task.name}" asks for ` +
        `${unsimulatedLabels(task, offered, labelMap).join(' and ')}; choose the setting real${remedyOf(setting, task, ownClasses, labelMap)}`,
    );
  }
  if (hasSyntheticPhase(setting) && syntheticCount < task.labels.length) {
    throw new PqrstError(
      'ERR_RANGE',
      `train: syntheticCount must be at least ${task.labels.length}, one record per label, got ${syntheticCount}`,
    );
  }
}
