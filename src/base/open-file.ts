// Opens and reads files. All other code opens its files here: `test/architecture.test.ts` refuses direct calls. Only
// regular files are opened (after following links), so that a pipe or a device can neither block the process nor fill
// its memory, and no more bytes are read than a file of its kind may have, even if it grows meanwhile.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { RefusedFile } from './system-reason.js';

/** The largest files that are read, in bytes by kind. Files that are read piece by piece have no limit. */
export const fileLimits = {
  /** ONNX Runtime reads no larger model from memory. Its weights in other files are included. */
  model: 2 ** 31 - 1,
  checkpoint: 2 ** 31 - 1,
  /** Configurations, class files, specs, metrics, and the other JSON files of a run or an experiment. */
  json: 2 ** 24,
  manifest: 2 ** 28,
  /** SHA256SUMS of a shard. */
  shardList: 2 ** 26,
  /** Labels and predictions. */
  table: 2 ** 29,
  /** Headers of WFDB. */
  header: 2 ** 20,
  signals: 2 ** 31 - 1,
  annotations: 2 ** 28,
  /** A recording of CPSC 2018. */
  matRecording: 2 ** 26,
  /** A recording of Chapman-Shaoxing. */
  csvRecording: 2 ** 24,
  /** SHA256SUMS.txt of a release, and the list of its verified files. */
  sums: 2 ** 28,
  lock: 2 ** 12,
} as const;

/** Node.js passes at most 2 GiB to one read; smaller pieces let an abort through. */
const pieceBytes = 2 ** 26;
/** Files that state no size, such as those in /proc, are read in pieces of this size at first. */
const leastBytes = 2 ** 12;

// O_NONBLOCK: opening a pipe does not wait for its other end. Windows lacks both flags.
const careful = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_TRUNC } = constants;
const modes = {
  r: O_RDONLY,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  a: O_WRONLY | O_CREAT | O_APPEND,
  wx: O_WRONLY | O_CREAT | O_EXCL,
  'wx+': O_RDWR | O_CREAT | O_EXCL,
};

/** How a file is opened: the words of `fs.open`. */
export type OpenMode = keyof typeof modes;

/**
 * Opens a regular file. Its state when it was opened comes with it.
 *
 * @throws RefusedFile: when it is a folder, a pipe, a socket or a device.
 */
export async function openFile(
  path: string,
  mode: OpenMode = 'r',
): Promise<{ file: FileHandle; found: Stats }> {
  const file = await open(path, modes[mode] | careful);
  try {
    // The state of an open file is at hand, so waiting for another thread would take longer.
    const found = fstatSync(file.fd);
    expectRegular(found);
    return { file, found };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens a folder, which a caller can flush to the disk but not read. */
export function openFolder(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | (constants.O_DIRECTORY ?? 0));
}

/** Opens a regular file with synchronous calls: `openFile` for many small files. */
export function openFileSync(path: string, mode: OpenMode = 'r'): number {
  const file = openSync(path, modes[mode] | careful);
  try {
    // A file that this call has created is regular.
    if (mode !== 'wx') expectRegular(fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function expectRegular(found: Stats): void {
  if (!found.isFile()) throw new RefusedFile(`it is ${kindOf(found)}; name a file`);
}

/** Returns the kind of something that is not a regular file: `a pipe`. */
export function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

/**
 * Reads a regular file of at most `mostBytes` bytes.
 *
 * @param mostBytes - one of `fileLimits`
 * @throws RefusedFile: when it is not a regular file, or holds more bytes.
 */
export async function readBytes(path: string, mostBytes: number, signal?: AbortSignal): Promise<Buffer> {
  const { file, found } = await openFile(path);
  try {
    refuseAbove(mostBytes, found.size);
    // One byte more than the file holds: a shorter read shows that this is its end.
    let bytes: Buffer = Buffer.allocUnsafeSlow(Math.max(found.size + 1, leastBytes));
    for (let length = 0; ; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(
        bytes,
        length,
        Math.min(bytes.length - length, pieceBytes),
        length,
      );
      length += bytesRead;
      refuseAbove(mostBytes, length);
      const isAtEnd = length === found.size && length < bytes.length && found.size > 0;
      if (bytesRead === 0 || isAtEnd) return bytes.subarray(0, length);
      if (length === bytes.length) bytes = enlarged(bytes);
    }
  } finally {
    await file.close();
  }
}

function enlarged(bytes: Buffer): Buffer {
  const larger = Buffer.allocUnsafeSlow(2 * bytes.length);
  bytes.copy(larger);
  return larger;
}

function refuseAbove(mostBytes: number, bytes: number): void {
  if (bytes <= mostBytes) return;
  throw new RefusedFile(
    `it holds ${bytes} bytes, but at most ${mostBytes} are read; name another file`,
    bytes,
  );
}

/** Reads a regular file of at most `mostBytes` bytes as UTF-8. It throws as `readBytes` does. */
export async function readText(path: string, mostBytes: number): Promise<string> {
  return (await readBytes(path, mostBytes)).toString('utf8');
}

/** Reads at most `mostBytes` bytes at the beginning of a regular file with synchronous calls. */
export function readBeginningSync(path: string, mostBytes: number): Uint8Array {
  const file = openFileSync(path);
  try {
    const bytes = new Uint8Array(mostBytes);
    return bytes.subarray(0, readSync(file, bytes, 0, mostBytes, 0));
  } finally {
    closeSync(file);
  }
}

/** Fills `bytes` from byte `position` of an open file. Returns the number of bytes, which is smaller at the end. */
export async function readAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let length = 0;
  while (length < bytes.length) {
    const most = Math.min(bytes.length - length, pieceBytes);
    const { bytesRead } = await file.read(bytes, length, most, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
