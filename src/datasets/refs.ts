// References to data sets, `KIND:DIR`, several with commas: how they are split and parsed, and the names that merged
// data sets take.

import { stat } from 'node:fs/promises';
import { PqrstError, suggest } from '../base/errors.js';
import { unreadable } from '../codecs/input.js';
import type { DatasetKind } from './kind.js';
import { datasetKinds } from './kinds.js';

/** A data set by its kind and folder. */
export interface DatasetRef {
  readonly kind: DatasetKind;
  readonly folder: string;
}

/** Splits `KIND:DIR,KIND:DIR`. A comma separates only where a kind follows, because folders may have commas in their names. */
export function splitDatasetRefs(text: string): string[] {
  return text.split(/,\s*(?=[\w-]{2,}:)/);
}

/** Returns the two parts of `KIND:DIR`, unchecked; `folder` is empty where there is no colon. */
export function refParts(ref: string): { readonly kind: string; readonly folder: string } {
  const colon = ref.indexOf(':');
  return colon < 0 ? { kind: ref, folder: '' } : { kind: ref.slice(0, colon), folder: ref.slice(colon + 1) };
}

/**
 * Parses one `KIND:DIR`.
 *
 * @throws PqrstError ERR_OPTION: when the kind is unknown or no folder is named.
 */
export function parseDatasetRef(ref: string): DatasetRef {
  const { kind: word, folder } = refParts(ref);
  const kind = datasetKinds.find((known) => known.kind === word);
  if (kind === undefined) {
    const words = datasetKinds.map((known) => known.kind);
    const problem = ref.includes(':')
      ? `unknown data-set kind "${word}" in "${ref}"${suggest(word, words)}`
      : `the data set "${ref}" has no kind; write KIND:DIR with one of the kinds ${words.join(', ')}`;
    throw new PqrstError('ERR_OPTION', problem);
  }
  if (folder === '') {
    throw new PqrstError('ERR_OPTION', `data set "${ref}" names no folder; write ${word}:DIR`);
  }
  return { kind, folder };
}

/** Parses several references, each of which may itself hold several with commas. Errors as `parseDatasetRef`. */
export function parseDatasetRefs(refs: readonly string[]): DatasetRef[] {
  return refs.flatMap(splitDatasetRefs).map(parseDatasetRef);
}

/**
 * Returns the name of each data set among all of them (`WindowOrigin.dataset`): the kind, with a number where the kind
 * occurs more than once. A single data set needs no name and gets an empty one.
 */
export function datasetNames(refs: readonly DatasetRef[]): string[] {
  if (refs.length === 1) return [''];
  const seen = new Map<string, number>();
  return refs.map(({ kind: { kind } }) => {
    const number = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, number);
    return refs.filter((ref) => ref.kind.kind === kind).length > 1 ? `${kind}${number}` : kind;
  });
}

/**
 * Checks that a data set's folder exists.
 *
 * @throws PqrstError ERR_NOT_FOUND: when it does not exist or is a file.
 */
export async function expectFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((cause) => {
    throw unreadable(folder, 'the data set', cause);
  });
  if (!found.isDirectory()) {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `data set ${folder} is a file; name the folder that holds its records`,
    );
  }
}
