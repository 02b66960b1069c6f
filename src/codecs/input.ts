// Reads whole files that the user names, with a size limit and with messages that say why a file cannot be read.

import { PqrstError } from '../base/errors.js';
import { resolveInside } from '../base/files.js';
import { readBytes } from '../base/open-file.js';
import { RefusedFile, systemReason } from '../base/system-reason.js';

/**
 * Reads the bytes of the file `path`. `what` names it in messages ("the header", "the signal file").
 *
 * @param tooLarge - returns the error that is thrown when the file has more than `maxBytes` bytes.
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 */
export async function readInput(
  path: string,
  what: string,
  maxBytes: number,
  tooLarge: (bytes: number) => PqrstError,
): Promise<Buffer> {
  try {
    return await readBytes(path, maxBytes);
  } catch (cause) {
    if (cause instanceof RefusedFile && cause.bytes !== undefined) throw tooLarge(cause.bytes);
    throw unreadable(path, what, cause);
  }
}

/**
 * Returns the path of `name` inside `folder`, for a name that was read from a file.
 *
 * @throws PqrstError ERR_PATH_OUTSIDE: when the name leads outside the folder.
 * @throws PqrstError ERR_NOT_FOUND: when the path cannot be resolved.
 */
export async function inputPath(folder: string, name: string, what: string): Promise<string> {
  try {
    return await resolveInside(folder, name);
  } catch (cause) {
    throw cause instanceof PqrstError ? cause : unreadable(name, what, cause);
  }
}

/** Returns an ERR_NOT_FOUND error that explains the system's error code in words. */
export function unreadable(path: string, what: string, cause: unknown): PqrstError {
  return new PqrstError('ERR_NOT_FOUND', `could not read ${what} ${path}: ${systemReason(cause)}`, { cause });
}
