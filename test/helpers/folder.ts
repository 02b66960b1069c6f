// Temporary folders for single tests, and the text of an expected PqrstError.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';

/** Makes an empty folder, which is deleted when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pqrst-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a temporary folder with the given files. */
export async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, data] of Object.entries(files)) await writeFile(join(folder, name), data);
  return folder;
}

/** Returns `CODE: message` of the PqrstError with which `work` fails. Throws if `work` succeeds or fails otherwise. */
export async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof PqrstError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('it succeeded where a PqrstError was expected');
}
