// Reading a file that somebody else wrote: whole, size-capped, with a sentence where it cannot be read.

import { readFile, stat } from 'node:fs/promises';
import { PqrstError } from '../base/errors.js';
import { resolveInside } from '../base/files.js';

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file; check the path',
  ENOTDIR: 'a part of the path is a file, not a folder; check the path',
  EACCES: 'permission denied; make it readable',
  ELOOP: 'its links go round in circles; replace the link by a file',
};

/**
 * The bytes of `path`; `what` names it in the sentence ("the header", "the signal file").
 * Errors: ERR_NOT_FOUND where it cannot be read; `tooLarge()` where it holds more than `maxBytes`.
 */
export async function readInput(
  path: string,
  what: string,
  maxBytes: number,
  tooLarge: (bytes: number) => PqrstError,
): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (!found.isFile()) {
      throw new PqrstError(
        'ERR_NOT_FOUND',
        `could not read ${what} ${path}: it is a folder or a device; name a file`,
      );
    }
    const { size } = found;
    if (size > maxBytes) throw tooLarge(size);
    return await readFile(path);
  } catch (cause) {
    throw cause instanceof PqrstError ? cause : unreadable(path, what, cause);
  }
}

/** `name` under `folder` for a name that came out of a file; ERR_PATH_OUTSIDE, or ERR_NOT_FOUND for a broken path. */
export async function inputPath(folder: string, name: string, what: string): Promise<string> {
  try {
    return await resolveInside(folder, name);
  } catch (cause) {
    throw cause instanceof PqrstError ? cause : unreadable(name, what, cause);
  }
}

/** ERR_NOT_FOUND with the system's reason in words. */
export function unreadable(path: string, what: string, cause: unknown): PqrstError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = (code !== undefined && reasons[code]) || message;
  return new PqrstError('ERR_NOT_FOUND', `could not read ${what} ${path}: ${reason}`, { cause });
}
