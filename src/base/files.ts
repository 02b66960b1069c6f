// Writes files so that each one is either complete or absent: the data go to a temporary file beside the target, which
// is flushed to the disk and then renamed. Also keeps paths inside a folder and computes the hash of a file.

import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, lstat, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PqrstError } from './errors.js';
import { kindOf, openFile, openFolder } from './open-file.js';
import { RefusedFile, systemReason } from './system-reason.js';

const readChunk = 2 ** 20;

/**
 * Writes `data` to the file `path`; an error or an abort leaves no partial file.
 * `data` may be a sequence of pieces. Missing folders are created. An abort throws `signal.reason`.
 *
 * @throws PqrstError ERR_WRITE: when the file cannot be written, for example because the disk is full.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await makeFolder(dirname(path));
    const { file } = await openFile(temporary, 'wx');
    try {
      const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
      for (const piece of pieces) await file.writeFile(piece, { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    signal?.throwIfAborted();
    await expectReplaceable(path);
    await rename(temporary, path);
  } catch (cause) {
    // Report the original failure, even if the temporary file cannot be removed.
    await Promise.allSettled([rm(temporary, { force: true })]);
    signal?.throwIfAborted();
    throw cause instanceof PqrstError ? cause : writeError(path, cause);
  }
}

/**
 * Checks that a file can be written at `path`, so that a command fails before its work and not after it. Writes an empty
 * temporary file into the folder, or into the nearest parent that exists, and removes it. Creates no folder.
 *
 * @throws PqrstError ERR_WRITE: when no file can be written there, for example because the folder is read-only.
 */
export async function expectWritable(path: string): Promise<void> {
  try {
    await expectReplaceable(path);
    if (await isFolder(path)) throw new RefusedFile('it is a folder; choose another name');
    let folder = dirname(resolve(path));
    while (!(await isFolder(folder)) && folder !== dirname(folder)) folder = dirname(folder);
    const temporary = join(folder, `${basename(path)}.${randomUUID()}.tmp`);
    const { file } = await openFile(temporary, 'wx').catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
      throw new RefusedFile(`${folder} takes no new files (ENOENT); choose another folder`);
    });
    await file.close();
    await rm(temporary);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Returns whether there is a folder at `path`; throws if there is something else in the path, or it cannot be known. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/**
 * Creates `folder` and its missing parents, one by one: Node's `mkdir` with `recursive` never returns where a file system
 * reports the parent of a new folder as missing although it exists, as /proc does. Returns the topmost folder that it created, or undefined if the folder
 * already exists.
 *
 * @throws PqrstError ERR_WRITE: when a folder cannot be created. The message has the reason of the file system.
 */
export function makeFolder(folder: string): Promise<string | undefined> {
  return makePath(resolve(folder), folder);
}

async function makePath(path: string, wanted: string): Promise<string | undefined> {
  const outcome = await tryMkdir(path, wanted);
  if (outcome === 'created') return path;
  if (outcome === 'exists') return undefined;
  const parent = dirname(path);
  const topmost = parent === path ? undefined : await makePath(parent, wanted);
  // The parent exists now. A file system that still reports it as missing creates no folders there.
  if ((await tryMkdir(path, wanted)) !== 'no parent') return topmost ?? path;
  throw new PqrstError(
    'ERR_WRITE',
    `could not create the folder ${wanted}: the file system refuses the new folder ${path} (ENOENT) although its parent exists; choose another folder`,
  );
}

async function tryMkdir(path: string, wanted: string): Promise<'created' | 'exists' | 'no parent'> {
  try {
    await mkdir(path);
    return 'created';
  } catch (error) {
    if (isAbsent(error)) return 'no parent';
    // For a folder that exists, some systems report another code than EEXIST, for example at the root of a drive.
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return 'exists';
    throw writeError(wanted, error);
  }
}

/**
 * Refuses a device, a pipe or a socket as the target of a file: renaming a file to that name would remove it.
 *
 * @throws RefusedFile: when there is something else than a file or a folder at `path`.
 */
export async function expectReplaceable(path: string): Promise<void> {
  // Where the state is unknown, renaming reports the reason.
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isFile() || found.isDirectory()) return;
  throw new RefusedFile(`it is ${kindOf(found)}; choose another name`);
}

/** Returns whether the error is about a file: the system reported it, as when a disk is full, or it is not a regular file. */
export function isOfSystem(error: unknown): boolean {
  return error instanceof RefusedFile || (error instanceof Error && 'syscall' in error);
}

/** Writes all of `bytes` at byte `position` of an open file. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

/**
 * Writes rows one after another from byte `position` of an open file. The rows come side by side, in pieces [rows, n].
 */
export async function writeRowsAt(
  file: FileHandle,
  position: number,
  { rows, rowBytes }: { readonly rows: number; readonly rowBytes: number },
  pieces: Iterable<ArrayBufferView> | AsyncIterable<ArrayBufferView>,
): Promise<void> {
  let done = 0;
  for await (const { buffer, byteOffset, byteLength } of pieces) {
    const own = byteLength / rows;
    for (let row = 0; row < rows; row++) {
      const part = new Uint8Array(buffer, byteOffset + row * own, own);
      await writeAt(file, part, position + row * rowBytes + done);
    }
    done += own;
  }
}

/**
 * Flushes the file names in a folder to the disk, so that they survive a power failure.
 *
 * @throws PqrstError ERR_WRITE: when the folder cannot be flushed.
 */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file. It records file names in a journal.
  if (process.platform === 'win32') return;
  try {
    const handle = await openFolder(folder);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    // Some network file systems reject this call and store file names without it.
    if (['EINVAL', 'ENOTSUP', 'ENOSYS'].includes((cause as NodeJS.ErrnoException).code ?? '')) return;
    throw writeError(folder, cause);
  }
}

/** Returns whether a file system call failed because the file or folder does not exist (ENOENT). */
export function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

/**
 * Returns whether there is a file or folder at `path`.
 *
 * @throws PqrstError ERR_NOT_FOUND: when this cannot be known, for example because a folder is not readable.
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw new PqrstError('ERR_NOT_FOUND', `could not read ${path}: ${systemReason(cause)}`, { cause });
  }
}

/** Returns an ERR_WRITE error that explains the system's error code in words. */
export function writeError(path: string, cause: unknown): PqrstError {
  return new PqrstError('ERR_WRITE', `could not write ${path}: ${systemReason(cause, 'writing')}`, { cause });
}

/**
 * Returns the absolute path of `name` inside `folder`.
 * A path that does not exist yet is checked by its nearest existing parent folder.
 *
 * @param folder - the folder that the path must not leave.
 * @param name - a relative path.
 * @returns the absolute path. Links in `folder` itself are not followed in it.
 * @example
 * ```js
 * import { resolveInside } from 'pqrst/queue';
 *
 * console.log(await resolveInside('.', 'corpora/first'));
 * ```
 * @throws PqrstError ERR_PATH_OUTSIDE: when `name` leaves the folder by `..`, is an absolute path, or passes through a
 *   link that leads outside or to a missing target.
 */
export async function resolveInside(folder: string, name: string): Promise<string> {
  const root = resolve(folder);
  const target = resolve(root, name);
  const outside = () =>
    new PqrstError(
      'ERR_PATH_OUTSIDE',
      `"${name}" points outside its folder ${folder}; only files inside that folder are opened`,
    );
  if (isAbsolute(name) || !isInside(root, target)) throw outside();
  for (let path = target; path !== root; path = dirname(path)) {
    try {
      const [realFolder, realPath] = await Promise.all([realpath(root), realpath(path)]);
      if (!isInside(realFolder, realPath)) throw outside();
      return target;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      if (await isLink(path)) throw outside();
    }
  }
  return target;
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Returns whether the absolute path `target` is `folder` or below it. */
export function isInside(folder: string, target: string): boolean {
  const path = relative(folder, target);
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** The size and the hash of a file. */
export interface FileHash {
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** SHA-256 as 64 hexadecimal digits. */
  readonly sha256: string;
}

/** The options of `hashFile`. */
export interface HashOptions {
  /** Aborts the reading. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of bytes read so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Returns the size and SHA-256 of the file `path`. Rejects with a RefusedFile, with the file
 * system's error or with `signal.reason`.
 */
export async function hashFile(path: string, options: HashOptions = {}): Promise<FileHash> {
  const hash = createHash('sha256');
  const { file, found } = await openFile(path);
  const { size } = found;
  let bytes = 0;
  try {
    const chunk = Math.min(readChunk, size + 1);
    const [first, second] = [Buffer.allocUnsafe(chunk), Buffer.allocUnsafe(chunk)];
    const read = async (into: Buffer) => ({ into, got: (await file.read(into)).bytesRead });
    let coming = read(first);
    for (;;) {
      const { into, got } = await coming;
      if (got === 0) break;
      options.signal?.throwIfAborted();
      bytes += got;
      if (bytes > size)
        throw new RefusedFile('it grew while it was read; wait until no program writes to it');
      options.onBytes?.(bytes);
      // Hash this chunk while the next one is being read.
      coming = read(into === first ? second : first);
      hash.update(into.subarray(0, got));
    }
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}
