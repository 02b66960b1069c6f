// Keeps decoded, resampled windows in a file, so that a second run decodes nothing. The file contains a header (JSON)
// and one block of float32 that is read at once; each window is a view of it. The name of the file follows from the
// kind, the window options (rate, length, leads, filter and map of labels) and the bytes of the tables of labels. The header states
// the size and the time of change of every signal file, and for some files a hash of their beginning. A damaged,
// truncated or outdated cache file is ignored and written again. docs/adr/0009-window-cache.md states the reasons.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type FileHandle, readdir } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { PqrstError } from '../base/errors.js';
import { isAbsent, isOfSystem, writeFileAtomic } from '../base/files.js';
import { fileLimits, openFile, readAt, readBeginningSync } from '../base/open-file.js';
import { packageVersion } from '../base/version.js';
import { readInput, unreadable } from '../codecs/input.js';
import type { EcgWindow, WindowOptions, WindowSet } from '../signal/window.js';
import type { ListedKind } from './kind.js';
import { windowLength } from './windows.js';

/** Version of the layout of the file. */
const layout = 5;
const magic = 'pqrst-wc';
/** Bytes before the header: magic, number of bytes of the header, CRC-32 of the header. */
const preambleBytes = 16;
const pieceBytes = 2 ** 24;
const mostHashed = 32;
const hashedBytes = 2 ** 16;

/** The parts of a set that come from reading the data. The other parts follow from these and the options. */
export type WindowSetContent = Pick<WindowSet, 'windows' | 'skipped' | 'readings'> & {
  readonly notes: readonly string[];
};

/**
 * The name and the state of each file. The state is `size:mtime`, the number of bytes and the time of change in ns, or
 * `absent` if the file does not exist. Some states, spread over the list, also have a hash of the beginning of the
 * file, which distinguishes data sets with equal names, sizes and times.
 */
export type FileStates = readonly (readonly [name: string, state: string])[];

/** The contents of a cache file. */
export interface Cached {
  readonly content: WindowSetContent;
  readonly files: FileStates;
  /** Number of recordings that the data set lists. */
  readonly records: number;
}

interface Header extends Omit<WindowSetContent, 'windows'> {
  readonly key: string;
  readonly records: number;
  readonly files: FileStates;
  readonly windows: readonly Omit<EcgWindow, 'signal'>[];
  readonly signalsCrc32: number;
}

/** The place of one set of windows in the cache folder. */
export interface WindowCache {
  readonly path: string;
  /** Returns undefined if the file is missing or damaged, or if a file of the data set has changed since. */
  read(signal?: AbortSignal): Promise<Cached | undefined>;
  /**
   * Writes the file. An error or an abort leaves no partial file.
   *
   * @throws PqrstError ERR_WRITE: when the file cannot be written.
   */
  write(cached: Cached, signal?: AbortSignal): Promise<void>;
}

/**
 * Returns the place of these windows in `cacheFolder`.
 *
 * @throws PqrstError ERR_NOT_FOUND: when a table of the data set cannot be read.
 */
export async function openCache(
  cacheFolder: string,
  kind: ListedKind,
  folder: string,
  options: WindowOptions,
): Promise<WindowCache> {
  const key = await keyOf(kind, folder, options);
  const path = join(cacheFolder, `${kind.kind}-${key.slice(0, 16)}.windows`);
  const windowSamples = windowLength(options) * (options.leads?.length ?? 1);
  return {
    path,
    read: (signal) => readCache(path, { key, folder, windowSamples, signal }),
    async write(cached, signal) {
      // If a table has changed meanwhile, it is unknown which version was read.
      if ((await keyOf(kind, folder, options)) === key) {
        await writeFileAtomic(path, piecesOf(key, cached), signal);
      }
    },
  };
}

/** Returns the SHA-256 of all that determines the list and the windows, except the files of the recordings. */
async function keyOf(
  { kind, version, tables, endings }: ListedKind,
  folder: string,
  { fsHz, seconds, leads = [], filter, labelMap }: WindowOptions,
) {
  const hashes = await Promise.all(
    tables.map(async (table) => {
      if (endings !== undefined && stateOf(join(folder, table), false) === 'absent') return [table, 'absent'];
      const bytes = await readInput(join(folder, table), 'the table', fileLimits.table, (size) => {
        return new PqrstError(
          'ERR_CSV',
          `table ${table} holds ${size} bytes; at most ${fileLimits.table} are read`,
        );
      }).catch((error: Error) => {
        // A kind may have several tables of which one is enough. Its `list` reports that all are missing.
        if (isAbsent(error.cause)) return undefined;
        throw error;
      });
      return [table, bytes === undefined ? 'absent' : createHash('sha256').update(bytes).digest('hex')];
    }),
  );
  const headers = tables.length > 0 && !endings ? [] : await namesOf(folder, endings ?? ['.hea']);
  const parts = {
    ...{ layout, package: packageVersion(), kind, version },
    ...{ fsHz, seconds, leads, filter, labelMap, hashes, headers },
  };
  return createHash('sha256')
    .update(JSON.stringify({ ...parts, order: endianness() }))
    .digest('hex');
}

async function namesOf(folder: string, endings: readonly string[]): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause) => {
    throw unreadable(folder, 'the folder', cause);
  });
  return names.filter((name) => endings.some((ending) => name.endsWith(ending))).sort();
}

/** Returns the state of each of `files` in `folder`. Rejects with `signal.reason` after an abort. */
export async function statesOf(
  folder: string,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<FileStates> {
  const states: [string, string][] = [];
  // A recording has one, two or three files. A step of 6 k + 1 reaches headers, signal files and annotation files.
  const step = files.length <= mostHashed ? 1 : 6 * Math.ceil(files.length / mostHashed / 6) + 1;
  for (const [n, file] of files.entries()) {
    // Synchronous calls take a third of the time of asynchronous ones. The event loop runs every few milliseconds.
    if (n % 1000 === 0) {
      await setImmediate();
      signal?.throwIfAborted();
    }
    states.push([file, stateOf(`${folder}/${file}`, n % step === 0)]);
  }
  return states;
}

function stateOf(path: string, isHashed: boolean): string {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) return 'absent';
    const state = `${found.size}:${found.mtimeNs}`;
    return isHashed && found.isFile() ? `${state}:${beginningOf(path)}` : state;
  } catch (error) {
    // The reader of this file reports the reason.
    return `unreadable: ${(error as NodeJS.ErrnoException).code}`;
  }
}

function beginningOf(path: string): string {
  return createHash('sha256').update(readBeginningSync(path, hashedBytes)).digest('base64');
}

interface Expected {
  readonly key: string;
  readonly folder: string;
  /** Number of samples of a window, all leads together. */
  readonly windowSamples: number;
  readonly signal: AbortSignal | undefined;
}

async function readCache(path: string, expected: Expected): Promise<Cached | undefined> {
  const opened = await openFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (isAbsent(cause)) return undefined;
    throw unreadable(path, 'the cache', cause);
  });
  if (opened === undefined) return undefined;
  const { file, found } = opened;
  try {
    return await readOpened(file, found.size, expected);
  } catch (cause) {
    throw isOfSystem(cause) ? unreadable(path, 'the cache', cause) : cause;
  } finally {
    await file.close();
  }
}

async function readOpened(file: FileHandle, size: number, { key, folder, windowSamples, signal }: Expected) {
  const preamble = Buffer.from(await readBytes(file, 0, Math.min(size, preambleBytes)));
  if (preamble.length < preambleBytes || preamble.toString('latin1', 0, 8) !== magic) return undefined;
  const start = preambleBytes + preamble.readUInt32LE(8);
  if (start > size) return undefined;
  const text = Buffer.from(await readBytes(file, preambleBytes, start - preambleBytes));
  if (crc32(text) !== preamble.readUInt32LE(12)) return undefined;
  const header = JSON.parse(text.toString('utf8')) as Header;
  const windowBytes = 4 * windowSamples;
  if (header.key !== key || size - start !== header.windows.length * windowBytes) return undefined;
  let checksum = 0;
  const names = header.files.map(([name]) => name);
  // Both run at the same time: the states are taken on this thread, the block is read on another.
  const [now, block] = await Promise.all([
    statesOf(folder, names, signal),
    readBytes(file, start, size - start, signal, (piece) => {
      checksum = crc32(piece, checksum);
    }),
  ]);
  if (header.files.some(([, state], n) => now[n]![1] !== state)) return undefined;
  if (checksum !== header.signalsCrc32) return undefined;
  const windows = header.windows.map((window, n) => ({
    ...window,
    signal: new Float32Array(block, n * windowBytes, windowSamples),
  }));
  const { records, files, skipped, notes, readings } = header;
  return { content: { windows, skipped, notes, ...(readings && { readings }) }, files, records };
}

/** Reads `length` bytes from `start` on; `onPiece` receives each piece while the next one is being read. */
async function readBytes(
  file: FileHandle,
  start: number,
  length: number,
  signal?: AbortSignal,
  onPiece?: (piece: Uint8Array) => void,
): Promise<ArrayBuffer> {
  const buffer = new ArrayBuffer(length);
  const read = async (at: number) => {
    const piece = new Uint8Array(buffer, at, Math.min(pieceBytes, length - at));
    // If the file was truncated meanwhile, zeros remain, so the checksum differs.
    await readAt(file, piece, start + at);
    return piece;
  };
  let coming = length > 0 ? read(0) : undefined;
  for (let at = pieceBytes; coming !== undefined; at += pieceBytes) {
    const piece = await coming;
    signal?.throwIfAborted();
    coming = at < length ? read(at) : undefined;
    onPiece?.(piece);
  }
  return buffer;
}

/** Yields the bytes of a cache file. */
function* piecesOf(key: string, { content, files, records }: Cached): Generator<Uint8Array, void, undefined> {
  const { windows, ...others } = content;
  const bytesOf = ({ signal }: EcgWindow) =>
    new Uint8Array(signal.buffer, signal.byteOffset, signal.byteLength);
  const signalsCrc32 = windows.reduce((checksum, window) => crc32(bytesOf(window), checksum), 0);
  const described = windows.map(({ signal, ...window }) => window);
  const header: Header = { key, records, files, ...others, windows: described, signalsCrc32 };
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  // Spaces pad the header to a multiple of four bytes, so that the block starts at a multiple of the size of a float.
  const padded = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4, ' ')]);
  const preamble = Buffer.alloc(preambleBytes);
  preamble.write(magic, 'latin1');
  preamble.writeUInt32LE(padded.length, 8);
  preamble.writeUInt32LE(crc32(padded), 12);
  yield Buffer.concat([preamble, padded]);
  yield* gather(windows.map(bytesOf));
}

/** Yields the same bytes in few large pieces, because one system call per window would take longer than the writing. */
function* gather(parts: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for (const part of parts) {
    held.push(part);
    bytes += part.length;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(held);
    [held, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(held);
}
