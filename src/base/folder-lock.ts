// Locks a folder, so that only one process works in it at a time. Two experiments in one folder would train everything
// twice and delete each other's trials; two downloads would write into each other's files.
// The lock is a file that names its process. A killed process leaves the file behind, so the lock holds only while that
// process is alive. A process of another machine cannot be checked, so its lock is ignored: do not rely on this lock
// for a folder that several machines share.

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PqrstError } from './errors.js';
import { isAbsent, writeError } from './files.js';
import { fileLimits, readText } from './open-file.js';

export const heldName = 'held';
/**
 * Locks of this process. The process id in a lock file does not prove that the lock is ours, because a killed process
 * may have had the same id.
 */
const own = new Set<string>();
/** A lock file may stay empty for `maxWaits` intervals of this length. After that, its creator is assumed dead. */
const waitMs = 50;
const maxWaits = 10;

/**
 * Locks `folder` by writing the lock file `name` into it. Returns a function that releases the lock.
 *
 * @throws PqrstError ERR_WRITE: when another live process holds the lock, or the folder is not writable.
 */
export async function holdFolder(folder: string, name = heldName): Promise<() => Promise<void>> {
  const path = resolve(join(folder, name));
  const refusal = (holder: number) =>
    new PqrstError(
      'ERR_WRITE',
      `process ${holder} is at work in ${folder}; wait until it ends, or delete ${path} if that process does something else`,
    );
  if (own.has(path)) throw refusal(process.pid);
  own.add(path);
  try {
    await mkdir(folder, { recursive: true });
    while (!(await create(path))) {
      const text = await textOf(path);
      if (text === undefined) continue;
      const holder = holderOf(text);
      if (holder !== undefined) throw refusal(holder);
      await takeAway(path, text);
    }
  } catch (error) {
    own.delete(path);
    throw error instanceof PqrstError ? error : writeError(path, error);
  }
  return async () => {
    await rm(path, { force: true });
    own.delete(path);
  };
}

/** Creates the lock file; returns false if it already exists. */
async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid} ${hostname()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Returns the text of the lock file, or undefined if it no longer exists. A new file is empty for a short moment. */
async function textOf(path: string): Promise<string | undefined> {
  for (let waits = 0; ; waits++) {
    try {
      const text = await readText(path, fileLimits.lock);
      if (text !== '' || waits === maxWaits) return text;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
    await setTimeout(waitMs);
  }
}

/**
 * Removes the lock file if it still contains `text`. If another process has locked the folder since, keeps its file.
 */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await rename(path, aside);
    if ((await readText(aside, fileLimits.lock)) === text) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** Returns the id of the process named in the lock file, if that process is alive on this machine. */
function holderOf(text: string): number | undefined {
  const [number = '', host] = text.trim().split(' ');
  const pid = Number(number);
  if (host !== hostname() || !Number.isInteger(pid) || pid < 1 || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process is alive and belongs to another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return pid;
}
