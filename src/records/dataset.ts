// A data set by its spec, `mitdb:DIR`, `ptb-xl:DIR`, `folder:DIR` or `corpus:DIR`, and the two sides of a task within it.

import { stat } from 'node:fs/promises';
import type { EcgTask } from '../classes.js';
import { PqrstError, suggest } from '../errors.js';
import { unreadable } from './input.js';
import { loadMitdb } from './mitdb.js';
import { loadPtbxl } from './ptbxl.js';
import type { EcgWindow, WindowOptions, WindowSet } from './record.js';
import { loadWfdbFolder } from './wfdb-folder.js';

const loaders: Readonly<Record<string, (folder: string, options: WindowOptions) => Promise<WindowSet>>> = {
  mitdb: loadMitdb,
  'ptb-xl': loadPtbxl,
  folder: loadWfdbFolder,
  // What `pqrst synth` writes; it brings the synthesizer along, which the others do without.
  corpus: async (folder, options) => (await import('../corpus/read.js')).loadCorpus(folder, options),
};

/**
 * The windows of the data set that `spec` names.
 * Errors: ERR_OPTION (no such kind), ERR_NOT_FOUND (no such folder), ERR_RANGE, ERR_CSV, ERR_PATH_OUTSIDE,
 * ERR_DATA_EMPTY; a single damaged record is skipped with its reason. A corpus is whole: what is damaged in it is told
 * as ERR_CORPUS, ERR_NPY or an error of WFDB.
 */
export async function openDataset(spec: string, options: WindowOptions): Promise<WindowSet> {
  const colon = spec.indexOf(':');
  const kind = colon < 0 ? spec : spec.slice(0, colon);
  const folder = colon < 0 ? '' : spec.slice(colon + 1);
  const load = Object.hasOwn(loaders, kind) ? loaders[kind] : undefined;
  if (load === undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `unknown data set "${kind}"${suggest(kind, Object.keys(loaders))} (KIND:DIR)`,
    );
  }
  if (folder === '') {
    throw new PqrstError('ERR_OPTION', `data set "${spec}" names no folder; write ${kind}:DIR`);
  }
  const found = await stat(folder).catch((cause) => {
    throw unreadable(folder, 'the data set', cause);
  });
  if (!found.isDirectory()) {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `data set ${folder} is a file; name the folder that holds its records`,
    );
  }
  return load(folder, options);
}

export interface TaskWindows {
  readonly windows: readonly EcgWindow[];
  /** [windows]: 1 where the window shows the task's class, 0 where it is normal. */
  readonly labels: Uint8Array;
  readonly patientIds: readonly string[];
}

/**
 * The windows of `set` that show `task` (1, also where they are called normal besides) or are normal (0); all others
 * are left out. ERR_DATA_EMPTY where one side has none.
 */
export function selectTask(set: WindowSet, task: EcgTask): TaskWindows {
  const windows = set.windows.filter(({ classes }) => classes.includes(task) || classes.includes('normal'));
  const labels = Uint8Array.from(windows, ({ classes }) => (classes.includes(task) ? 1 : 0));
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === labels.length) {
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `${set.source} holds ${positives} windows of ${task} and ${labels.length - positives} of normal; ` +
        'a task needs both; choose another task or data set',
    );
  }
  return { windows, labels, patientIds: windows.map(({ patientId }) => patientId) };
}
