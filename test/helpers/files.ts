// Every file below a folder with its hash, to tell whether two folders are the same.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** SHA-256 by path (with `/`), in the order of the paths. */
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
