// Reads EDF, EDF+, BDF and BDF+ files: the ECG leads in mV, and the annotations. Reads a few megabytes of a file at a
// time and decodes only the requested leads. Gaps between the data records of a discontinuous file become NaN.

import type { FileHandle } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { isOfSystem } from '../../base/files.js';
import { openFile, readAt } from '../../base/open-file.js';
import { maxFsHz } from '../../signal/resample.js';
import type { EcgRecord } from '../../signal/window.js';
import { unreadable } from '../input.js';
import type { ReadOptions } from '../wfdb/read.js';
import { maxSamples, spread, startsOf } from './gaps.js';
import {
  type EdfHeader,
  type EdfSignal,
  edfError,
  edfHeaderBytes,
  fixedBytes,
  parseEdfHeader,
} from './header.js';
import { decoderOf, type EdfVoltage, ecgSignals } from './signals.js';
import { parseTals, type Tal } from './tal.js';

const pieceBytes = 2 ** 22;
/** The text by which the writer marks samples that fill the last data record. */
export const paddingText = 'padding (the last sample repeated)';

/** An annotation of an EDF+ or BDF+ file. */
export interface EdfAnnotation {
  /** Its time in s after the first sample. */
  readonly onsetS: number;
  /** Its duration in s; undefined if the file states no duration. */
  readonly durationS?: number | undefined;
  /** Its text: `(AFIB`, `V`, `Lights off`. */
  readonly text: string;
}

/** Some leads of an EDF file. */
export interface EdfLeads extends EcgRecord {
  /** All ECG leads of the file. */
  readonly recordingLeads: readonly string[];
}

/** Chooses among the ECG leads of a file: returns their places, or the reason why it lacks one. */
export type ChooseLeads = (names: readonly string[], areNamed: boolean) => readonly number[] | string;

/**
 * Reads the ECG leads of an EDF, EDF+, BDF or BDF+ file. They are the signals in volts whose labels state an ECG (`ECG`,
 * `EKG 1`, `ECG II`, `V5`). If no label does, they are all signals in volts but those with another type of the EDF+
 * standard (`EEG Fpz-Cz`). `ECG II` is read as the lead II.
 *
 * @param path - the path of the file.
 * @param options - a signal that aborts the reading.
 * @returns signals in mV, one array [samples] per lead. Samples in the gaps of a discontinuous file (EDF+D) are NaN.
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readEdf, writeEdf } from 'pqrst/records';
 * const folder = await mkdtemp(join(tmpdir(), 'edf-'));
 * const signalMv = Float32Array.from({ length: 500 }, (_, n) => Math.sin(n / 10));
 * await writeEdf(folder, { name: 'r1', fsHz: 250, leads: ['II'], signalsMv: [signalMv] });
 * const record = await readEdf(join(folder, 'r1.edf'));
 * console.log(record.fsHz, record.leads, record.signalsMv[0]?.length); // 250 ['II'] 500
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_EDF: when the file is damaged, holds no signal in volts, or its ECG leads have several rates.
 */
export async function readEdf(path: string, options: ReadOptions = {}): Promise<EcgRecord> {
  const found = await readEdfLeads(path, (names) => names.map((_, place) => place), options);
  if (typeof found === 'string') throw edfError(path, found);
  const { recordingLeads: _, ...record } = found;
  return record;
}

/**
 * Reads some ECG leads of an EDF file, and decodes no other signal.
 *
 * @returns the record with only these leads, in mV, or the reason of `choose`. The errors are those of `readEdf`.
 */
export async function readEdfLeads(
  path: string,
  choose: ChooseLeads,
  { signal }: ReadOptions = {},
): Promise<EdfLeads | string> {
  return withFile(path, signal, async (file, header) => {
    const { voltages, areNamed } = ecgSignals(header);
    if (voltages.length === 0) throw edfError(path, `${lacksVoltages(header)}; name a file with an ECG`);
    const recordingLeads = voltages.map(({ lead }) => lead);
    const places = choose(recordingLeads, areNamed);
    if (typeof places === 'string') return places;
    const chosen = places.map((place) => voltages[place]!);
    const leads = chosen.map(({ lead }) => lead);
    const fsHz = rateOfAll(chosen, path);
    const signalsMv = await readSignals(file, header, chosen, { path, signal });
    return { name: basename(path, extname(path)), fsHz, leads, signalsMv, recordingLeads };
  });
}

function lacksVoltages({ signals }: EdfHeader): string {
  const others = signals.filter((one) => !one.isAnnotations);
  const shown = others.slice(0, 8).map(({ label, unit }) => `${label} in "${unit}"`);
  const rest = others.length > shown.length ? ` and ${others.length - shown.length} more` : '';
  return `holds no ECG signal in volts (${shown.join(', ') || 'annotations only'}${rest})`;
}

function rateOfAll(chosen: readonly EdfVoltage[], path: string): number {
  const { fsHz } = chosen[0]!;
  if (fsHz === Number.POSITIVE_INFINITY)
    throw edfError(path, 'states data records of 0 s, so its signals have no rate');
  const other = chosen.find((one) => one.fsHz !== fsHz);
  if (other !== undefined) {
    const problem = `holds leads of several rates (${chosen[0]!.lead}: ${fsHz} Hz, ${other.lead}: ${other.fsHz} Hz)`;
    throw edfError(path, `${problem}; choose leads of one rate`);
  }
  if (fsHz > maxFsHz) throw edfError(path, `states a rate of ${fsHz} Hz; at most ${maxFsHz} Hz are read`);
  return fsHz;
}

async function readSignals(
  file: FileHandle,
  header: EdfHeader,
  chosen: readonly EdfVoltage[],
  { path, signal: abort }: { readonly path: string; readonly signal: AbortSignal | undefined },
): Promise<Float32Array[]> {
  const { records, bytesPerSample } = header;
  const count = chosen[0]!.signal.samplesPerRecord;
  if (records * count > maxSamples) {
    throw edfError(
      path,
      `holds ${records * count} samples per lead; at most ${maxSamples} are read, so divide it`,
    );
  }
  const annotations = header.signals.find((one) => one.isAnnotations);
  if (header.isDiscontinuous && annotations === undefined) {
    throw edfError(path, 'is discontinuous (EDF+D), but holds no annotation signal that states the times');
  }
  const decoders = chosen.map(({ signal }) => decoderOf(signal, bytesPerSample, path));
  const signalsMv = chosen.map(() => new Float32Array(records * count));
  const onsetsS: number[] = [];
  let last: readonly Tal[] = [];
  await eachRecord(file, path, header, abort, (record, n) => {
    for (const [at, decode] of decoders.entries()) decode(record, signalsMv[at]!, n * count);
    if (annotations === undefined || !(header.isDiscontinuous || n === 0 || n === records - 1)) return;
    last = parseTals(bytesOf(record, annotations, header)).tals;
    onsetsS.push(onsetOf(last) ?? Number.NaN);
  });
  const { fsHz } = chosen[0]!;
  if (header.isDiscontinuous) return spread(signalsMv, startsOf(onsetsS, count, fsHz, path), count, path);
  const padding = last.find(({ texts }) => texts.includes(paddingText));
  if (padding === undefined) return signalsMv;
  const kept = Math.round((padding.onsetS - (onsetsS[0] || 0)) * fsHz);
  return signalsMv.map((one) => one.subarray(0, Math.max(kept, 0)));
}

/**
 * Reads the annotations of an EDF+ or BDF+ file.
 *
 * @param path - the path of the file.
 * @param options - a signal that aborts the reading.
 * @returns annotations in order of time; empty if the file has no annotation signal. Times are in s after the first
 *   sample.
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readEdfAnnotations, writeEdf } from 'pqrst/records';
 * const folder = await mkdtemp(join(tmpdir(), 'edf-'));
 * const record = { name: 'r1', fsHz: 250, leads: ['II'], signalsMv: [new Float32Array(500)] };
 * await writeEdf(folder, record, { annotations: [{ onsetS: 0.4, text: 'N' }] });
 * console.log(await readEdfAnnotations(join(folder, 'r1.edf'))); // [{ onsetS: 0.4, text: 'N' }]
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_EDF: when the file is damaged.
 */
export async function readEdfAnnotations(path: string, options: ReadOptions = {}): Promise<EdfAnnotation[]> {
  return withFile(path, options.signal, async (file, header) => {
    const signals = header.signals.filter((one) => one.isAnnotations);
    if (signals.length === 0) return [];
    const found: EdfAnnotation[] = [];
    let firstS = 0;
    await eachRecord(file, path, header, options.signal, (record, n) => {
      for (const [at, signal] of signals.entries()) {
        const { tals, problem } = parseTals(bytesOf(record, signal, header));
        if (problem !== undefined) {
          throw edfError(
            path,
            `has a damaged annotation in data record ${n + 1}: ${problem}; fetch it again`,
          );
        }
        if (n === 0 && at === 0) firstS = onsetOf(tals) ?? 0;
        for (const { onsetS, durationS, texts } of tals) {
          const stated = durationS === undefined ? {} : { durationS };
          const own = texts.filter((text) => text.trim() !== '');
          // A difference of decimal fractions has no more digits than these.
          const time = Number((onsetS - firstS).toFixed(9));
          found.push(...own.map((text) => ({ onsetS: time, ...stated, text })));
        }
      }
    });
    return found.sort((a, b) => a.onsetS - b.onsetS);
  });
}

/** Returns the time that a data record states in its first list; undefined if it states none. */
function onsetOf([first]: readonly Tal[]): number | undefined {
  return first?.texts[0] === '' ? first.onsetS : undefined;
}

function bytesOf(record: Uint8Array, signal: EdfSignal, { bytesPerSample }: EdfHeader): Uint8Array {
  const { offsetBytes, samplesPerRecord } = signal;
  return record.subarray(offsetBytes, offsetBytes + bytesPerSample * samplesPerRecord);
}

/**
 * Reads the header of an EDF or BDF file.
 *
 * @throws PqrstError ERR_NOT_FOUND, ERR_EDF: when the file cannot be read or is not EDF.
 */
export async function readEdfHeader(path: string): Promise<EdfHeader> {
  return withFile(path, undefined, async (_, header) => header);
}

/** Opens a file, parses its header and closes it after `use`. */
async function withFile<Made>(
  path: string,
  signal: AbortSignal | undefined,
  use: (file: FileHandle, header: EdfHeader) => Promise<Made>,
): Promise<Made> {
  signal?.throwIfAborted();
  let file: FileHandle | undefined;
  try {
    const opened = await openFile(path);
    file = opened.file;
    const { size } = opened.found;
    const fixed = await readBytes(file, path, 0, Math.min(fixedBytes, size));
    const bytes = await readBytes(file, path, 0, edfHeaderBytes(fixed, size, path));
    return await use(file, parseEdfHeader(bytes, size, path));
  } catch (cause) {
    throw isOfSystem(cause) ? unreadable(path, 'the EDF file', cause) : cause;
  } finally {
    await file?.close();
  }
}

/** Calls `use` with the bytes of each data record, in order. They are valid only during the call. */
async function eachRecord(
  file: FileHandle,
  path: string,
  { headerBytes, recordBytes, records }: EdfHeader,
  abort: AbortSignal | undefined,
  use: (record: Uint8Array, n: number) => void,
): Promise<void> {
  const atOnce = Math.max(1, Math.floor(pieceBytes / recordBytes));
  for (let first = 0; first < records; first += atOnce) {
    abort?.throwIfAborted();
    const count = Math.min(atOnce, records - first);
    const bytes = await readBytes(file, path, headerBytes + first * recordBytes, count * recordBytes);
    for (let n = 0; n < count; n++) use(bytes.subarray(n * recordBytes, (n + 1) * recordBytes), first + n);
  }
}

/** Reads `length` bytes, which the caller has checked against the size of the file. */
async function readBytes(file: FileHandle, path: string, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  if ((await readAt(file, bytes, start)) < length) {
    throw edfError(path, 'was cut short while it was read; read it again');
  }
  return bytes;
}
