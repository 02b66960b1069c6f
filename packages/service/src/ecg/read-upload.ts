// Uploaded files to recordings in mV. The first bytes decide what a file is; the library reads it.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type EcgRecord, halfToFloat, readEdf, readNpy, readRecord } from 'pqrst/records';
import type { z } from 'zod';
import { badRequest, ServiceError } from '../errors.js';
import { recordingSamples, zipRecordings } from '../limits.js';
import { firstIssue, parseJson } from '../oip/tensors.js';
import { readCsvSignals } from './csv.js';
import { recordingSchema, type Upload, unitsMv, type uploadQuery } from './recording.js';
import { unzip } from './unzip.js';

type Query = z.output<typeof uploadQuery>;

/**
 * Yields the recordings of an upload, one at a time.
 *
 * @param folder - an empty folder; all files are written there.
 * @throws ServiceError, PqrstError: when a file is damaged, too large or of another kind.
 */
export async function* readUpload(
  files: readonly Upload[],
  folder: string,
  query: Query,
): AsyncGenerator<EcgRecord, void, undefined> {
  const [file] = files;
  if (file === undefined || files.some(({ bytes }) => bytes.length === 0)) {
    throw badRequest('the upload is empty; send a recording as the body, or as files of a form');
  }
  if (files.length > 1) {
    for (const { name, bytes } of files)
      await writeFile(join(folder, safeName(name)), bytes, { flag: 'wx', mode: 0o600 });
    yield* readFolder(folder, query);
    return;
  }
  const bytes = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.length);
  if (startsWith(bytes, 'PK\x03\x04') || startsWith(bytes, 'PK\x05\x06')) {
    await unzip(bytes, folder);
    yield* readFolder(folder, query);
  } else if (/^0 {7}$/.test(bytes.toString('latin1', 0, 8)) || startsWith(bytes, '\xffBIOSEMI')) {
    yield checked(await readEdf(await written(folder, `${nameOf(file)}.edf`, bytes)));
  } else if (startsWith(bytes, '\x93NUMPY')) {
    yield npyRecord(await written(folder, 'recording.npy', bytes), nameOf(file), query);
  } else if (/^\s*\{/.test(bytes.toString('latin1', 0, 100).replace(/^\xef\xbb\xbf/, ''))) {
    yield jsonRecord(bytes, nameOf(file));
  } else {
    yield csvRecord(bytes, nameOf(file), query);
  }
}

/** Yields the WFDB and EDF recordings of a folder. */
async function* readFolder(
  folder: string,
  { record: wanted }: Query,
): AsyncGenerator<EcgRecord, void, undefined> {
  const names = await readdir(folder, { recursive: true });
  const headers = names.filter((name) => name.endsWith('.hea')).map((name) => name.slice(0, -4));
  const segments = new Set<string>();
  for (const header of headers) {
    for (const segment of await segmentsOf(folder, header)) segments.add(segment);
  }
  const edf = names.filter((name) => /\.(?:edf|bdf)$/i.test(name));
  const all = [...headers.filter((header) => !segments.has(header)), ...edf].sort();
  const shown = (name: string) => name.split(sep).join('/');
  const chosen = wanted === undefined ? all : all.filter((name) => shown(name) === wanted);
  if (chosen.length === 0) {
    const found = all.slice(0, 10).map(shown).join(', ');
    throw badRequest(
      all.length === 0
        ? 'the upload holds no WFDB header (.hea) and no EDF file; send a record with its header and signal files'
        : `the upload has no recording of this name; it has ${found}`,
    );
  }
  if (chosen.length > zipRecordings) {
    throw new ServiceError(
      413,
      'ERR_TOO_LARGE',
      `the upload has ${chosen.length} recordings; at most ${zipRecordings} are read`,
    );
  }
  for (const name of chosen) {
    const path = join(folder, name);
    const record = /\.(?:edf|bdf)$/i.test(name) ? await readEdf(path) : await readRecord(path);
    yield { ...checked(record), name: shown(name) };
  }
}

/** Returns the segments that a WFDB header names, and refuses a header that states too many samples. */
async function segmentsOf(folder: string, header: string): Promise<string[]> {
  const text = (await readFile(join(folder, `${header}.hea`), 'latin1')).slice(0, 2 ** 20);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [name = '', signals, , samples] = (lines[0] ?? '').trim().split(/\s+/);
  if (Number(signals) * Number(samples ?? 0) > recordingSamples) throw tooManySamples();
  const [, count] = name.split('/');
  if (count === undefined) return [];
  return lines.slice(1, 1 + Number(count)).map((line) => {
    const [segment = ''] = line.trim().split(/\s+/);
    return relative(folder, join(folder, dirname(header), segment));
  });
}

function tooManySamples(): ServiceError {
  return new ServiceError(
    413,
    'ERR_TOO_LARGE',
    `a recording has more than ${recordingSamples} samples of all leads; send fewer leads, or a part of it`,
  );
}

function checked(record: EcgRecord): EcgRecord {
  const samples = record.signalsMv.reduce((sum, signal) => sum + signal.length, 0);
  if (samples > recordingSamples) throw tooManySamples();
  return record;
}

async function npyRecord(path: string, name: string, query: Query): Promise<EcgRecord> {
  const { shape, data, type } = await readNpy(path);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    throw badRequest('the array holds integers of 64 bits; save it as float32');
  }
  if (query.fsHz === undefined) throw badRequest('an array states no rate; give it with fsHz');
  if (shape.length < 1 || shape.length > 2 || data.length < 2) {
    throw badRequest(
      `the array has the shape [${shape.slice(0, 8)}]; expected [samples], [leads, samples] or [samples, leads]`,
    );
  }
  if (data.length > recordingSamples) throw tooManySamples();
  const values = type === 'float16' ? halfToFloat(data as Uint16Array) : data;
  const [rows = 1, columns = 1] = shape.length === 1 ? [1, shape[0]] : shape;
  const isLeadFirst = rows <= columns;
  const [leads, length] = isLeadFirst ? [rows, columns] : [columns, rows];
  if (leads > 64) throw badRequest(`the array has the shape [${shape}]; at most 64 leads are read`);
  const scale = unitsMv[query.unit ?? 'mV'];
  const signalsMv = Array.from({ length: leads }, (_, lead) =>
    Float32Array.from(
      { length },
      (__, at) => scale * values[isLeadFirst ? lead * length + at : at * leads + lead]!,
    ),
  );
  return { name, fsHz: query.fsHz, leads: leadNames(undefined, leads, query), signalsMv };
}

function jsonRecord(bytes: Uint8Array, name: string): EcgRecord {
  const parsed = recordingSchema.safeParse(parseJson(bytes));
  if (!parsed.success) throw badRequest(`the recording is not as documented: ${firstIssue(parsed.error)}`);
  const { fsHz, leads, signals, unit = 'mV' } = parsed.data;
  if (leads.length !== signals.length || signals.some(({ length }) => length !== signals[0]!.length)) {
    throw badRequest('leads and signals have different numbers, or the signals different lengths');
  }
  const signalsMv = signals.map((signal) =>
    Float32Array.from(signal, (value) => (value ?? Number.NaN) * unitsMv[unit]),
  );
  return { name: parsed.data.name ?? name, fsHz, leads, signalsMv };
}

function csvRecord(bytes: Uint8Array, name: string, query: Query): EcgRecord {
  const { names, signals, unit, fsHz: statedHz } = readCsvSignals(bytes);
  const fsHz = query.fsHz ?? statedHz;
  if (fsHz === undefined) throw badRequest('the table has no column of times; give the rate with fsHz');
  const scale = unitsMv[query.unit ?? unit ?? 'mV'];
  const signalsMv = scale === 1 ? signals : signals.map((signal) => signal.map((value) => value * scale));
  return { name, fsHz, leads: leadNames(names, signals.length, query), signalsMv };
}

function leadNames(
  stated: readonly string[] | undefined,
  count: number,
  { names }: Query,
): readonly string[] {
  const given =
    names === '12'
      ? ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']
      : names?.split(',');
  if (given === undefined)
    return stated ?? Array.from({ length: count }, (_, at) => (count === 1 ? 'ECG' : `lead ${at + 1}`));
  if (given.length === count) return given;
  throw badRequest(`the file has ${count} leads, but ${given.length} are named; name each lead in its order`);
}

async function written(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes, { flag: 'wx', mode: 0o600 });
  return path;
}

/** Returns the name of a file of a form, if it stays in its folder. */
function safeName(name: string | undefined): string {
  if (name !== undefined && /^[\w][\w .-]{0,100}$/.test(name)) return name;
  throw badRequest(
    'a file of the form has no name, or one with other characters than letters, digits, space, _, - and .',
  );
}

function nameOf({ name }: Upload): string {
  const plain = basename(name ?? '').replace(/\.\w+$/, '');
  return /^[\w][\w .-]{0,100}$/.test(plain) ? plain : 'recording';
}

function startsWith(bytes: Buffer, text: string): boolean {
  return bytes.toString('latin1', 0, text.length) === text;
}
