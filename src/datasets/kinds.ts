// Lists the kinds of data sets. Each has a file of its own. To add a kind, write its file and add it here.

import type { DatasetKind } from './kind.js';
import { chapman } from './kinds/chapman.js';
import { cinc2017 } from './kinds/cinc2017.js';
import { cinc2021 } from './kinds/cinc2021.js';
import { code15 } from './kinds/code15.js';
import { corpus } from './kinds/corpus.js';
import { cpsc2018 } from './kinds/cpsc2018.js';
import { edf } from './kinds/edf.js';
import { ludb } from './kinds/ludb.js';
import { mimic } from './kinds/mimic.js';
import { mitdb } from './kinds/mitdb.js';
import { npyFolder } from './kinds/npy-folder.js';
import { ptbxl } from './kinds/ptbxl.js';
import { rhythm } from './kinds/rhythm.js';
import { wfdbFolder } from './kinds/wfdb-folder.js';

/** All kinds, the most specific first. A folder is compared with them in this order. */
export const datasetKinds: readonly DatasetKind[] = [
  corpus,
  ptbxl,
  mitdb,
  ludb,
  cinc2017,
  cpsc2018,
  cinc2021,
  code15,
  chapman,
  mimic,
  rhythm,
  npyFolder,
  edf,
  wfdbFolder,
];

/** Returns the kinds that recognize a folder which directly contains these names, the most specific first. */
export function recognizedKinds(names: Iterable<string>): DatasetKind[] {
  const found = new Set(names);
  return datasetKinds.filter((kind) => kind.recognizes(found));
}
