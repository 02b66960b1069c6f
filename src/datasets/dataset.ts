// Data sets by their specs, `KIND:DIR` (`mitdb`, `ptb-xl`, `folder`, `corpus`, ...): one, or several merged into one;
// and the windows of a task within them.

import { realpath, stat } from 'node:fs/promises';
import { PqrstError, suggest } from '../base/errors.js';
import { unreadable } from '../codecs/input.js';
import { type LabelTask, labelOf, parseLabelTask } from '../signal/tasks.js';
import type { EcgWindow, WindowOptions, WindowSet } from '../signal/window.js';
import { loadCorpus } from './kinds/corpus.js';
import { readerOf, readers } from './kinds.js';
import { loadWindows } from './load.js';
import { findShared } from './shared.js';
import { splitSpecs } from './specs.js';

/**
 * The windows of the data sets that `specs` names: `KIND:DIR`, several as a list or with commas. Of several, patients
 * and recordings are told apart by their kind (`mitdb:201`, `folder2:x`), folds are kept, and the total that
 * `onProgress` gets grows with each set.
 * Errors: ERR_OPTION (no such kind, a folder twice, one recording in two sets), ERR_NOT_FOUND (no such folder),
 * ERR_RANGE, ERR_CSV, ERR_PATH_OUTSIDE, ERR_DATA_EMPTY, ERR_WRITE (the cache); a single damaged record is skipped with
 * its reason. A corpus is whole: what is damaged in it is told as ERR_CORPUS, ERR_NPY or an error of WFDB.
 */
export async function openDataset(
  specs: string | readonly string[],
  options: WindowOptions,
): Promise<WindowSet> {
  const places = await placesOf(typeof specs === 'string' ? [specs] : specs);
  const sets: WindowSet[] = [];
  let [before, total] = [0, 0];
  const onProgress = (done: number, own: number) => {
    total = before + own;
    options.onProgress?.(before + done, total);
  };
  for (const place of places) {
    sets.push(await openOne(place, { ...options, onProgress }));
    before = total;
  }
  return sets.length === 1 ? sets[0]! : merge(sets, namesOf(places));
}

interface Place {
  readonly kind: string;
  readonly folder: string;
}

/** ERR_OPTION, ERR_NOT_FOUND before anything is read. */
async function placesOf(specs: readonly string[]): Promise<Place[]> {
  const places = specs.flatMap(splitSpecs).map(parseSpec);
  if (places.length === 0) throw new PqrstError('ERR_OPTION', 'no data set is named; write KIND:DIR');
  const seen = new Map<string, string>();
  for (const { kind, folder } of places) {
    const found = await stat(folder).catch((cause) => {
      throw unreadable(folder, 'the data set', cause);
    });
    if (!found.isDirectory()) {
      throw new PqrstError(
        'ERR_NOT_FOUND',
        `data set ${folder} is a file; name the folder that holds its records`,
      );
    }
    const real = await realpath(folder);
    const first = seen.get(real);
    if (first !== undefined) {
      throw new PqrstError(
        'ERR_OPTION',
        `${first} and ${kind}:${folder} are the same folder; name each data set once, or its records count twice`,
      );
    }
    seen.set(real, `${kind}:${folder}`);
  }
  return places;
}

function parseSpec(spec: string): Place {
  const colon = spec.indexOf(':');
  const kind = colon < 0 ? spec : spec.slice(0, colon);
  const folder = colon < 0 ? '' : spec.slice(colon + 1);
  if (readerOf(kind) === undefined && kind !== 'corpus') {
    const kinds = [...readers.map((known) => known.kind), 'corpus'];
    throw new PqrstError('ERR_OPTION', `unknown data set "${kind}"${suggest(kind, kinds)} (KIND:DIR)`);
  }
  if (folder === '') {
    throw new PqrstError('ERR_OPTION', `data set "${spec}" names no folder; write ${kind}:DIR`);
  }
  return { kind, folder };
}

async function openOne({ kind, folder }: Place, options: WindowOptions): Promise<WindowSet> {
  const reader = readerOf(kind);
  if (reader !== undefined) return loadWindows(reader, folder, options);
  return loadCorpus(folder, options);
}

/** The kind, with a number where it comes more than once. */
function namesOf(places: readonly Place[]): string[] {
  const seen = new Map<string, number>();
  return places.map(({ kind }) => {
    const number = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, number);
    return places.filter((place) => place.kind === kind).length > 1 ? `${kind}${number}` : kind;
  });
}

function merge(sets: readonly WindowSet[], names: readonly string[]): WindowSet {
  refuseShared(sets, names);
  const { fsHz, lengthSamples } = sets[0]!;
  return {
    source: sets.map(({ source }) => source).join(','),
    fsHz,
    lengthSamples,
    lead: [...new Set(sets.flatMap(({ lead }) => lead.split('/')))].join('/'),
    windows: sets.flatMap(({ windows }, at) =>
      windows.map((window) => ({
        ...window,
        recordName: `${names[at]}:${window.recordName}`,
        patientId: `${names[at]}:${window.patientId}`,
      })),
    ),
    skipped: sets.flatMap(({ skipped }, at) =>
      skipped.map(({ recordName, reason }) => ({ recordName: `${names[at]}:${recordName}`, reason })),
    ),
  };
}

/** It would count twice, and as two patients. */
function refuseShared(sets: readonly WindowSet[], names: readonly string[]): void {
  const shared = findShared(sets);
  if (shared === undefined) return;
  const { window, at, same, sameAt } = shared;
  throw new PqrstError(
    'ERR_OPTION',
    `${names[at]}:${window.recordName} is, sample for sample, ${names[sameAt]}:${same.recordName}; ` +
      'merge data sets that share no recording, or its patient counts twice',
  );
}

export interface TaskWindows {
  readonly windows: readonly EcgWindow[];
  /** [windows]: index into the task's labels; of two, 1 is the positive one. */
  readonly labels: Uint8Array;
  readonly patientIds: readonly string[];
}

/**
 * The windows of `set` that show one label of `task` (`labelOf`); all others are left out. ERR_DATA_EMPTY where a label
 * has none; ERR_UNKNOWN_CLASS, ERR_OPTION for a task that is none.
 */
export function selectTask(set: WindowSet, task: LabelTask | string): TaskWindows {
  const parsed = typeof task === 'string' ? parseLabelTask(task) : task;
  const shown = set.windows.map((window) => labelOf(parsed, window));
  const windows = set.windows.filter((_, at) => shown[at] !== undefined);
  const labels = Uint8Array.from(shown.filter((label) => label !== undefined));
  const counts = parsed.labels.map((_, label) => labels.filter((one) => one === label).length);
  if (counts.includes(0)) {
    const named = parsed.labels.map((label, at) => `${counts[at]}${at === 0 ? '' : ' windows'} of ${label}`);
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `${set.source} holds ${named.slice(1).join(', ')} and ${named[0]}; the task needs windows of each; choose ` +
        `another task or data set. ${frequentLabels(set)}`,
    );
  }
  return { windows, labels, patientIds: windows.map(({ patientId }) => patientId) };
}

function frequentLabels({ windows }: WindowSet): string {
  const counts = new Map<string, number>();
  for (const { classes, labels = [] } of windows) {
    for (const label of new Set([...classes, ...labels])) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
  return frequent.length === 0
    ? 'Its windows have no labels'
    : `Its most frequent labels: ${frequent.map(([label, count]) => `${label} ${count}`).join(', ')}`;
}
