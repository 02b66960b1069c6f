// One process at a time in a folder: two experiments would train everything twice and remove each other's trials, two
// downloads write into each other's files. A file names the process. One that was killed leaves it behind, so it counts
// only while that process lives; of another machine nothing can be known, and the folder is taken. Not a lock for a
// network's file system.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PqrstError } from './errors.js';
import { isAbsent, writeError } from './files.js';

export const heldName = 'held';
/** By this process: its own number in the file may be that of one that was killed. */
const own = new Set<string>();
/** So long a file may say nothing yet: then whoever made it was killed. */
const waitMs = 50;
const mostWaits = 10;

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

/** What the file says; undefined where it is gone. It is there a moment before it says anything. */
async function textOf(path: string): Promise<string | undefined> {
  for (let waits = 0; ; waits++) {
    try {
      const text = await readFile(path, 'utf8');
      if (text !== '' || waits === mostWaits) return text;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
    await setTimeout(waitMs);
  }
}

/** Removes the file that still says `text`. Where another process took the folder meanwhile, its file is put back. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) === text) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** The living process of this machine that the file names. */
function holderOf(text: string): number | undefined {
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
