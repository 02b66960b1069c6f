// A data set by its spec, `mitdb:DIR`, `ptb-xl:DIR`, `folder:DIR` or `corpus:DIR`, and the two sides of a task within it.

import { stat } from 'node:fs/promises';
import { PqrstError, suggest } from '../errors.js';
import { unreadable } from './input.js';
import { loadWindows } from './load.js';
import { readerOf, readers } from './readers.js';
import { type LabelTask, labelOf, parseLabelTask } from '../tasks.js';
import type { EcgWindow, WindowOptions, WindowSet } from './record.js';

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
  const reader = readerOf(kind);
  if (reader === undefined && kind !== 'corpus') {
    const kinds = [...readers.map((known) => known.kind), 'corpus'];
    throw new PqrstError('ERR_OPTION', `unknown data set "${kind}"${suggest(kind, kinds)} (KIND:DIR)`);
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
  if (reader !== undefined) return loadWindows(reader, folder, options);
  // What `pqrst synth` writes; it brings the synthesizer along, which the others do without.
  return (await import('../corpus/read.js')).loadCorpus(folder, options);
}

export interface TaskWindows {
  readonly windows: readonly EcgWindow[];
  /** [windows]: index into the task's labels; of two, 0 is negative and 1 positive. */
  readonly labels: Uint8Array;
  readonly patientIds: readonly string[];
}

/**
 * The windows of `set` that show one label of `task` (see `labelOf`); all others are left out. ERR_DATA_EMPTY where a
 * label has none; the errors of `parseLabelTask` for a task given by name.
 */
export function selectTask(set: WindowSet, task: LabelTask | string): TaskWindows {
  const wanted = typeof task === 'string' ? parseLabelTask(task) : task;
  const found = set.windows.flatMap((window) => {
    const label = labelOf(wanted, window);
    return label === undefined ? [] : [{ window, label }];
  });
  const counts = wanted.labels.map((_, at) => found.filter(({ label }) => label === at).length);
  if (counts.includes(0)) {
    const held = counts.map((count, at) => `${count} of ${wanted.labels[at]}`).join(', ');
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `${set.source} holds too few windows for the task "${wanted.name}": ${held}; a task needs some of each label; ` +
        'choose another task or data set',
    );
  }
  const windows = found.map(({ window }) => window);
  const labels = Uint8Array.from(found, ({ label }) => label);
  return { windows, labels, patientIds: windows.map(({ patientId }) => patientId) };
}
