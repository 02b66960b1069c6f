// Finds the WFDB headers of a data set whose records are in folders of any depth.

import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { unreadable } from '../codecs/input.js';

/**
 * Returns the paths of the headers in `folder` at any depth, relative to it and with `/`, sorted by name. Links to
 * folders are not followed.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the folder cannot be read.
 */
export async function headersBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw unreadable(folder, 'the folder', cause);
  });
  return (
    found
      // Archives of macOS contain a file `._NAME` beside each file.
      .filter((one) => one.name.endsWith('.hea') && !one.name.startsWith('._') && !one.isDirectory())
      .map((one) => relative(folder, join(one.parentPath, one.name)).replaceAll(sep, '/'))
      .sort()
  );
}
