// Which data sets a person means: `KIND:DIR`, several by commas, or bare folders that a reader recognizes by the names
// in them. Opens no file.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrstError } from '../errors.js';
import { unreadable } from './input.js';
import { readers } from './readers.js';

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
  for (const chunk of text.split(/,\s*(?=[\w-]{2,}:)/)) {
    if (/^[\w-]{2,}:/.test(chunk)) {
      found.push({ spec: chunk, alsoLike: [] });
      continue;
    }
    const isOne = await stat(chunk).then(
      () => true,
      () => false,
    );
    for (const folder of isOne ? [chunk] : chunk.split(',').map((word) => word.trim())) {
      found.push(await recognize(folder));
    }
  }
  return found;
}

async function recognize(folder: string): Promise<DatasetSpec> {
  const names = await namesIn(folder);
  if (names.size === 0) {
    throw new PqrstError('ERR_DATA_EMPTY', `the folder ${folder} is empty; name one that holds records`);
  }
  const [kind, ...alsoLike] = kindsOf(names);
  if (kind !== undefined) return { spec: `${kind}:${folder}`, alsoLike };
  const within = await kindsWithin(folder, names);
  const known = datasetKinds().map((one) => `\n  ${one.kind.padEnd(9)}${one.about}`);
  const hint =
    within.length > 0
      ? `; within it there ${within.length === 1 ? 'is' : 'are'} ${within.join(', ')}`
      : `; write KIND:DIR. The kinds are:${known.join('')}`;
  throw new PqrstError('ERR_OPTION', `the folder ${folder} looks like no data set that is known${hint}`);
}

/** Of a corpus, whatever its format makes it look like besides, its manifest says more. */
function kindsOf(names: ReadonlySet<string>): string[] {
  const kinds = readers.filter((reader) => reader.recognizes(names)).map(({ kind }) => kind);
  return names.has('manifest.json') ? ['corpus', ...kinds] : kinds;
}

async function kindsWithin(folder: string, names: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  for (const name of [...names].sort().slice(0, mostWithin)) {
    const path = join(folder, name);
    if (!(await stat(path)).isDirectory()) continue;
    const [kind] = kindsOf(await namesIn(path));
    if (kind !== undefined) found.push(`${kind}:${path}`);
  }
  return found;
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (cause) {
    throw unreadable(folder, 'the data set', cause);
  }
}
