// Finds the data sets that a user names: `KIND:DIR`, several with commas, or folders whose kind is recognized by the
// names in them. Opens no file.

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { unreadable } from '../codecs/input.js';
import type { DatasetKind } from './kind.js';
import { datasetKinds } from './kinds.js';
import { splitDatasetRefs } from './refs.js';

/** How many folders within a folder are looked into where the folder is not a data set itself. */
const mostWithin = 200;

/** A data set that a user named. */
export interface FoundDataset {
  /** `KIND:DIR`. */
  readonly source: string;
  /** Other kinds that its folder may be; empty where the user named the kind. */
  readonly alsoLike: readonly string[];
}

/**
 * Finds the data sets in `text`. Folder names may contain commas if the folder exists. A kind that the user names is not
 * checked here; `openDataset` does that.
 *
 * @example
 * ```js
 * import { writeCorpus } from 'pqrst/corpus';
 * import { findDatasets } from 'pqrst/records';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 20, classes: { normal: 1, af: 1 }, fsHz: 250 });
 * console.log(await findDatasets('corpus')); // [{ source: 'corpus:corpus', alsoLike: [] }]
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when a folder does not exist. ERR_OPTION, ERR_DATA_EMPTY: when a folder without a
 *   kind is of no known kind, or empty.
 */
export async function findDatasets(text: string): Promise<FoundDataset[]> {
  const found: FoundDataset[] = [];
  for (const chunk of splitDatasetRefs(text)) {
    if (/^[\w-]{2,}:/.test(chunk)) {
      found.push({ source: chunk, alsoLike: [] });
      continue;
    }
    for (const folder of (await isFolder(chunk)) ? [chunk] : chunk.split(',').map((word) => word.trim())) {
      found.push(await recognize(folder));
    }
  }
  return found;
}

async function recognize(folder: string): Promise<FoundDataset> {
  const entries = await entriesOf(folder);
  if (entries.length === 0) {
    throw new PqrstError('ERR_DATA_EMPTY', `the folder ${folder} is empty; name one that holds records`);
  }
  const [kind, ...others] = kindsOf(entries);
  const within = kind?.ownsSubfolders ? [] : await foundWithin(folder, entries);
  // A folder of downloads contains folders named as sources, and so do some releases; but each download is a data set.
  const isOfSeveral = within.some((one) => kind !== undefined && one.kind !== kind);
  if (kind !== undefined && !isOfSeveral) {
    return { source: `${kind.kind}:${folder}`, alsoLike: others.map((one) => one.kind) };
  }
  const known = datasetKinds.map((one) => `\n  ${one.kind.padEnd(9)}${one.about}`);
  const sources = within.map((one) => `${one.kind.kind}:${one.path}`);
  const problem =
    within.length > 0
      ? `is not a data set itself; within it there ${within.length === 1 ? 'is' : 'are'} ${sources.join(', ')}`
      : `does not look like a known data set; write KIND:DIR. The kinds are:${known.join('')}`;
  throw new PqrstError('ERR_OPTION', `the folder ${folder} ${problem}`);
}

/** The kinds that recognize a folder with these entries, the most particular first. */
function kindsOf(entries: readonly Dirent[]): DatasetKind[] {
  const names = new Set(entries.map(({ name }) => name));
  return datasetKinds.filter((kind) => kind.recognizes(names));
}

interface Within {
  readonly kind: DatasetKind;
  readonly path: string;
}

/** The folders in `folder` that are data sets themselves. */
async function foundWithin(folder: string, entries: readonly Dirent[]): Promise<Within[]> {
  const found: Within[] = [];
  for (const entry of entries.filter((one) => !one.isFile()).slice(0, mostWithin)) {
    const path = join(folder, entry.name);
    if (!(await isFolder(path))) continue;
    const [kind] = kindsOf(await entriesOf(path));
    if (kind !== undefined) found.push({ kind, path });
  }
  return found;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw unreadable(folder, 'the data set', cause);
  }
}

/** Also true of a link to a folder; false where nothing exists. */
async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
