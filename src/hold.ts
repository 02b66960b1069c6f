// One process at a time in a folder: two experiments would train everything twice and remove each other's trials, two
// downloads write into each other's files. A file names the process. One that was killed leaves it behind, so it counts
// only while that process lives; of another machine nothing can be known, and the folder is taken. Not a lock for a
// network's file system.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { PqrstError } from './errors.js';
import { writeError } from './files.js';

export const heldName = 'held';
/** By this process: its own number in the file may be that of one that was killed. */
const own = new Set<string>();

/**
 * Writes the file `name` into `folder` and returns what lets the folder go. ERR_WRITE where a living process holds it,
 * or nothing can be written there.
 */
export async function holdFolder(folder: string, name = heldName): Promise<() => Promise<void>> {
  const path = resolve(join(folder, name));
  const refusal = (holder: number) =>
    new PqrstError(
      'ERR_WRITE',
      `process ${holder} is at work in ${folder}; wait for its end, or delete ${path} if that process is of something else`,
    );
  if (own.has(path)) throw refusal(process.pid);
  own.add(path);
  try {
    await mkdir(folder, { recursive: true });
    while (!(await create(path))) {
      const holder = await holderOf(path);
      if (holder !== undefined) throw refusal(holder);
      await rm(path, { force: true });
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

/** False where it is there already. */
async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid} ${hostname()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The living process of this machine that the file names. */
async function holderOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
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
