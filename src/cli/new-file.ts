// Checks the file that a command writes at its end, before the work.

import { lstat } from 'node:fs/promises';
import { PqrstError } from '../base/errors.js';
import { expectWritable, isAbsent, writeError } from '../base/files.js';

/**
 * Checks that a file can be written, and that none would be overwritten.
 *
 * @throws PqrstError ERR_WRITE: when there is something at `path`, or its folder takes no new file.
 */
export async function expectNewFile(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw writeError(path, error);
  });
  if (found !== undefined) {
    throw new PqrstError(
      'ERR_WRITE',
      `the output ${path} exists already; choose another file, or delete this one first`,
    );
  }
  await expectWritable(path);
}
