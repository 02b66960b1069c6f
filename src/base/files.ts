// Files that are whole or not there: a write goes to a temporary name beside its target, is flushed, then renamed. Paths
// that stay inside a folder, and the hash of a file.

import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { PqrstError } from './errors.js';

const readChunk = 2 ** 20;

/**
 * Writes `data` (pieces one after the other) under `path` atomically; ERR_WRITE (a full disk, no permission) and an
 * abort, which throws `signal.reason`, leave no partial file.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
      for (const piece of pieces) await file.writeFile(piece, { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    // Whether or not anything was there to remove, the first failure is the one to tell.
    await Promise.allSettled([rm(temporary, { force: true })]);
    signal?.throwIfAborted();
    throw writeError(path, cause);
  }
}

/** Flushes the names in a folder to the disk, so that a power cut forgets none. ERR_WRITE. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder, and keeps its names in a journal.
  if (process.platform === 'win32') return;
  try {
    const handle = await open(folder);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    // Some network file systems flush no folder, and say so; they keep names by themselves.
    if (['EINVAL', 'ENOTSUP', 'ENOSYS'].includes((cause as NodeJS.ErrnoException).code ?? '')) return;
    throw writeError(folder, cause);
  }
}

/** Returns whether a file system call failed because the file or folder does not exist (ENOENT). */
export function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

/** ERR_WRITE with the system's reason in words. */
export function writeError(path: string, cause: unknown): PqrstError {
  const code = (cause as NodeJS.ErrnoException).code;
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full; free some space and run the command again',
    EACCES: 'permission denied; choose a folder that you may write to',
    EROFS: 'the file system is read-only; choose another folder',
    ENOTDIR: 'a part of the path is a file, not a folder; choose another folder',
    EISDIR: 'a folder of that name is in the way; choose another name',
  };
  const reason = (code !== undefined && reasons[code]) || (cause as Error).message;
  return new PqrstError('ERR_WRITE', `could not write ${path}: ${reason}`, { cause });
}

/**
 * `name` resolved under `folder`; ERR_PATH_OUTSIDE where it points elsewhere, by `..`, an absolute path or a link, also
 * one to what is not there. What does not exist yet is judged by the nearest folder that does.
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

function isInside(folder: string, target: string): boolean {
  const path = relative(folder, target);
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

export interface FileHash {
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

export interface HashOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** The hash of the file `path`. Rejects as the file system does, and with `signal.reason`. */
export async function hashFile(path: string, options: HashOptions = {}): Promise<FileHash> {
  const hash = createHash('sha256');
  const file = await open(path);
  let bytes = 0;
  try {
    const { size } = await file.stat();
    const chunk = Math.min(readChunk, size + 1);
    const [first, second] = [Buffer.allocUnsafe(chunk), Buffer.allocUnsafe(chunk)];
    const read = async (into: Buffer) => ({ into, got: (await file.read(into)).bytesRead });
    let coming = read(first);
    for (;;) {
      const { into, got } = await coming;
      if (got === 0) break;
      options.signal?.throwIfAborted();
      bytes += got;
      options.onBytes?.(bytes);
      // Hashed while the next chunk is read.
      coming = read(into === first ? second : first);
      hash.update(into.subarray(0, got));
    }
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}
