// One process at a time in the folder of an experiment: two would train everything twice and remove each other's trials.
// A file `held` names the process. One that was killed leaves it behind, so it counts only while that process lives;
// of another machine nothing can be known, and the folder is taken. Not a lock for a network's file system.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { PqrstError } from '../errors.js';
import { writeError } from '../files.js';

export const heldName = 'held';
/** By this process: its own number in the file may be that of one that was killed. */
const own = new Set<string>();

/** Returns what lets the folder go. ERR_WRITE where a living process holds it, or nothing can be written there. */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  const path = resolve(join(folder, heldName));
  const holder = own.has(path) ? process.pid : await holderOf(path);
  if (holder !== undefined) {
    throw new PqrstError(
      'ERR_WRITE',
      `process ${holder} works on the experiment in ${folder}; wait for its end, or delete ${path} if that process ` +
        'is of something else',
    );
  }
  own.add(path);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path, `${process.pid} ${hostname()}\n`);
  } catch (error) {
    own.delete(path);
    throw writeError(path, error);
  }
  return async () => {
    await rm(path, { force: true });
    own.delete(path);
  };
}

/** The living process of this machine that the file names. */
async function holderOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw writeError(path, error);
  });
  const [number = '', host] = text.trim().split(' ');
  const pid = Number(number);
  if (host !== hostname() || !Number.isInteger(pid) || pid < 1 || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return pid;
}
