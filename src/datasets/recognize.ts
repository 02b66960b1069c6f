// Which data sets a person means: `KIND:DIR`, several by commas, or bare folders that a reader recognizes by the names
// in them. Opens no file.

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { unreadable } from '../codecs/input.js';
import { readers } from './kinds.js';
import { splitSpecs } from './specs.js';

const corpusAbout = 'what pqrst synth writes: manifest.json with records in shards';
/** Folders within a folder that are asked where it is nothing itself. */
const mostWithin = 200;

export interface DatasetSpec {
  /** `KIND:DIR`. */
  readonly spec: string;
  /** Other kinds that its folder may be; empty where the kind was named. */
  readonly alsoLike: readonly string[];
}

/** Kind and what it is of every reader, and of corpora. */
export function datasetKinds(): { readonly kind: string; readonly about: string }[] {
  return [...readers.map(({ kind, about }) => ({ kind, about })), { kind: 'corpus', about: corpusAbout }];
}

/**
 * The data sets in `text`. A comma may stand in the name of a folder that is there. Whether a named kind is one is left to
 * who opens it. ERR_NOT_FOUND; ERR_OPTION, ERR_DATA_EMPTY where a bare folder is of no kind or empty.
 */
export async function findDatasets(text: string): Promise<DatasetSpec[]> {
  const found: DatasetSpec[] = [];
  for (const chunk of splitSpecs(text)) {
    if (/^[\w-]{2,}:/.test(chunk)) {
      found.push({ spec: chunk, alsoLike: [] });
      continue;
    }
    for (const folder of (await isFolder(chunk)) ? [chunk] : chunk.split(',').map((word) => word.trim())) {
      found.push(await recognize(folder));
    }
  }
  return found;
}

async function recognize(folder: string): Promise<DatasetSpec> {
  const entries = await entriesOf(folder);
  if (entries.length === 0) {
    throw new PqrstError('ERR_DATA_EMPTY', `the folder ${folder} is empty; name one that holds records`);
  }
  const [kind, ...alsoLike] = kindsOf(entries);
  if (kind === 'corpus') return { spec: `${kind}:${folder}`, alsoLike };
  const within = await specsWithin(folder, entries);
  // A folder of downloads has the names of sources in it, as some releases have; but each is a data set of its own.
  const isOfSeveral = within.some((spec) => kind !== undefined && !spec.startsWith(`${kind}:`));
  if (kind !== undefined && !isOfSeveral) return { spec: `${kind}:${folder}`, alsoLike };
  const known = datasetKinds().map((one) => `\n  ${one.kind.padEnd(9)}${one.about}`);
  const problem =
    within.length > 0
      ? `is no data set itself; within it there ${within.length === 1 ? 'is' : 'are'} ${within.join(', ')}`
      : `looks like no data set that is known; write KIND:DIR. The kinds are:${known.join('')}`;
  throw new PqrstError('ERR_OPTION', `the folder ${folder} ${problem}`);
}

/** Of a corpus, whatever its format makes it look like besides, its manifest says more. */
function kindsOf(entries: readonly Dirent[]): string[] {
  const names = new Set(entries.map(({ name }) => name));
  const kinds = readers.filter((reader) => reader.recognizes(names)).map(({ kind }) => kind);
  return names.has('manifest.json') ? ['corpus', ...kinds] : kinds;
}

/** `KIND:DIR` of the folders in `folder` that are data sets themselves. */
async function specsWithin(folder: string, entries: readonly Dirent[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of entries.filter((one) => !one.isFile()).slice(0, mostWithin)) {
    const path = join(folder, entry.name);
    if (!(await isFolder(path))) continue;
    const [kind] = kindsOf(await entriesOf(path));
    if (kind !== undefined) found.push(`${kind}:${path}`);
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

/** Also by a link; false where there is nothing. */
async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
