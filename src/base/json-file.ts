// Reads and writes JSON files. The caller's parser checks their content when they are read.

import { z } from 'zod';
import { PqrstError } from './errors.js';
import { writeFileAtomic } from './files.js';
import { fileLimits, readText } from './open-file.js';
import { systemReason } from './system-reason.js';

/**
 * Reads a JSON file.
 *
 * @param parse - Checks the value and returns it; an error of its own that has the code ERR_CHECKPOINT is passed on.
 * @param remedy - what the reader can do about a damaged file; the end of the error message.
 * @returns the value, or undefined where the file does not exist.
 * @throws PqrstError ERR_CHECKPOINT: when the file cannot be read, or `parse` refuses its content.
 */
export async function readJson<T>(
  path: string,
  parse: (value: unknown) => T,
  remedy: string,
): Promise<T | undefined> {
  let text: string;
  try {
    text = await readText(path, fileLimits.json);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new PqrstError('ERR_CHECKPOINT', `${path} cannot be read: ${systemReason(cause)}`, { cause });
  }
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof PqrstError && cause.code === 'ERR_CHECKPOINT') throw cause;
    throw new PqrstError('ERR_CHECKPOINT', `${path} is damaged (${reasonOf(cause)}); ${remedy}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return systemReason(cause);
  const places = cause.issues.map(({ path }) => path.join('.') || 'the file');
  return `missing or invalid: ${[...new Set(places)].join(', ')}`;
}

/** Writes `value` as indented JSON, atomically. NaN becomes null. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}
