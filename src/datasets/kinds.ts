// The kinds of data sets, one file each. To add one, write its file and add it here.

import type { DatasetKind } from './kind.js';
import { cinc2017 } from './kinds/cinc2017.js';
import { cinc2021 } from './kinds/cinc2021.js';
import { corpus } from './kinds/corpus.js';
import { ludb } from './kinds/ludb.js';
import { mitdb } from './kinds/mitdb.js';
import { npyFolder } from './kinds/npy-folder.js';
import { ptbxl } from './kinds/ptbxl.js';
import { wfdbFolder } from './kinds/wfdb-folder.js';

/** In the order in which a folder is compared with them: the most particular first. */
export const datasetKinds: readonly DatasetKind[] = [
  corpus,
  ptbxl,
  mitdb,
  ludb,
  cinc2017,
  cinc2021,
  npyFolder,
  wfdbFolder,
];
