// Collects the files that a writer of the project writes, as the valid input of a reader.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Parts } from './target.js';

/** Returns the files that `write` writes into a folder, by their paths in it. */
export async function filesOf(write: (folder: string) => Promise<unknown>): Promise<Parts> {
  const folder = mkdtempSync(join(process.env.PQRST_FUZZ_FOLDER ?? tmpdir(), 'originals-'));
  await write(folder);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  const parts = Object.fromEntries(
    paths.map((path) => [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path)]),
  );
  rmSync(folder, { recursive: true });
  return parts;
}
