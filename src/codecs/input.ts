// Reads whole files that the user names, with a size limit and with messages that say why a file cannot be read.

import { readFile, stat } from 'node:fs/promises';
import { PqrstError } from '../base/errors.js';
import { resolveInside } from '../base/files.js';

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file or folder; check the path',
  ENOTDIR: 'a part of the path is a file, not a folder; check the path',
  EACCES: 'permission denied; make it readable',
  ELOOP: 'its links form a circle; replace the link by a file',
};

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
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = (code !== undefined && reasons[code]) || message;
  return new PqrstError('ERR_NOT_FOUND', `could not read ${what} ${path}: ${reason}`, { cause });
}
