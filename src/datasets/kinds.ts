// The kinds of data sets, a file each; a further one is a line here.

import type { DatasetReader } from './kind.js';
import { cinc2017 } from './kinds/cinc2017.js';
import { cinc2021 } from './kinds/cinc2021.js';
import { ludb } from './kinds/ludb.js';
import { mitdb } from './kinds/mitdb.js';
import { npyFolder } from './kinds/npy-folder.js';
import { ptbxl } from './kinds/ptbxl.js';
import { wfdbFolder } from './kinds/wfdb-folder.js';

/** In the order in which a folder is asked what it is: the least particular last. */
export const readers: readonly DatasetReader[] = [
  ptbxl,
  mitdb,
  ludb,
  cinc2017,
  cinc2021,
  npyFolder,
  wfdbFolder,
];

/** The reader of `KIND:DIR`; undefined where there is none of that kind. */
export function readerOf(kind: string): DatasetReader | undefined {
  return readers.find((reader) => reader.kind === kind);
}

/** The reader of what `name` begins with: of a spec, or of a name out of merged sets (`ludb:1`, `ludb2:1`). */
export function readerNamed(name: string): DatasetReader | undefined {
  const [kind = ''] = name.split(':');
  return (
    readerOf(kind) ??
    readers.find((one) => kind.startsWith(one.kind) && /^\d+$/.test(kind.slice(one.kind.length)))
  );
}
