// Loads the two sides of a comparison: real records of a label from data sets, and synthetic records from a preset, from
// the file of a class, or from a corpus.
// More than 300 lines: a third describes the options of both sides.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { randomStream } from '../base/random.js';
import { openDataset, selectTask } from '../datasets/dataset.js';
import { leadsToLoad, modelLeads } from '../run/leads.js';
import { expectFittingSource } from '../run/record-source.js';
import { shownClasses } from '../signal/class-table.js';
import { leadFilter } from '../signal/filter.js';
import { canonicalLead } from '../signal/leads.js';
import { standardize } from '../signal/standardize.js';
import type { LabelTask } from '../signal/tasks.js';
import {
  describeWindow,
  displayNames,
  type EcgWindow,
  type SignalUnit,
  type SkippedRecord,
  type WindowSet,
} from '../signal/window.js';
import { type ClassFile, readClassFile } from '../synth/physiology/class-file.js';
import { Synthesizer } from '../synth/synthesizer.js';
import type { RecordSet } from './record-set.js';

/** How the records of both sides look. */
export interface RecordShape {
  /** Sampling rate in Hz. */
  readonly fsHz: number;
  /** Length of a record in s. */
  readonly seconds: number;
  /** Name of the lead. Lead II stands for the only lead of recordings that do not name it. */
  readonly lead: string;
  /** The filter of both sides, `LOW-HIGH` in Hz; default: no filter. */
  readonly filter?: string | undefined;
}

/** Options of `labelledRecords`. */
export interface LabelledOptions extends RecordShape, JobOptions {
  /** A class such as `af`, or a label in the words of the data set. */
  readonly label: string;
}

/** Options of `syntheticRecords`. */
export interface SyntheticOptions extends RecordShape, Pick<JobOptions, 'signal'> {
  /** A class such as `af`; of a corpus also another label. */
  readonly label: string;
  /** Number of records of a preset or a class file; a corpus gives all that it has. */
  readonly count: number;
  /** Chooses the records; default 0. */
  readonly seed?: number;
  /** The unit of the real records: `mV`, or `sd` for mean 0 and standard deviation 1; default mV. */
  readonly unit?: SignalUnit;
}

/** A class of the simulator. */
export interface SynthesizedClass {
  readonly preset: string;
  readonly ownClasses: readonly ClassFile[];
  /** Name of the class, such as `af`. */
  readonly ecgClass: string;
}

/** Records of a label, and what was left out. */
export interface LoadedRecords extends RecordSet {
  /** The records that could not be used, such as flat ones, with the reason. */
  readonly skipped: readonly SkippedRecord[];
}

/**
 * Loads the records of a label from data sets: windows of one lead, in mV or, where their unit is another one, with mean 0
 * and standard deviation 1. Windows that are flat or lack a sample are left out.
 *
 * @param data - data sets as `openDataset` takes them: `ptb-xl:DIR`, also `corpus:DIR`.
 * @param options - the label, and the rate, length, lead and filter of the records.
 * @example
 * ```js
 * import { writeCorpus } from 'pqrst/corpus';
 * import { labelledRecords } from 'pqrst/fidelity';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 20, classes: { normal: 1, af: 1 }, fsHz: 250, unit: 'mV' });
 * const shape = { fsHz: 250, seconds: 10, lead: 'II', filter: '0.5-40' };
 * const { signals, unit } = await labelledRecords('corpus:corpus', { label: 'af', ...shape });
 * console.log(signals.length, unit); // 10 mV
 * ```
 * @throws PqrstError ERR_DATA_EMPTY: when no record has the label, or its records have different units.
 * @throws PqrstError ERR_OPTION: when all records are of another standard lead.
 * @throws PqrstError The errors of `openDataset`.
 */
export async function labelledRecords(
  data: string | readonly string[],
  { label, signal, onProgress, ...shape }: LabelledOptions,
): Promise<LoadedRecords> {
  return recordsOf(await openRecords(data, shape, { signal, onProgress }), label);
}

/**
 * Opens data sets as windows of the shape. Windows of another standard lead, which a data set gives where it lacks lead II,
 * are left out.
 *
 * @throws PqrstError ERR_OPTION: when all windows are of another standard lead.
 * @throws PqrstError The errors of `openDataset`.
 */
export async function openRecords(
  data: string | readonly string[],
  { fsHz, seconds, lead, filter }: RecordShape,
  { signal, onProgress }: JobOptions = {},
): Promise<WindowSet> {
  const leads = leadsToLoad([lead]);
  return onLead(
    lead,
    await openDataset(data, {
      ...{ fsHz, seconds },
      ...(leads && { leads }),
      ...(filter !== undefined && { filter }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    }),
  );
}

/** Returns the windows of the lead, and those of a lead without a standard name. */
function onLead(lead: string, set: WindowSet): WindowSet {
  const other = ({ leads }: EcgWindow) =>
    modelLeads(leads) !== undefined && canonicalLead(leads[0]!) !== canonicalLead(lead);
  const others = set.windows.filter(other);
  const [first] = others;
  if (first === undefined) return set;
  if (others.length === set.windows.length) {
    throw new PqrstError(
      'ERR_OPTION',
      `the records of ${set.source} are of lead ${first.leads[0]}, but lead ${lead} is compared; choose the lead ` +
        `${first.leads[0]} for both sides, or records of lead ${lead}`,
    );
  }
  const names = new Map(others.map((window) => [displayNames(window).recordName, window.leads[0]!]));
  const reasons = Array.from(names, ([recordName, own]) => ({
    recordName,
    reason: `it is of lead ${own}, not ${lead}`,
  }));
  return {
    ...set,
    windows: set.windows.filter((window) => !other(window)),
    skipped: [...set.skipped, ...reasons],
  };
}

/**
 * Returns the records of a label: in mV, or with mean 0 and standard deviation 1 if their unit is another one. A filter
 * changes the standard deviation of stored z-scores, which would tell the sides apart. Arrays state no unit and count as
 * mV; records that all have mean 0 and standard deviation 1 are z-scores.
 *
 * @throws PqrstError ERR_DATA_EMPTY: when no record has the label, or its records have different units.
 */
export function recordsOf(set: WindowSet, label: string): LoadedRecords {
  const windows = set.windows.filter(
    ({ classes, labels = [] }) => classes.includes(label) || labels.includes(label),
  );
  if (windows.length === 0) {
    const known = [...new Set(set.windows.flatMap(({ classes }) => classes))].sort().join(', ');
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `no record of ${set.source} has the label ${label}; ${known === '' ? 'it has no classes' : `its classes are ${known}`}; ` +
        'pqrst data lists all labels',
    );
  }
  const units = [...new Set(windows.map(({ unit }) => unit))];
  if (units.length > 1) {
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `the records of ${label} in ${set.source} have different units (${units.join(', ')}); compare data sets of one unit`,
    );
  }
  const isMv = units[0] === 'mV' && !windows.every(({ signal }) => looksStandardized(signal));
  return {
    signals: windows.map((window) =>
      isMv ? window.signal : standardized(window.signal, describeWindow(window)),
    ),
    patients: windows.map(patientOf),
    fsHz: set.fsHz,
    unit: isMv ? 'mV' : 'sd',
    skipped: set.skipped,
  };
}

/** No ECG in mV has this mean and standard deviation in every record. A filter changes those of z-scores a little. */
const nearOne = 0.1;

function looksStandardized(signal: Float32Array): boolean {
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < signal.length; at++) {
    sum += signal[at]!;
    squares += signal[at]! * signal[at]!;
  }
  const mean = sum / signal.length;
  const sd = Math.sqrt(squares / signal.length - mean * mean);
  return Math.abs(mean) < nearOne && Math.abs(sd - 1) < nearOne;
}

function standardized(signal: Float32Array, name: string): Float32Array {
  const record = Float32Array.from(signal);
  standardize(record, record, name);
  return record;
}

/** Returns the name of a window's patient, unique among all data sets that are open together. */
export function patientOf({ origin }: Pick<EcgWindow, 'origin'>): string {
  return `${origin.dataset}:${origin.patient}`;
}

/**
 * Makes records of a class of the simulator, filtered as the real ones are.
 *
 * @param unit - `mV`, or `sd` for records with mean 0 and standard deviation 1.
 */
export async function synthesizedRecords(
  { preset, ownClasses, ecgClass }: SynthesizedClass,
  count: number,
  seed: number,
  { fsHz, seconds, lead, filter }: RecordShape,
  unit: SignalUnit,
  { signal }: JobOptions = {},
): Promise<RecordSet> {
  const synth = new Synthesizer({ preset, ownClasses, leads: [lead], fsHz, seconds, seed, unit: 'mV' });
  const { signals } = await synth.batch({ classes: [ecgClass], count, signal });
  const { lengthSamples } = synth;
  const apply = filter === undefined ? undefined : leadFilter(filter, { fsHz, lengthSamples });
  const records = Array.from({ length: count }, (_, at) => {
    const record = Float32Array.from(signals.subarray(at * lengthSamples, (at + 1) * lengthSamples));
    apply?.(record, record);
    if (unit !== 'mV') standardize(record, record, `synthetic record ${at}`);
    return record;
  });
  return { signals: records, patients: records.map((_, at) => `synthetic ${at}`), fsHz, unit };
}

/**
 * Loads synthetic records of a label from the simulator or from a corpus, prepared as `labelledRecords` prepares real ones.
 *
 * @param from - `preset:NAME`, `class:FILE` (a class file, in the preset physiological), `corpus:DIR`, or `generator:DIR`
 *   (z-scored records).
 * @param options - the label, the number, and the rate, length, lead, filter and unit of the real records.
 * @example
 * ```js
 * import { syntheticRecords } from 'pqrst/fidelity';
 *
 * const shape = { fsHz: 250, seconds: 10, lead: 'II', filter: '0.5-40' };
 * const { signals } = await syntheticRecords('preset:physiological', { label: 'af', count: 4, ...shape });
 * console.log(signals.length, signals[0]?.length); // 4 2500
 * ```
 * @throws PqrstError ERR_OPTION: when `from` has another form, or the class file is not of the label.
 * @throws PqrstError ERR_UNKNOWN_PRESET, ERR_UNKNOWN_CLASS: when there is no such preset, or it lacks the class.
 * @throws PqrstError ERR_DATA_EMPTY: when no record of the corpus has the label.
 * @throws PqrstError The errors of `readClassFile`, of `Synthesizer` and of `openDataset`.
 */
export async function syntheticRecords(
  from: string,
  { label, count, seed = 0, unit = 'mV', signal, ...shape }: SyntheticOptions,
): Promise<RecordSet> {
  const job = { signal };
  const [, kind, rest = ''] = /^(preset|class|corpus|generator):(.+)$/s.exec(from) ?? [];
  if (kind === 'preset') {
    const made = { preset: rest, ownClasses: [], ecgClass: label };
    return synthesizedRecords(made, count, seed, shape, unit, job);
  }
  if (kind === 'class') {
    const own = await readClassFile(rest);
    if (own.name !== label && !shownClasses(own.name, [own]).includes(label)) {
      throw new PqrstError(
        'ERR_OPTION',
        `the class "${own.name}" of ${rest} does not show ${label}: its codes state other classes; choose a class file of ${label}`,
      );
    }
    const made = { preset: 'physiological', ownClasses: [own], ecgClass: own.name };
    return synthesizedRecords(made, count, seed, shape, unit, job);
  }
  if (kind === 'corpus') {
    const found = await labelledRecords(from, { label, ...shape, ...job });
    // Records of another unit than mV do not become mV; `compareRecords` refuses them.
    const isChanged = unit !== 'mV' && found.unit === 'mV';
    const signals = isChanged
      ? found.signals.map((signal, at) => standardized(signal, `synthetic record ${at}`))
      : found.signals;
    const patients = signals.map((_, at) => `synthetic ${at}`);
    return { ...found, unit: isChanged ? unit : found.unit, signals, patients };
  }
  if (kind === 'generator') return generatedRecords(rest, { label, count, seed, signal, ...shape });
  throw new PqrstError(
    'ERR_OPTION',
    `the synthetic records must be preset:NAME, class:FILE, corpus:DIR or generator:DIR, got "${from}"`,
  );
}

/** Makes records of a generator. They have the rate, length and filter of its training, and mean 0 and SD 1. */
async function generatedRecords(
  folder: string,
  { label, count, seed = 0, signal, fsHz, seconds, lead, filter }: Omit<SyntheticOptions, 'unit'>,
): Promise<RecordSet> {
  const { openGenerator } = await import('../generators/open-generator.js');
  const generator = await openGenerator(folder, { seed });
  try {
    const wanted = { fsHz, seconds, ...(filter !== undefined && { filter }) };
    expectFittingSource(generator, wanted, [lead], 'the comparison');
    const { signals } = await generator.batch({
      labels: [label],
      start: 0,
      count,
      ...(signal && { signal }),
    });
    const { lengthSamples } = generator;
    const records = Array.from({ length: count }, (_, at) =>
      signals.slice(at * lengthSamples, (at + 1) * lengthSamples),
    );
    return { signals: records, patients: records.map((_, at) => `synthetic ${at}`), fsHz, unit: 'sd' };
  } finally {
    await generator.close();
  }
}

/**
 * Returns records in the unit of another set: in mV they are z-scored if the other records are. Generated records have no
 * amplitude in mV.
 */
export function inUnitOf(set: RecordSet, other: Pick<RecordSet, 'unit'>): RecordSet {
  if (set.unit !== 'mV' || other.unit !== 'sd') return set;
  const signals = set.signals.map((signal, at) =>
    standardized(signal, `record ${at} of ${set.patients[at]}`),
  );
  return { ...set, signals, unit: 'sd' };
}

/**
 * Loads as many synthetic records of each label of a task as there are real ones, and other ones than those of a comparison
 * with this seed. A label that a class file does not show comes from the preset physiological.
 *
 * @throws PqrstError ERR_DATA_EMPTY: when no real record, or no record of the corpus, has one of the labels.
 * @throws PqrstError The errors of `syntheticRecords`.
 */
export async function syntheticTask(
  from: string,
  real: WindowSet,
  task: LabelTask,
  seed: number,
  shape: RecordShape,
  job: Pick<JobOptions, 'signal'> = {},
): Promise<RecordSet[]> {
  const { labels } = selectTask(real, task);
  const own = from.startsWith('class:') ? await readClassFile(from.slice('class:'.length)) : undefined;
  const isOwn = (label: string) =>
    own === undefined || own.name === label || shownClasses(own.name, [own]).includes(label);
  const made: RecordSet[] = [];
  for (const [at, label] of task.labels.entries()) {
    const count = labels.filter((one) => one === at).length;
    const source = isOwn(label) ? from : 'preset:physiological';
    const drawn = randomStream(seed, 'transfer', label).below(2 ** 31);
    made.push(await syntheticRecords(source, { label, count, seed: drawn, unit: 'sd', ...shape, ...job }));
  }
  return made;
}
