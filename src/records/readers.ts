// The kinds of data sets, a file each; a further one is a line here.

import { mitdb } from './mitdb.js';
import { ptbxl } from './ptbxl.js';
import type { DatasetReader } from './reader.js';
import { wfdbFolder } from './wfdb-folder.js';

/** In the order in which a folder is asked what it is: the least particular last. */
export const readers: readonly DatasetReader[] = [ptbxl, mitdb, wfdbFolder];

/** The reader of `KIND:DIR`; undefined where there is none of that kind. */
export function readerOf(kind: string): DatasetReader | undefined {
  return readers.find((reader) => reader.kind === kind);
}
