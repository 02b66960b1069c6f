// Names the command that downloads a data set, for the message that its folder or its table is missing.

import { basename } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { isAbsent } from '../base/files.js';

const rhythms = ['afdb', 'ltafdb', 'nsrdb', 'svdb', 'incartdb', 'icentia11k'];

/** The names of the data sets that `pqrst fetch` downloads, by the kind that reads them. */
export const fetchedNames: Readonly<Record<string, readonly string[]>> = {
  'ptb-xl': ['ptb-xl'],
  mitdb: ['mitdb'],
  rhythm: rhythms,
  ludb: ['ludb'],
  cinc2017: ['cinc2017'],
  cinc2021: ['cinc2021'],
};

/**
 * Returns `error`, with the command that downloads the data set if a file or folder of it does not exist.
 *
 * @param kind - the kind of the data set; undefined if only its folder is named
 */
export function withFetchAdvice(error: unknown, folder: string, kind?: string): unknown {
  if (!(error instanceof PqrstError) || error.code !== 'ERR_NOT_FOUND' || !isAbsent(error.cause))
    return error;
  const own = basename(folder);
  const names = kind === undefined ? Object.values(fetchedNames).flat() : (fetchedNames[kind] ?? []);
  const name =
    names.find((one) => one === own) ?? (kind === undefined || names.length > 1 ? undefined : names[0]);
  if (name === undefined && (kind === undefined || names.length === 0)) return error;
  const command = name === undefined ? `NAME (${names.join(', ')})` : name;
  const message = `${error.message}, or download the data set with pqrst fetch ${command}`;
  return new PqrstError(error.code, message, { cause: error.cause });
}
