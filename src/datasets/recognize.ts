// Finds the data sets that a user names: `KIND:DIR`, or a folder whose kind is recognized by the names in it. Several
// are separated by commas. Opens no file.

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { unreadable } from '../codecs/input.js';
import { isRemote, localPath } from '../store/address.js';
import { withFetchAdvice } from './fetch-advice.js';
import type { DatasetKind } from './kind.js';
import { datasetKinds, recognizedKinds } from './kinds.js';
import { splitDatasetRefs } from './refs.js';

/** If a folder is not a data set itself, at most this many folders in it are examined. */
const mostWithin = 200;

/** A data set that a user named. */
export interface FoundDataset {
  /** `KIND:DIR`. */
  readonly source: string;
  /** Other kinds that its folder may be; empty if the user named the kind. */
  readonly alsoLike: readonly string[];
}

/**
 * Finds the data sets in `text`. The name of an existing folder may contain commas. A kind that the user names is not
 * checked here; `openDataset` checks it.
 *
 * @param text - folders, `s3://` addresses of corpora, or data sets as `KIND:DIR`; several are separated by commas.
 * @example
 * ```js
 * import { writeCorpus } from 'pqrst/corpus';
 * import { findDatasets } from 'pqrst/records';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 20, classes: { normal: 1, af: 1 }, fsHz: 250 });
 * console.log(await findDatasets('corpus')); // [{ source: 'corpus:corpus', alsoLike: [] }]
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when a folder does not exist.
 * @throws PqrstError ERR_OPTION: when the kind of a folder cannot be recognized.
 * @throws PqrstError ERR_DATA_EMPTY: when a folder is empty.
 */
export async function findDatasets(text: string): Promise<FoundDataset[]> {
  const found: FoundDataset[] = [];
  for (const chunk of splitDatasetRefs(text)) {
    if (isRemote(chunk) || /^file:/i.test(chunk)) {
      // Only a corpus is read from a bucket.
      found.push(
        isRemote(chunk) ? { source: `corpus:${chunk}`, alsoLike: [] } : await recognize(localPath(chunk)),
      );
      continue;
    }
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
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `the folder ${folder} is empty; name a folder that contains records`,
    );
  }
  const [kind, ...others] = kindsOf(entries);
  const within = kind?.ownsSubfolders ? [] : await foundWithin(folder, entries);
  // Some releases contain folders that are named like sources, and so does a folder of several downloads. But each
  // download is a data set of its own.
  const isOfSeveral = within.some((one) => kind !== undefined && one.kind !== kind);
  if (kind !== undefined && !isOfSeveral) {
    return { source: `${kind.kind}:${folder}`, alsoLike: others.map((one) => one.kind) };
  }
  const known = datasetKinds.map((one) => `\n  ${one.kind.padEnd(9)}${one.about}`);
  const sources = within.map((one) => `${one.kind.kind}:${one.path}`);
  const problem =
    within.length > 0
      ? `is not a data set itself; name one that it contains: ${sources.join(', ')}`
      : `does not look like a known data set; write KIND:DIR. The kinds are:${known.join('')}`;
  throw new PqrstError('ERR_OPTION', `the folder ${folder} ${problem}`);
}

function kindsOf(entries: readonly Dirent[]): DatasetKind[] {
  return recognizedKinds(entries.map(({ name }) => name));
}

interface Within {
  readonly kind: DatasetKind;
  readonly path: string;
}

/** Returns the folders in `folder` that are data sets themselves. */
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
    throw withFetchAdvice(unreadable(folder, 'the data set', cause), folder);
  }
}

/** Returns whether `path` is a folder or a link to a folder. */
async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
