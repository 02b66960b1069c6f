// A temporary folder of this process, for files on their way to or from a store. A killed process leaves its folder
// behind; the next process of this machine removes it.

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdFolder } from '../base/folder-lock.js';

const namePattern = /^pqrst-store-/;
/** A younger folder may be without its lock, because its process has just made it. */
const youngMs = 60_000;

/** A temporary folder, and the function that removes it. */
export interface Scratch {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Makes a temporary folder in that of the system (TMPDIR), and removes those that killed processes left there.
 *
 * @throws PqrstError ERR_WRITE: when the folder cannot be made.
 */
export async function makeScratch(): Promise<Scratch> {
  await removeLeftovers();
  const outer = await mkdtemp(join(tmpdir(), 'pqrst-store-'));
  const release = await holdFolder(outer);
  return {
    folder: outer,
    async remove() {
      await release();
      await rm(outer, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!namePattern.test(name)) continue;
    const folder = join(tmpdir(), name);
    // A folder of another user, of a running process, or one that another process removes now, stays as it is.
    await removeEnded(folder).catch(() => undefined);
  }
}

/** Removes the folder if its process has ended; holding it fails otherwise. */
async function removeEnded(folder: string): Promise<void> {
  if (Date.now() - (await stat(folder)).mtimeMs < youngMs) return;
  await holdFolder(folder);
  await rm(folder, { recursive: true, force: true });
}
