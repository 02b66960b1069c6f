// Reads WFDB records and annotations from disk. Opens only files inside the folder of the header.
// Signals are in mV, annotation times in samples of the record.

import { basename, dirname } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { isAbsent } from '../../base/files.js';
import { fileLimits } from '../../base/open-file.js';
import { maxFsHz } from '../../signal/resample.js';
import type { Annotation, EcgRecord } from '../../signal/window.js';
import { inputPath, readInput } from '../input.js';
import { parseAnnotations } from './annotations.js';
import type { AdcValues } from './formats.js';
import { refuseFlaws, type WfdbHeader } from './header.js';
import { describeSegments, isSegmented, readSegments } from './segments.js';
import { readHeaderFile, readSignals, withoutSuffix } from './signal-files.js';
import { contradictions } from './stated.js';
import { ecgSignalsOf, hasVoltage, isVoltage, toMv, type Voltage, voltagesOf } from './voltages.js';

/** Options of the reading functions. */
export interface ReadOptions {
  /** Aborts reading; the function then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** A record of one segment in ADC values. */
export interface DigitalRecord {
  readonly header: WfdbHeader;
  /** One array [frames * samplesPerFrame] per signal. `missingOf` states which value marks a missing sample. */
  readonly adc: readonly AdcValues[];
}

/**
 * Reads the header of the record at `path` (with or without .hea). A record of several segments has the signals of its
 * segments.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the header cannot be read.
 * @throws PqrstError ERR_WFDB_HEADER: when the header is malformed, or does not fit the headers of its segments.
 */
export async function readHeader(path: string): Promise<WfdbHeader> {
  const header = await readHeaderFile(path);
  return isSegmented(header) ? describeSegments(path, header) : header;
}

/** Reads the record at `path` (with or without .hea) as ADC values. The errors are those of `readRecord`. */
export async function readDigital(path: string, { signal }: ReadOptions = {}): Promise<DigitalRecord> {
  signal?.throwIfAborted();
  const header = await readHeader(path);
  return { header, adc: (await readSignals(path, header, header.signals, signal)).adc };
}

/**
 * Reads the voltage signals of a WFDB record, in any signal format and of one segment or several. Omits signals in other
 * units (pressure, respiration), without samples (format 0), of unknown formats, and of other rates than the first
 * standard lead; `notes` of the result names the omitted voltage signals.
 *
 * @param path - the path of the header, with or without .hea.
 * @param options - a signal that aborts the reading.
 * @returns signals in mV, one array [samples] per lead; missing samples, also those between segments, are NaN. The rate
 *   is that of these signals, which may have several samples per frame.
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
 * @throws PqrstError ERR_WFDB_FORMAT: when no signal has a known format, or a signal file is not in its format.
 * @throws PqrstError ERR_WFDB_SIGNAL: when a signal file is shorter than its header states, or no signal is a voltage.
 */
export async function readRecord(path: string, options: ReadOptions = {}): Promise<EcgRecord> {
  const { signal } = options;
  signal?.throwIfAborted();
  const header = await readHeader(path);
  const { voltages, notes } = ecgSignalsOf(path, header);
  return voltageRecord(path, header, { voltages, notes }, signal);
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
  const rates = new Set(chosen.map((one) => header.fsHz * one.signal.samplesPerFrame));
  if (rates.size > 1) {
    const names = chosen.map(({ lead }) => lead).join(', ');
    return `the leads ${names} have different rates (${[...rates].join(' and ')} Hz); read leads of one rate`;
  }
  return voltageRecord(path, header, { voltages: chosen.filter(isVoltage), notes: [] }, signal);
}

async function voltageRecord(
  path: string,
  header: WfdbHeader,
  { voltages, notes }: { readonly voltages: readonly Voltage[]; readonly notes: readonly string[] },
  signal: AbortSignal | undefined,
): Promise<EcgRecord> {
  const fsHz = header.fsHz * voltages[0]!.signal.samplesPerFrame;
  const read = isSegmented(header)
    ? await readSegments(path, header, voltages, signal)
    : await readOneSegment(path, header, voltages, signal);
  if (fsHz > maxFsHz) {
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `record ${path} has a rate of ${fsHz} Hz, which is above ${maxFsHz} Hz; resample it first`,
    );
  }
  const all = [...notes, ...read.notes];
  return {
    name: header.name,
    fsHz,
    leads: voltages.map(({ lead }) => lead),
    signalsMv: read.signalsMv,
    ...(all.length > 0 && { notes: all }),
  };
}

async function readOneSegment(
  path: string,
  header: WfdbHeader,
  voltages: readonly Voltage[],
  abort: AbortSignal | undefined,
) {
  const wanted = voltages.map((one) => one.signal);
  refuseFlaws(wanted, `${withoutSuffix(path)}.hea`);
  const { adc, notes } = await readSignals(path, header, wanted, abort);
  return {
    signalsMv: voltages.map(({ signal, mv }, n) => toMv(adc[n]!, signal, mv)),
    notes: [...notes, ...contradictions(wanted, adc)],
  };
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
  const bytes = await readInput(file, 'the annotations', fileLimits.annotations, (size) => {
    return new PqrstError(
      'ERR_WFDB_ANNOTATION',
      `${file} holds ${size} bytes; at most ${fileLimits.annotations} are read`,
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
  const found = await readHeaderFile(record).catch((error) => {
    if (error instanceof PqrstError && isAbsent(error.cause)) return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const header = isSegmented(found) ? await describeSegments(record, found) : found;
  const samplesPerFrame = hasVoltage(header) ? ecgSignalsOf(record, header).samplesPerFrame : 1;
  return { frameHz: header.fsHz, sampleHz: header.fsHz * samplesPerFrame };
}
