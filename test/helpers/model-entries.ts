// The metadata entries of a model file that this package wrote.

import { readFile } from 'node:fs/promises';
import { decodeModelHeader } from '#lib/graph/header.js';

/** Returns the entries as text, without the prefix of their names. Entries without the prefix are left out. */
export async function modelEntries(path: string): Promise<Record<string, string>> {
  const { metadata } = decodeModelHeader(await readFile(path));
  const own = Object.entries(metadata).filter(([name]) => name.startsWith('pqrst.'));
  return Object.fromEntries(own.map(([name, text]) => [name.slice('pqrst.'.length), text]));
}
