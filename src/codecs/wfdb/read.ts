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
 * The record at `path` (with or without .hea): its voltage signals in mV, NaN where a sample is missing. Signals of
 * other units (pressure, respiration) are left out.
 * Errors: ERR_NOT_FOUND, ERR_PATH_OUTSIDE, ERR_WFDB_HEADER, ERR_WFDB_FORMAT, ERR_WFDB_SIGNAL.
 */
export async function readRecord(path: string, { signal }: ReadOptions = {}): Promise<EcgRecord> {
  signal?.throwIfAborted();
  const header = await readHeader(path);
  return voltageRecord(path, header, voltagesOf(path, header), signal);
}

/**
 * Reads some leads of the record at `path` (with or without .hea); no other lead is decoded.
 *
 * @param choose receives the names of the record's voltage signals and returns the places of those to read, in the order
 *   wanted, or the reason why the record does not have them.
 * @returns the record with these leads alone, in mV, or that reason.
 * @throws PqrstError the errors of `readRecord`.
 */
export async function readLeads(
  path: string,
  choose: (names: readonly string[]) => readonly number[] | string,
  { signal }: ReadOptions = {},
): Promise<EcgRecord | string> {
  signal?.throwIfAborted();
  const header = await readHeader(path);
  const voltages = voltagesOf(path, header);
  const chosen = choose(voltages.map(({ lead }) => lead));
  if (typeof chosen === 'string') return chosen;
  return voltageRecord(
    path,
    header,
    chosen.map((place) => voltages[place]!),
    signal,
  );
}

interface Voltage {
  readonly signal: WfdbSignal;
  readonly lead: string;
  readonly mv: number;
}

/** Returns the header's signals in volts. Throws ERR_WFDB_SIGNAL where it has no such signal, or they have several rates. */
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
 * The annotations in `path.extension` (path with or without .hea), in time order, in samples of the record's rate.
 * Errors: ERR_NOT_FOUND, ERR_WFDB_ANNOTATION, and those of the header where the file states a rate of its own.
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
