// Reads WFDB records and annotations from disk. Opens only files inside the folder of the header.
// Signals are in mV, annotation times in samples of the record.

import { basename, dirname } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { isAbsent } from '../../base/files.js';
import { canonicalLead, twelveLeads } from '../../signal/leads.js';
import { maxFsHz } from '../../signal/resample.js';
import type { Annotation, EcgRecord } from '../../signal/window.js';
import { inputPath, readInput } from '../input.js';
import { parseAnnotations } from './annotations.js';
import { parseHeader, refuseFlaws, type WfdbHeader, type WfdbSignal } from './header.js';
import { headerText } from './header-text.js';
import { isMatFile, matSignals } from './mat-signals.js';
import { decodeSignals, missingValue } from './signals.js';
import { checkOverfull, contradictions } from './stated.js';
import { mvPerUnit } from './units.js';

const maxHeaderBytes = 2 ** 20;
const maxAnnotationBytes = 2 ** 28;
const maxSignalBytes = 2 ** 31 - 1;

/** Options of the reading functions. */
export interface ReadOptions {
  /** Aborts reading; the function then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** A record in ADC values. */
export interface DigitalRecord {
  readonly header: WfdbHeader;
  /**
   * One array [frames * samplesPerFrame] per signal. A missing sample is -32768 in format 16 and -2048 in format 212.
   */
  readonly adc: readonly Int16Array[];
}

/**
 * Reads the header of the record at `path` (with or without .hea).
 *
 * @throws PqrstError ERR_NOT_FOUND: when the header cannot be read.
 * @throws PqrstError ERR_WFDB_HEADER, ERR_WFDB_FORMAT: when the header is malformed or not supported.
 */
export async function readHeader(path: string): Promise<WfdbHeader> {
  const headerPath = `${withoutSuffix(path)}.hea`;
  const bytes = await readInput(headerPath, 'the header', maxHeaderBytes, (size) => {
    const problem = `holds ${size} bytes, but a header is text of at most ${maxHeaderBytes}; name a WFDB header`;
    return new PqrstError('ERR_WFDB_HEADER', `header ${headerPath} ${problem}`);
  });
  return parseHeader(headerText(bytes, headerPath), headerPath);
}

/** Reads the record at `path` (with or without .hea) as ADC values. The errors are those of `readRecord`. */
export async function readDigital(path: string, { signal }: ReadOptions = {}): Promise<DigitalRecord> {
  signal?.throwIfAborted();
  const header = await readHeader(path);
  return { header, adc: await readSignals(path, header, header.signals, signal) };
}

/** Reads the `wanted` signals of a header as ADC values. */
async function readSignals(
  path: string,
  header: WfdbHeader,
  wanted: readonly WfdbSignal[],
  signal: AbortSignal | undefined,
): Promise<Int16Array[]> {
  const folder = dirname(path);
  const adc: Int16Array[] = [];
  let frames = header.lengthFrames;
  for (const name of new Set(wanted.map(({ fileName }) => fileName))) {
    const file = await inputPath(folder, name, 'the signal file');
    const held = await readInput(file, 'the signal file', maxSignalBytes, (size) => {
      return new PqrstError(
        'ERR_WFDB_SIGNAL',
        `signal file ${file} holds ${size} bytes; at most 2 GiB are read`,
      );
    });
    signal?.throwIfAborted();
    const inFile = ({ fileName }: WfdbSignal) => fileName === name;
    const own = wanted.filter(inFile);
    const all = header.signals.filter(inFile);
    if (!isMatFile(name)) checkOverfull(header, name, held.length, path);
    const bytes = isMatFile(name) ? matSignals(held, all, frames, file) : held;
    const decoded = decodeSignals(bytes, all, frames, file, own);
    frames ??= decoded[0]!.length / own[0]!.samplesPerFrame;
    own.forEach((one, n) => {
      adc[wanted.indexOf(one)] = decoded[n]!;
    });
  }
  return adc;
}

/**
 * Reads the voltage signals of a WFDB record. Signals in other units (pressure, respiration) are omitted.
 *
 * @param path - the path of the header, with or without .hea.
 * @param options - a signal that aborts the reading.
 * @returns signals in mV, one array [samples] per lead; missing samples are NaN.
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readRecord, writeRecord } from 'pqrst/records';
 * const folder = await mkdtemp(join(tmpdir(), 'wfdb-'));
 * const signalMv = Float32Array.from({ length: 500 }, (_, n) => Math.sin(n / 10));
 * await writeRecord(folder, { name: 'r1', fsHz: 250, leads: ['II'], signalsMv: [signalMv] });
 * const record = await readRecord(join(folder, 'r1'));
 * console.log(record.fsHz, record.leads, record.signalsMv[0]?.length); // 250 ['II'] 500
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the header or a signal file cannot be read.
 * @throws PqrstError ERR_PATH_OUTSIDE: when the header names a file outside its folder.
 * @throws PqrstError ERR_WFDB_HEADER: when the header is malformed.
 * @throws PqrstError ERR_WFDB_FORMAT: when the signal format is not supported.
 * @throws PqrstError ERR_WFDB_SIGNAL: when the signal file does not fit the header, or no signal is a voltage.
 */
export async function readRecord(path: string, options: ReadOptions = {}): Promise<EcgRecord> {
  const { signal } = options;
  signal?.throwIfAborted();
  const header = await readHeader(path);
  return voltageRecord(path, header, voltagesOf(path, header).filter(isVoltage), signal);
}

/**
 * Reads some leads of the record at `path` (with or without .hea), and decodes no other lead.
 *
 * @param choose - receives the names of the record's voltage signals. It returns the places of the signals to read, in
 *   the order of the result, or the reason why the record lacks one.
 * @returns the record with only these leads, in mV, or that reason. The errors are those of `readRecord`.
 */
export async function readLeads(
  path: string,
  choose: (names: readonly string[]) => readonly number[] | string,
  { signal }: ReadOptions = {},
): Promise<EcgRecord | string> {
  signal?.throwIfAborted();
  const header = await readHeader(path);
  const voltages = voltagesOf(path, header);
  const places = choose(voltages.map(({ lead }) => lead));
  if (typeof places === 'string') return places;
  const chosen = places.map((place) => voltages[place]!);
  const other = chosen.find((one) => !isVoltage(one));
  if (other !== undefined) {
    return `lead ${other.lead} is in "${other.signal.units}", which is not a known unit of voltage; correct the header`;
  }
  return voltageRecord(path, header, chosen.filter(isVoltage), signal);
}

interface EcgSignal {
  readonly signal: WfdbSignal;
  readonly lead: string;
  /** Millivolts per physical unit; undefined if the unit is not a voltage. */
  readonly mv: number | undefined;
}

interface Voltage extends EcgSignal {
  readonly mv: number;
}

function isVoltage(one: EcgSignal): one is Voltage {
  return one.mv !== undefined;
}

/**
 * Returns the voltage signals of a header, and the standard leads with another unit: no other lead may silently take the
 * place of a lead II in "?V".
 *
 * @throws PqrstError ERR_WFDB_SIGNAL: when the header has no voltage signal, or voltage signals with different rates.
 */
function voltagesOf(path: string, header: WfdbHeader): EcgSignal[] {
  const found = header.signals
    .map((signal) => ({ signal, mv: mvPerUnit(signal.units) }))
    .filter(({ signal, mv }) => mv !== undefined || isStandardLead(signal.description))
    .map(({ signal, mv }, n) => ({ signal, mv, lead: signal.description || `signal ${n}` }));
  const rates = new Set(found.filter(isVoltage).map(({ signal }) => signal.samplesPerFrame));
  if (rates.size === 0) {
    const units = header.signals.map((signal) => signal.units).join(', ') || 'no signals';
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `record ${path} holds no signal in volts (${units}); name a record with an ECG`,
    );
  }
  if (rates.size > 1) throw notSupported(path, 'voltage signals of several rates');
  return found;
}

function isStandardLead(name: string): boolean {
  return twelveLeads.includes(canonicalLead(name));
}

async function voltageRecord(
  path: string,
  header: WfdbHeader,
  voltages: readonly Voltage[],
  signal: AbortSignal | undefined,
): Promise<EcgRecord> {
  const wanted = voltages.map((one) => one.signal);
  refuseFlaws(wanted, `${withoutSuffix(path)}.hea`);
  const adc = await readSignals(path, header, wanted, signal);
  const fsHz = header.fsHz * wanted[0]!.samplesPerFrame;
  if (fsHz > maxFsHz) throw notSupported(path, `a rate of ${fsHz} Hz`);
  const notes = contradictions(wanted, adc);
  return {
    name: header.name,
    fsHz,
    leads: voltages.map(({ lead }) => lead),
    signalsMv: voltages.map((one, n) => toMv(adc[n]!, one.signal, one.mv)),
    ...(notes.length > 0 && { notes }),
  };
}

function notSupported(path: string, what: string): PqrstError {
  return new PqrstError(
    'ERR_WFDB_SIGNAL',
    `record ${path} has ${what}, which is not supported; resample it first`,
  );
}

function toMv(adc: Int16Array, signal: WfdbSignal, mvPerPhysical: number): Float32Array {
  const { gain, baseline } = signal;
  const missing = missingValue[signal.format];
  const skew = signal.skewSamples * signal.samplesPerFrame;
  const signalMv = new Float32Array(adc.length).fill(Number.NaN);
  for (let n = 0; n + skew < adc.length; n++) {
    const value = adc[n + skew]!;
    if (value !== missing) signalMv[n] = ((value - baseline) / gain) * mvPerPhysical;
  }
  return signalMv;
}

/**
 * Reads an annotation file of a WFDB record.
 *
 * @param path - the path of the record, with or without .hea.
 * @param extension - the extension of the annotation file, for example 'atr'.
 * @param fsHz - the rate in Hz of the samples that the returned times count; default the rate of the record as
 *   `readRecord` returns it. In the file, times count frames, which may hold several samples of a signal.
 * @returns annotations in time order; those of one time keep their order. Times are in samples.
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readAnnotations, writeRecord } from 'pqrst/records';
 * const folder = await mkdtemp(join(tmpdir(), 'wfdb-'));
 * const annotations = [{ sample: 100, symbol: 'N', subtype: 0, channel: 0, number: 0, aux: '' }];
 * const record = { name: 'r1', fsHz: 250, leads: ['II'], signalsMv: [new Float32Array(500)] };
 * await writeRecord(folder, record, { annotations });
 * console.log(await readAnnotations(join(folder, 'r1'), 'atr')); // the same annotation
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_PATH_OUTSIDE: when the extension leads outside the folder of the record.
 * @throws PqrstError ERR_WFDB_ANNOTATION: when the file is damaged.
 * @throws PqrstError ERR_WFDB_HEADER, ERR_WFDB_FORMAT: when the header, which states the rate, cannot be parsed.
 */
export async function readAnnotations(path: string, extension: string, fsHz?: number): Promise<Annotation[]> {
  const record = withoutSuffix(path);
  const file = await inputPath(dirname(record), `${basename(record)}.${extension}`, 'the annotations');
  const bytes = await readInput(file, 'the annotations', maxAnnotationBytes, (size) => {
    return new PqrstError(
      'ERR_WFDB_ANNOTATION',
      `${file} holds ${size} bytes; at most ${maxAnnotationBytes} are read`,
    );
  });
  const { annotations, fsHz: statedHz } = parseAnnotations(bytes, file);
  const rates = await ratesOf(record);
  const fileHz = statedHz ?? rates?.frameHz;
  const wantedHz = fsHz ?? rates?.sampleHz;
  if (fileHz === undefined || wantedHz === undefined || fileHz === wantedHz) return annotations;
  return annotations.map((one) => ({ ...one, sample: Math.round((one.sample * wantedHz) / fileHz) }));
}

/** Returns the rates of the frames and of the samples of a record; undefined if it has no header. */
async function ratesOf(record: string): Promise<{ frameHz: number; sampleHz: number } | undefined> {
  try {
    const { fsHz, signals } = await readHeader(record);
    const perFrame = signals
      .filter(({ units }) => mvPerUnit(units) !== undefined)
      .map((one) => one.samplesPerFrame);
    return { frameHz: fsHz, sampleHz: fsHz * Math.max(1, ...perFrame) };
  } catch (error) {
    if (error instanceof PqrstError && isAbsent(error.cause)) return undefined;
    throw error;
  }
}

function withoutSuffix(path: string): string {
  return path.endsWith('.hea') ? path.slice(0, -4) : path;
}
