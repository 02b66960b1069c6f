// The folders that the parts of a worker may read and write. A job names files; a worker opens no others.

import { relative, resolve } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { isInside, resolveInside } from '../base/files.js';

/**
 * Checks that a path of a job is inside one of the worker's folders, also through links.
 *
 * @throws PqrstError ERR_PATH_OUTSIDE: when it is not.
 */
export async function expectInRoots(path: string, roots: readonly string[]): Promise<void> {
  const target = resolve(path);
  const root = roots.map((one) => resolve(one)).find((one) => isInside(one, target));
  if (root === undefined) {
    throw new PqrstError(
      'ERR_PATH_OUTSIDE',
      `the job names ${path}, which is outside the folders of this worker (${roots.join(', ')}); start the worker with --root and its folder`,
    );
  }
  await resolveInside(root, relative(root, target));
}
