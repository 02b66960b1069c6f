// Records and annotations read from disk. Only files inside the header's own folder are opened.
// Signals in mV; annotation times in samples of the record's rate.

import { basename, dirname } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { maxFsHz } from '../../signal/resample.js';
import type { Annotation, EcgRecord } from '../../signal/window.js';
import { inputPath, readInput } from '../input.js';
import { parseAnnotations } from './annotations.js';
import { parseHeader, type WfdbHeader, type WfdbSignal } from './header.js';
import { decodeSignals, missingValue } from './signals.js';

const maxHeaderBytes = 2 ** 20;
const maxAnnotationBytes = 2 ** 28;
const maxSignalBytes = 2 ** 31 - 1;

/** Millivolts in one of each unit of voltage, lower case. */
const mvPerUnit: Readonly<Record<string, number>> = { mv: 1, uv: 1e-3, µv: 1e-3, μv: 1e-3, nv: 1e-6, v: 1e3 };

/** The options of `readRecord` and `readAnnotations`. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface DigitalRecord {
  readonly header: WfdbHeader;
  /** A signal each: [frames * samplesPerFrame] ADC values; -32768 (format 16) or -2048 (212) where missing. */
  readonly adc: readonly Int16Array[];
}

/** The header of the record at `path` (with or without .hea). */
export async function readHeader(path: string): Promise<WfdbHeader> {
  const headerPath = `${withoutSuffix(path)}.hea`;
  const bytes = await readInput(headerPath, 'the header', maxHeaderBytes, (size) => {
    const problem = `holds ${size} bytes; a header is text of at most ${maxHeaderBytes}; name a WFDB header`;
    return new PqrstError('ERR_WFDB_HEADER', `header ${headerPath} ${problem}`);
  });
  return parseHeader(bytes.toString('utf8'), headerPath);
}

/** The record at `path` (with or without .hea) in ADC values, as stored. */
export async function readDigital(path: string, { signal }: ReadOptions = {}): Promise<DigitalRecord> {
  signal?.throwIfAborted();
  const header = await readHeader(path);
  return { header, adc: await readSignals(path, header, header.signals, signal) };
}

/** The `wanted` ones of the header's signals in ADC values, from the files that hold them. */
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
    const bytes = await readInput(file, 'the signal file', maxSignalBytes, (size) => {
      return new PqrstError(
        'ERR_WFDB_SIGNAL',
        `signal file ${file} holds ${size} bytes; at most 2 GiB are read`,
      );
    });
    signal?.throwIfAborted();
    const inFile = ({ fileName }: WfdbSignal) => fileName === name;
    const own = wanted.filter(inFile);
    const decoded = decodeSignals(bytes, header.signals.filter(inFile), frames, file, own);
    frames ??= decoded[0]!.length / own[0]!.samplesPerFrame;
    own.forEach((one, n) => {
      adc[wanted.indexOf(one)] = decoded[n]!;
    });
  }
  return adc;
}

/**
 * Reads a WFDB record: its voltage signals in mV, NaN where a sample is missing. Signals of other units (pressure,
 * respiration) are left out. Only files in the folder of the header are opened.
 *
 * @param path - the record, with or without `.hea`
 * @param options - a signal that aborts the reading
 * @returns name, rate in Hz, lead names, and one array [samples] per lead in mV
 * @example
 * ```ts
 * import { Synthesizer } from 'pqrst/synth';
 * import { readRecord, writeRecord } from 'pqrst/records';
 *
 * const synth = new Synthesizer({ preset: 'clinical', fsHz: 500, seconds: 10, seed: 1, unit: 'mV' });
 * const { signals } = await synth.batch({ classes: ['normal'], count: 1 });
 * await writeRecord('.', { name: 'r1', fsHz: 500, leads: ['II'], signalsMv: [signals] });
 * const { leads, signalsMv } = await readRecord('r1');
 * console.log(leads, signalsMv[0].length); // ['II'] 5000
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when a file is missing. ERR_PATH_OUTSIDE: when the header names a file outside its
 * folder. ERR_WFDB_HEADER, ERR_WFDB_FORMAT, ERR_WFDB_SIGNAL: when a file is damaged or has an unsupported format.
 */
export async function readRecord(path: string, { signal }: ReadOptions = {}): Promise<EcgRecord> {
  signal?.throwIfAborted();
  const header = await readHeader(path);
  return voltageRecord(path, header, voltagesOf(path, header), signal);
}

export interface WantedLead {
  /** Names of leads, the best first; upper and lower case count as one. */
  readonly prefer: readonly string[];
  /** Whether any other lead, the first one, does where there is none of these. */
  readonly orFirst?: boolean;
}

/**
 * The record at `path` with one lead alone; no other is decoded. A sentence where it has no such lead. Errors as
 * readRecord.
 */
export async function readLead(
  path: string,
  { prefer, orFirst = false }: WantedLead,
  { signal }: ReadOptions = {},
): Promise<EcgRecord | string> {
  signal?.throwIfAborted();
  const header = await readHeader(path);
  const voltages = voltagesOf(path, header);
  const names = voltages.map(({ lead }) => lead.toUpperCase());
  const places = prefer.map((name) => names.indexOf(name.toUpperCase()));
  const chosen = voltages[places.find((place) => place >= 0) ?? (orFirst ? 0 : -1)];
  if (chosen === undefined) {
    return `no lead ${prefer.join(' or ')}; it has ${voltages.map(({ lead }) => lead).join(', ')}`;
  }
  return voltageRecord(path, header, [chosen], signal);
}

interface Voltage {
  readonly signal: WfdbSignal;
  readonly lead: string;
  readonly mv: number;
}

/** The header's signals in volts; ERR_WFDB_SIGNAL where there is none, or they are of several rates. */
function voltagesOf(path: string, header: WfdbHeader): Voltage[] {
  const voltages = header.signals
    .map((signal) => ({ signal, mv: mvPerUnit[signal.units.toLowerCase()] }))
    .filter((one): one is { signal: WfdbSignal; mv: number } => one.mv !== undefined);
  const rates = new Set(voltages.map(({ signal }) => signal.samplesPerFrame));
  const [samplesPerFrame] = rates;
  if (samplesPerFrame === undefined) {
    const units = header.signals.map((signal) => signal.units).join(', ') || 'no signals';
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `record ${path} holds no signal in volts (${units}); name a record with an ECG`,
    );
  }
  if (rates.size > 1) throw notRead(path, 'voltage signals of several rates');
  return voltages.map(({ signal, mv }, n) => ({ signal, mv, lead: signal.description || `signal ${n}` }));
}

async function voltageRecord(
  path: string,
  header: WfdbHeader,
  voltages: readonly Voltage[],
  signal: AbortSignal | undefined,
): Promise<EcgRecord> {
  const wanted = voltages.map((one) => one.signal);
  const adc = await readSignals(path, header, wanted, signal);
  const fsHz = header.fsHz * wanted[0]!.samplesPerFrame;
  if (fsHz > maxFsHz) throw notRead(path, `a rate of ${fsHz} Hz`);
  return {
    name: header.name,
    fsHz,
    leads: voltages.map(({ lead }) => lead),
    signalsMv: voltages.map((one, n) => toMv(adc[n]!, one.signal, one.mv)),
  };
}

function notRead(path: string, what: string): PqrstError {
  return new PqrstError(
    'ERR_WFDB_SIGNAL',
    `record ${path} has ${what}, which is not read; resample it first`,
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
 * Reads the annotations of a WFDB record in time order, with positions in samples of the record's rate.
 *
 * @param path - the record, with or without `.hea`
 * @param extension - the extension of the annotation file, such as `atr`
 * @returns the annotations
 * @example
 * ```ts
 * import { readAnnotations, writeRecord } from 'pqrst/records';
 *
 * const beat = { sample: 100, symbol: 'N', subtype: 0, channel: 0, number: 0, aux: '' };
 * const record = { name: 'r1', fsHz: 250, leads: ['II'], signalsMv: [new Float32Array(500)] };
 * await writeRecord('.', record, { annotations: [beat] });
 * console.log((await readAnnotations('r1', 'atr'))[0].symbol); // N
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the file is missing. ERR_WFDB_ANNOTATION: when it is damaged. ERR_WFDB_HEADER:
 * when the file states a rate of its own and the header cannot be read.
 */
export async function readAnnotations(path: string, extension: string): Promise<Annotation[]> {
  const record = withoutSuffix(path);
  const file = await inputPath(dirname(record), `${basename(record)}.${extension}`, 'the annotations');
  const bytes = await readInput(file, 'the annotations', maxAnnotationBytes, (size) => {
    return new PqrstError(
      'ERR_WFDB_ANNOTATION',
      `${file} holds ${size} bytes; at most ${maxAnnotationBytes} are read`,
    );
  });
  const { annotations, fsHz } = parseAnnotations(bytes, file);
  if (fsHz === undefined) return annotations;
  const ratio = (await readHeader(record)).fsHz / fsHz;
  return ratio === 1
    ? annotations
    : annotations.map((one) => ({ ...one, sample: Math.round(one.sample * ratio) }));
}

function withoutSuffix(path: string): string {
  return path.endsWith('.hea') ? path.slice(0, -4) : path;
}
