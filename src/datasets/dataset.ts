// Opens data sets by `KIND:DIR` as labelled windows, merges several into one, and selects the windows of a task.

import { realpath } from 'node:fs/promises';
import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import { parseFilter } from '../signal/filter.js';
import { parseLabelMap } from '../signal/synonyms.js';
import { type LabelTask, labelOf, parseLabelTask } from '../signal/tasks.js';
import {
  describeWindows,
  displayName,
  displayNames,
  type EcgWindow,
  type WindowOptions,
  type WindowSet,
} from '../signal/window.js';
import { isRemote } from '../store/address.js';
import { loadWindows } from './load.js';
import { type DatasetRef, datasetNames, expectFolder, parseDatasetRefs } from './refs.js';
import { findShared } from './shared.js';
import { suggestLabel, withTaskLabels } from './task-labels.js';

/**
 * Opens data sets as labelled windows. `KIND:DIR` names the kind of a data set and its folder:
 *
 * | kind | files in the folder | labels | patients |
 * |---|---|---|---|
 * | `folder:` | WFDB records (`NAME.hea` and its files) and `labels.csv` | any words | column `patient`, otherwise one per record |
 * | `edf:` | EDF, EDF+ and BDF files, and `labels.csv` or EDF+ annotations | any words, or rhythm and beats of each window | column `patient`, otherwise one per record |
 * | `npy:` | `signals.npy` [records, samples] or [records, leads, samples], `labels.csv` with a column `label` or `labels.npy`, `meta.json` | any words | column `patient`, otherwise one per row |
 * | `corpus:` | what `writeCorpus` writes: `manifest.json` and shards | classes | one per record |
 * | `ptb-xl:` | PTB-XL 1.0.3: `ptbxl_database.csv`, `records500/` | SCP codes | `patient_id` |
 * | `mitdb:` | MIT-BIH Arrhythmia Database 1.0.0: `100.hea` ... | rhythm and beats of each window | one per record; 201 and 202 are one patient |
 * | `rhythm:` | AFDB, LTAFDB, NSRDB, SVDB, INCART or Icentia11k: headers, signals and `.atr` at any depth | rhythm and beats of each window | as names and headers state, otherwise one per record |
 * | `ludb:` | LUDB 1.0.1: `ludb.csv`, `data/` | statements | one per record |
 * | `cinc2017:` | CinC Challenge 2017: `REFERENCE.csv` or `REFERENCE-v3.csv`, `A00001.hea` ... | N, A, O, ~ | unknown: one per record |
 * | `cinc2021:` | CinC Challenges 2020 and 2021: folders of headers with SNOMED codes | SNOMED codes | unknown: one per record |
 * | `cpsc2018:` | CPSC 2018 as published: `REFERENCE.csv`, `A0001.mat` ... | Normal, AF, I-AVB, ... and SNOMED codes | unknown: one per record |
 * | `chapman:` | Chapman-Shaoxing of figshare: `Diagnostics.csv`, `ECGData/` | abbreviations (AF is flutter) and SNOMED codes | one per record |
 * | `code15:` | CODE-15%: `exams.csv`, `exams_part0.hdf5` ...; needs the package h5wasm | 1dAVb, RBBB, ... and SNOMED codes | `patient_id` |
 * | `mimic:` | MIMIC-IV-ECG 1.0: `record_list.csv`, `machine_measurements.csv`, `files/` | lines of the report of the device | `subject_id` |
 *
 * The `labels.csv` of a `folder:` has the columns `record` (the path of the header without `.hea`; in `edf:` the path
 * of the file, with or without its ending), `label` and, if you
 * know it, `patient`; other usual names (`filename`, `diagnosis`, `patient_id`) are known. A cell may hold several labels,
 * separated by `;`, or a list. A label puts the record into a class, so that tasks such as `af` find it, if it is the
 * name of the class (`af`), an SCP-ECG or SNOMED CT code of it (`AFIB`, `164889003`) or a usual word for it (`atrial
 * fibrillation`), in any case; `readings` of the result states the labels that are read so, and `labelMap`
 * changes them. Sinus rhythm (`NORM`, `SR`) makes a record normal only if it has no other label. All words are also labels of the
 * data set, for tasks such as `LVH:NORM`.
 *
 * A window has every class that its reference labels state: atrial fibrillation with ventricular beats is `af` and `pvc`.
 *
 * A recording is cut into windows from its start, and the rest at its end is not used: 10 s at `seconds: 4` give two
 * windows. Each window has the labels of its recording; only those of `mitdb:` and `rhythm:`, and
 * of `edf:` without a label, have labels of their own.
 * Windows that are flat or lack a sample are omitted. `ptb-xl:` gives the first window of each recording. More details:
 * [Data sets](../experiments.md#data-sets).
 *
 * @param refs - `KIND:DIR`; several as a list, or separated by commas. If there are several, each window states its
 *   data set in `origin.dataset`: the kind, with a number if the kind occurs twice (`mitdb`, `folder2`). Folds are
 *   kept. The total that `onProgress` receives grows with each data set.
 * @param options - rate, length, leads and filter of the windows.
 * @returns the windows. A row of a table, a path or a record that cannot be read is skipped with the reason and marked as
 *   `unreadable` in `skipped`. A corpus must be complete, so a damaged file in it is an error.
 * @example
 * ```js
 * import { writeCorpus } from 'pqrst/corpus';
 * import { openDataset } from 'pqrst/records';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 20, classes: { normal: 1, af: 1 }, fsHz: 250 });
 * const { windows } = await openDataset('corpus:corpus', { fsHz: 250, seconds: 10 });
 * console.log(windows.length, windows[0]?.classes); // 20 ['normal']
 * ```
 * @example
 * ```ts
 * // A data set of your own: WFDB records and labels.csv.
 * import { writeFile } from 'node:fs/promises';
 * import { openDataset, writeRecord } from 'pqrst/records';
 *
 * const signalMv = Float32Array.from({ length: 2500 }, (_, n) => Math.sin(n / 10)); // 10 s at 250 Hz
 * await writeRecord('mine', { name: 'r1', fsHz: 250, leads: ['II'], signalsMv: [signalMv] });
 * await writeRecord('mine', { name: 'r2', fsHz: 250, leads: ['II'], signalsMv: [signalMv.toReversed()] });
 * await writeFile('mine/labels.csv', 'record,label,patient\nr1,normal,p1\nr2,af;LVH,p2\n');
 * const { windows } = await openDataset('folder:mine', { fsHz: 250, seconds: 4 });
 * for (const { classes, labels, origin } of windows) {
 *   console.log(origin.record, classes, labels); // r1 twice, then r2 twice: [ 'af', 'lvh' ] [ 'af', 'LVH' ]
 * }
 * ```
 * @throws PqrstError ERR_OPTION: when a kind is unknown, a folder is named twice, or two data sets share a recording.
 * @throws PqrstError ERR_NOT_FOUND: when a folder does not exist.
 * @throws PqrstError ERR_RANGE, ERR_CSV, ERR_DATA_EMPTY, ERR_WRITE (the cache): when a set cannot be read.
 * @throws PqrstError ERR_CORPUS, ERR_NPY, ERR_WFDB_*: when a corpus is damaged.
 */
export async function openDataset(
  refs: string | readonly string[],
  options: WindowOptions,
): Promise<WindowSet> {
  const parsed = await checkedRefs(typeof refs === 'string' ? [refs] : refs);
  const sets: WindowSet[] = [];
  let [before, total] = [0, 0];
  const onProgress = (done: number, own: number) => {
    total = before + own;
    options.onProgress?.(before + done, total);
  };
  const { filter, labelMap } = options;
  const checked = {
    ...options,
    ...(filter !== undefined && { filter: parseFilter(filter) }),
    ...(labelMap && { labelMap: parseLabelMap(labelMap) }),
    onProgress,
  };
  for (const ref of parsed) {
    sets.push(await loadWindows(ref, checked));
    before = total;
  }
  return sets.length === 1 ? sets[0]! : merge(sets, datasetNames(parsed));
}

/** Parses the references and checks all folders, before anything is read. */
async function checkedRefs(texts: readonly string[]): Promise<DatasetRef[]> {
  const refs = parseDatasetRefs(texts);
  if (refs.length === 0) throw new PqrstError('ERR_OPTION', 'no data set is named; write KIND:DIR');
  const seen = new Map<string, string>();
  for (const { kind, folder } of refs) {
    await expectFolder(folder, kind.kind);
    const real = isRemote(folder) ? folder.replace(/\/+$/, '') : await realpath(folder);
    const first = seen.get(real);
    if (first !== undefined) {
      throw new PqrstError(
        'ERR_OPTION',
        `${first} and ${kind.kind}:${folder} are the same folder; name each data set once, so that no record counts twice`,
      );
    }
    seen.set(real, `${kind.kind}:${folder}`);
  }
  return refs;
}

function merge(sets: readonly WindowSet[], names: readonly string[]): WindowSet {
  const named = sets.map((set, at): WindowSet => {
    const dataset = names[at]!;
    return {
      ...set,
      windows: set.windows.map((window) => ({ ...window, origin: { ...window.origin, dataset } })),
      skipped: set.skipped.map((one) => ({ ...one, recordName: displayName(dataset, one.recordName) })),
    };
  });
  refuseShared(named);
  const { fsHz, lengthSamples, filter } = sets[0]!;
  const windows = named.flatMap((set) => set.windows);
  const notes = named.flatMap((set, at) => (set.notes ?? []).map((note) => `${names[at]}: ${note}`));
  const { readings, classless } = mergedLabels(sets, names);
  return {
    source: sets.map(({ source }) => source).join(','),
    ...{ fsHz, lengthSamples, ...(filter !== undefined && { filter }) },
    ...{ ...describeWindows(windows), windows },
    skipped: named.flatMap(({ skipped }) => skipped),
    ...(notes.length > 0 && { notes }),
    ...{ ...(readings && { readings }), ...(classless && { classless }) },
  };
}

function mergedLabels(
  sets: readonly WindowSet[],
  names: readonly string[],
): Pick<WindowSet, 'readings' | 'classless'> {
  if (sets.every((set) => set.readings === undefined)) return {};
  const named = <Label>(of: (set: WindowSet) => readonly Label[] | undefined) =>
    sets.flatMap((set, at) => (of(set) ?? []).map((one) => ({ ...one, dataset: names[at]! })));
  return { readings: named((set) => set.readings), classless: named((set) => set.classless) };
}

/** Rejects data sets that share a recording, because it would count twice, and as two patients. */
function refuseShared(sets: readonly WindowSet[]): void {
  const shared = findShared(sets);
  if (shared === undefined) return;
  const [one, other] = [displayNames(shared.window), displayNames(shared.same)];
  throw new PqrstError(
    'ERR_OPTION',
    `${one.recordName} has the same samples as ${other.recordName}; ` +
      'merge only data sets that share no recording, so that no patient counts twice',
  );
}

/** The windows of a task, and the label of each. */
export interface TaskWindows {
  /** The windows that show exactly one label of the task, in the order of the set. */
  readonly windows: readonly EcgWindow[];
  /** [windows]: index of the label in the task. Of two labels, index 1 is the positive one. */
  readonly labels: Uint8Array;
  /** [windows]: the patient of each window. Merged data sets have the form `mitdb:201`. */
  readonly patientIds: readonly string[];
}

/** Options of `selectTask`. */
export interface SelectOptions {
  /** Whether each label of the task must have a window; default true. A training needs this, an evaluation does not. */
  readonly everyLabel?: boolean;
}

/**
 * Selects the windows of `set` that show exactly one label of `task`. The first label gives way to the others: a window
 * with the labels normal and af counts as af. A window that shows several of the other labels is omitted. In a task
 * `LABEL:rest` every other window that has a class or label is negative, unless its codes leave open whether it shows the
 * label (a prolonged PR interval for `avb1`).
 *
 * @param set - the windows to select from, as `openDataset` returns them.
 * @param task - the labels in order: a text as `parseLabelTask` takes it (`af`, `LVH:NORM`, `af:rest`,
 *   `normal+af+aflt`), or its result.
 * @param options - whether each label must have a window.
 * @example
 * ```js
 * import { writeCorpus } from 'pqrst/corpus';
 * import { openDataset, selectTask } from 'pqrst/records';
 *
 * await writeCorpus('corpus', { format: 'npy', count: 20, classes: { normal: 1, af: 1 }, fsHz: 250 });
 * const set = await openDataset('corpus:corpus', { fsHz: 250, seconds: 10 });
 * const { labels } = selectTask(set, 'af');
 * console.log(labels.filter((label) => label === 1).length); // 10
 * ```
 * @throws PqrstError ERR_DATA_EMPTY: when a label has no window, or with `everyLabel` false when all labels have none.
 * @throws PqrstError ERR_UNKNOWN_CLASS, ERR_OPTION: when the task is invalid.
 */
export function selectTask(
  set: WindowSet,
  task: LabelTask | string,
  { everyLabel = true }: SelectOptions = {},
): TaskWindows {
  const parsed = typeof task === 'string' ? parseLabelTask(task) : task;
  const shown = withTaskLabels(set, parsed).windows.map((window) => labelOf(parsed, window));
  const windows = set.windows.filter((_, at) => shown[at] !== undefined);
  const labels = Uint8Array.from(shown.filter((label) => label !== undefined));
  const counts = parsed.labels.map((_, label) => labels.filter((one) => one === label).length);
  if (everyLabel ? counts.includes(0) : windows.length === 0) {
    const named = parsed.labels.map(
      (label, at) => `${at === 0 ? counts[at] : plural(counts[at]!, 'window')} of ${label}`,
    );
    const missing = parsed.labels.filter((_, label) => counts[label] === 0);
    const meant = missing.map((label) => suggestLabel(label, set)).join('');
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `${set.source} holds ${named.slice(1).join(', ')} and ${named[0]}${meant.replace(/\?$/, '')}; the task needs windows of ${everyLabel ? 'every' : 'a'} label; ` +
        `choose another task or data set. ${frequentLabels(set)}`,
    );
  }
  return { windows, labels, patientIds: windows.map((window) => displayNames(window).patientId) };
}

/** Returns a sentence with the labels and classes of the windows and their numbers, the most frequent first. */
export function frequentLabels({ windows }: Pick<WindowSet, 'windows'>): string {
  const counts = new Map<string, number>();
  for (const { classes, labels = [] } of windows) {
    for (const label of new Set([...classes, ...labels])) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
  return frequent.length === 0
    ? 'Its windows have no labels'
    : `Its most frequent labels: ${frequent.map(([label, count]) => `${label} ${count}`).join(', ')}`;
}
