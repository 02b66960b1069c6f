// Checks the request for a corpus and returns the plan that follows from it. Makes no record and opens no file.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { oneOf, parseOptions, whole } from '../base/options.js';
import { type SampleType, sampleTypes } from '../kernel/binding.js';
import { ecgClasses } from '../signal/classes.js';
import {
  defaultFsHz,
  defaultPreset,
  defaultSeconds,
  defaultUnit,
  type Unit,
  units,
} from '../signal/defaults.js';
import { checkSynthesis } from '../synth/check.js';
import { modelOf } from '../synth/model.js';
import type { NoiseOptions } from '../synth/noise.js';
import type { ClassFile } from '../synth/physiology/class-file.js';
import { narrowSpec } from '../synth/physiology/spec.js';
import { isPhysiological, type ModelSpec } from '../synth/presets.js';
import {
  type CorpusFormat,
  type CorpusPlan,
  type CorpusSet,
  type FormatName,
  formatNames,
} from './format.js';
import { loadFormat } from './formats/index.js';
import { type ClassWeights, classPattern } from './pattern.js';
import { evenShardRecords } from './shards.js';

/** The requested contents of a corpus. Equal requests give equal bytes. */
export interface CorpusRequest {
  /** Format of the files: wfdb, edf, npy, parquet or ptb-xl. It has no default. */
  readonly format: FormatName;
  /** Number of records in each replica. With the default of one replica, it is the number of records of the corpus. */
  readonly count: number;
  /** Index of the first record; default 0. */
  readonly start?: number | undefined;
  /**
   * Weights of the classes; default equal weights of all classes of the preset. The classes of the records follow a fixed,
   * evenly mixed pattern that depends on the order of the names: `{ normal: 1, af: 1 }` makes record 0 normal and record
   * 1 af.
   */
  readonly classes?: ClassWeights | undefined;
  /** Seed of the records; default 0. */
  readonly seed?: number | undefined;
  /** The name of a preset, or a whole spec; default `physiological`. */
  readonly preset?: string | ModelSpec | undefined;
  /** Classes of your own, for the preset `physiological`; see docs/simulator.md. */
  readonly ownClasses?: readonly ClassFile[] | undefined;
  /** Sampling rate, 50-4000 Hz; default 250, or the only rate of the format (ptb-xl: 500). */
  readonly fsHz?: number | undefined;
  /** Length of a record in s, up to 24 hours; default 10. */
  readonly seconds?: number | undefined;
  /**
   * Leads of each record: `I,II,V1`, `12` for the twelve standard leads, or a list of names; default lead II. Presets
   * other than `physiological` make lead II only.
   */
  readonly leads?: string | readonly string[] | undefined;
  /** Unit of the samples; default mV. */
  readonly unit?: Unit | undefined;
  /** Type of the stored samples; default float32, for wfdb, edf and ptb-xl int16. */
  readonly type?: SampleType | undefined;
  /** Noise in addition to that of the preset; by default there is no such noise. */
  readonly noise?: NoiseOptions | undefined;
  /** Splits in order: their names and shares, which sum to 1. By default there are no splits. */
  readonly split?: Readonly<Record<string, number>> | undefined;
  /** Number of independent sets of `count` records; replica k has the k-th range of indices. Default 1. */
  readonly replicas?: number | undefined;
  /** Number of parts that the work is divided into, one per task; default 1. `part` of `writeCorpus` selects one. */
  readonly parts?: number | undefined;
}

/** The request with all defaults, as the manifest stores it. */
export type FullRequest = {
  readonly [Name in Exclude<keyof CorpusRequest, 'leads' | 'ownClasses'>]-?: NonNullable<CorpusRequest[Name]>;
} & {
  /** Name of the preset, or `custom`. */
  readonly preset: string;
  /** Leads of each record; absent for lead II alone. */
  readonly leads?: readonly string[];
  /** The user's own classes; absent if there are no such classes. */
  readonly ownClasses?: readonly ClassFile[];
};

/** A checked request and the plan that follows from it. */
export interface PlannedCorpus {
  /** The checked request with all defaults filled in. */
  readonly request: FullRequest;
  /** All that determines the bytes of the corpus: model, classes, rate, length, sets and shards. */
  readonly plan: CorpusPlan;
  /** @internal */
  readonly format: CorpusFormat;
}

const requestSchema = z.strictObject({
  format: oneOf(formatNames),
  count: whole(1, 1e9),
  start: whole(0, 1e15).default(0),
  classes: z.record(z.string(), z.number(), 'weights by class').optional(),
  seed: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  preset: z.union([z.string(), z.looseObject({})], 'the name of a preset or a spec').default(defaultPreset),
  ownClasses: z.array(z.unknown(), 'an array of classes').optional(),
  fsHz: z.number('a rate of 50-4000 Hz').optional(),
  seconds: z.number('a length of up to 24 hours').default(defaultSeconds),
  leads: z.union([z.string(), z.array(z.string())], 'leads such as I,II,V1 or 12').optional(),
  unit: oneOf(units).default(defaultUnit),
  type: oneOf(sampleTypes).optional(),
  noise: z.looseObject({}, 'an object of artefacts').default({}),
  split: z.record(z.string(), z.number(), 'shares by name').default({}),
  replicas: whole(1, 10_000).default(1),
  parts: whole(1, 100_000).default(1),
});

/**
 * Checks a request and returns its plan.
 *
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_PRESET, ERR_UNKNOWN_CLASS, ERR_SPEC, ERR_CLASS_FILE: when the
 * request is not valid.
 */
export async function planCorpus(given: CorpusRequest): Promise<PlannedCorpus> {
  const { leads: askedLeads, ownClasses: _, ...asked } = parseOptions(requestSchema, given, 'corpus');
  const { ownClasses = [] } = given;
  const preset = typeof asked.preset === 'string' ? asked.preset : 'custom';
  const countsMicrovolts = ['wfdb', 'edf', 'ptb-xl'].includes(asked.format);
  const type = asked.type ?? (countsMicrovolts ? 'int16' : 'float32');
  const format = await loadFormat(asked.format);
  const { seconds, seed, unit, fsHz = format.fsHz ?? defaultFsHz } = asked;
  const checked = checkSynthesis({
    ...{ fsHz, seconds, seed, leads: askedLeads, unit, type, noise: asked.noise },
    preset: asked.preset as string | ModelSpec,
    ownClasses,
  });
  const { leads, lengthSamples, noise = {} } = checked;
  const { count, start, split, replicas, parts } = asked;
  const classes: ClassWeights = asked.classes ?? defaultWeights(checked.spec);
  const names = modelOf(checked.spec).parse(Object.keys(classes));
  const spec = isPhysiological(checked.spec) ? narrowSpec(checked.spec, names) : checked.spec;
  const request: FullRequest = {
    // One order, whichever keys the caller gives: the manifest stores them.
    ...{ format: asked.format, count, start, classes, seed, preset, fsHz, seconds, unit, type, noise },
    ...{ split, replicas, parts },
    ...leadsOf(leads),
    ...(ownClasses.length > 0 && { ownClasses }),
  };
  return layOut(request, { spec, leads, lengthSamples }, format);
}

/** Returns the leads as a request states them. */
export function leadsOf(leads: readonly string[]): Pick<FullRequest, 'leads'> {
  const isLeadII = leads.length === 1 && leads[0] === 'II';
  return isLeadII ? {} : { leads };
}

/**
 * Cuts a request into sets and shards, and checks that the format can store them.
 *
 * @throws PqrstError ERR_OPTION, ERR_RANGE: when the request is not valid.
 */
export function layOut(
  request: FullRequest,
  made: Pick<CorpusPlan, 'spec' | 'leads' | 'lengthSamples'>,
  format: CorpusFormat,
): PlannedCorpus {
  const { ownClasses, seed, noise, fsHz, seconds, unit, type } = request;
  const sets = cutSets(request, format.splitFolders);
  const draft: CorpusPlan = {
    format: request.format,
    preset: request.preset,
    ...(ownClasses && { ownClasses }),
    seed,
    noise: Object.keys(noise).length === 0 ? undefined : noise,
    classes: classPattern(request.classes),
    ...{ fsHz, seconds, unit, type, sets },
    ...made,
    shardRecords: format.shardRecords({ ...made, type }),
  };
  format.check(draft);
  const records = request.count * request.replicas;
  if (records < request.parts) {
    throw new PqrstError(
      'ERR_RANGE',
      `${records} records cannot be divided into ${request.parts} parts; request at most ${records} parts`,
    );
  }
  const shardRecords = evenShardRecords(sets, draft.shardRecords, request.parts);
  return { request, plan: { ...draft, shardRecords }, format };
}

/** Returns equal weights of all classes of a spec. */
function defaultWeights(spec: ModelSpec): ClassWeights {
  const names = isPhysiological(spec) ? Object.keys(spec.classes) : ecgClasses;
  return Object.fromEntries(names.map((name) => [name, 1]));
}

/** Returns the sets of the corpus: one folder per replica (if there are several), with one folder per split. */
function cutSets(request: FullRequest, splitFolders: boolean): CorpusSet[] {
  const { count, start, replicas } = request;
  const parts = cutSplits(request);
  return Array.from({ length: replicas }, (_, replica) => {
    const folder = replicas === 1 ? '' : `replica-${replica + 1}`;
    const first = start + replica * count;
    const splits = parts.map((part) => ({ ...part, start: first + part.start }));
    if (!splitFolders || Object.keys(request.split).length === 0)
      return [{ folder, start: first, count, splits }];
    return splits.map((split) => ({
      folder: folder === '' ? split.name : `${folder}/${split.name}`,
      start: split.start,
      count: split.count,
      splits: [split],
    }));
  }).flat();
}

/** Returns the splits of a replica as ranges from 0. The borders are the rounded running sums of the shares. */
function cutSplits({ count, split }: FullRequest): { name: string; start: number; count: number }[] {
  const entries = Object.entries(split);
  if (entries.length === 0) return [{ name: 'all', start: 0, count }];
  const fail = (problem: string) => new PqrstError('ERR_RANGE', problem);
  const text = entries.map(([name, share]) => `${name}:${share}`).join(',');
  const sum = entries.reduce((total, [, share]) => total + share, 0);
  if (entries.some(([, share]) => !(share > 0)) || Math.abs(sum - 1) > 1e-9) {
    throw fail(
      `the shares of the splits must be above 0 and sum to 1, got "${text}" (sum ${Number(sum.toFixed(9))})`,
    );
  }
  let [reached, before] = [0, 0];
  return entries.map(([name, share]) => {
    if (!/^[A-Za-z][\w-]{0,63}$/.test(name)) {
      throw new PqrstError(
        'ERR_OPTION',
        `the name of a split must be a letter, then letters, digits, _ and -, got "${name}"`,
      );
    }
    reached += share;
    const range = { name, start: before, count: Math.round(reached * count) - before };
    if (range.count < 1)
      throw fail(`of ${count} records, the split "${name}" in "${text}" has no record; request more records`);
    before += range.count;
    return range;
  });
}
