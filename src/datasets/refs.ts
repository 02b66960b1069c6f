// Splits and parses references to data sets (`KIND:DIR`, several separated by commas), and names merged data sets.

import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PqrstError, suggest } from '../base/errors.js';
import { unreadable } from '../codecs/input.js';
import { isRemote, localPath } from '../store/address.js';
import { withFetchAdvice } from './fetch-advice.js';
import type { DatasetKind } from './kind.js';
import { datasetKinds, recognizedKinds } from './kinds.js';

/** A data set by its kind and folder. */
export interface DatasetRef {
  readonly kind: DatasetKind;
  readonly folder: string;
}

/** Splits `KIND:DIR,KIND:DIR` at the commas that a kind follows. Other commas belong to the names of folders. */
export function splitDatasetRefs(text: string): string[] {
  return text.split(/,\s*(?=[\w-]{2,}:)/);
}

/** Returns the two parts of `KIND:DIR`, unchecked; `folder` is empty if there is no colon. */
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
  const { kind: word, folder: place } = refParts(ref);
  if (isRemote(ref)) {
    throw new PqrstError('ERR_OPTION', `the data set "${ref}" has no kind; did you mean corpus:${ref}?`);
  }
  const kind = datasetKinds.find((known) => known.kind === word);
  if (kind === undefined) {
    const words = datasetKinds.map((known) => known.kind);
    const problem = ref.includes(':')
      ? `unknown data-set kind "${word}" in "${ref}"${suggest(word, words)}`
      : `the data set "${ref}" has no kind; ${likelyRef(ref) ?? `write KIND:DIR with one of the kinds ${words.join(', ')}`}`;
    throw new PqrstError('ERR_OPTION', problem);
  }
  if (place === '') {
    throw new PqrstError('ERR_OPTION', `data set "${ref}" names no folder; write ${word}:DIR`);
  }
  if (isRemote(place) && kind.kind !== 'corpus') {
    throw new PqrstError(
      'ERR_OPTION',
      `a data set of the kind ${word} is read from a folder, not from ${place}; copy it to this machine, or write it into the bucket as a corpus`,
    );
  }
  const folder = localPath(place);
  return { kind, folder };
}

/** Returns a question with the likely reference to a folder that is named without its kind, if its files show the kind. */
function likelyRef(folder: string): string | undefined {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined; // The message about the missing kind is thrown in any case.
  }
  const [kind] = recognizedKinds(names);
  return kind && `did you mean ${kind.kind}:${folder}?`;
}

/**
 * Parses references, each of which may consist of several that are separated by commas.
 *
 * @throws PqrstError ERR_OPTION: when a kind is unknown or no folder is named.
 */
export function parseDatasetRefs(refs: readonly string[]): DatasetRef[] {
  return refs.flatMap(splitDatasetRefs).map(parseDatasetRef);
}

/**
 * Returns the names of merged data sets (`WindowOrigin.dataset`): the kind, with a number if the kind occurs more than
 * once. The name of a single data set is empty.
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
 * Checks that a data set's folder exists. Opening a corpus in a bucket reports that it is missing.
 *
 * @param kind - the kind of the data set, for the message
 * @throws PqrstError ERR_NOT_FOUND: when it does not exist or is a file.
 */
export async function expectFolder(folder: string, kind?: string): Promise<void> {
  if (isRemote(folder)) return;
  const found = await stat(folder).catch((cause) => {
    throw withFetchAdvice(unreadable(folder, 'the data set', cause), folder, kind);
  });
  if (!found.isDirectory()) {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `data set ${folder} is a file; name the folder that contains its records`,
    );
  }
}
