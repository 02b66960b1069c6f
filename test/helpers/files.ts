// Hashes the files of a folder, so that a test can compare two folders.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Returns the SHA-256 of each file below `folder` by its relative path (with `/`), in the order of the paths. */
export async function hashesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hashes: Record<string, string> = {};
  for (const file of files.sort()) {
    const hash = createHash('sha256').update(await readFile(file));
    hashes[relative(folder, file).replaceAll('\\', '/')] = hash.digest('hex');
  }
  return hashes;
}
