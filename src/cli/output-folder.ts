// An output folder that is whole or not there: work goes into a hidden sibling, which takes the name at the end.
// An interruption or a full disk leaves the name free and the sibling removed.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PqrstError } from '../errors.js';
import { writeError } from '../files.js';

/** Runs `fill` on a temporary folder and renames it to `folder`, which must be empty or not exist (ERR_WRITE). */
export async function withOutputFolder<T>(
  folder: string,
  signal: AbortSignal,
  fill: (temporary: string) => Promise<T>,
): Promise<T> {
  const target = resolve(folder);
  const existed = await refuseNonEmpty(target);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    const result = await fill(temporary);
    signal.throwIfAborted();
    if (existed) await rmdir(target);
    await rename(temporary, target);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof PqrstError || signal.aborted || !isSystemError(error)) throw error;
    throw writeError(folder, error);
  }
}

async function refuseNonEmpty(folder: string): Promise<boolean> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw writeError(folder, error);
  }
  if (names.length > 0) {
    throw new PqrstError(
      'ERR_WRITE',
      `the output folder ${folder} is not empty (it holds ${names[0]}); choose another or delete it first`,
    );
  }
  return true;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
