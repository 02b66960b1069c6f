// The real records of an experiment. This file opens them once, splits them for each task into one held-back side and pairs
// of training and validation sides, and limits the positives. jobs.ts makes the synthetic records.

import { createHash } from 'node:crypto';
import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { randomStream } from '../base/random.js';
import type { LabelledWindow } from '../batches/batches.js';
import { holdOutTest, type Splittable, splitPair } from '../batches/splits.js';
import { openDataset } from '../datasets/dataset.js';
import { withOwnLabels } from '../datasets/own-classes.js';
import { datasetNames, parseDatasetRefs } from '../datasets/refs.js';
import { findShared } from '../datasets/shared.js';
import { suggestLabel, withTaskLabels } from '../datasets/task-labels.js';
import { expectReadable } from '../datasets/windows.js';
import { heldBack } from '../run/predictions.js';
import { type LabelTask, labelOf } from '../signal/tasks.js';
import { describeWindow, displayNames, type EcgWindow, type WindowSet } from '../signal/window.js';
import type { ExperimentConfig } from './config.js';

/** A set of windows that models are tested on. */
export interface TestSet {
  /** `held-back`, or the outside data set as the configuration names it. */
  readonly name: string;
  readonly windows: readonly LabelledWindow[];
}

/** The training side and the validation side of one pair. */
export interface Pair {
  readonly train: readonly LabelledWindow[];
  readonly val: readonly LabelledWindow[];
}

/** The windows of one task. */
export interface TaskData {
  readonly task: LabelTask;
  /** The held-back side first, then the outside sets that have every label. */
  readonly tests: readonly TestSet[];
  /** One message per outside set that is not tested, because a label has no window in it. */
  readonly left: readonly string[];
  /** The training and validation sides of pair 1, 2, ... */
  readonly pairs: readonly Pair[];
}

/** The real records of an experiment, split for all of its tasks. */
export interface ExperimentData {
  readonly set: WindowSet;
  readonly outside: readonly { readonly name: string; readonly set: WindowSet }[];
  readonly tasks: readonly TaskData[];
  /**
   * Data sets in which each recording counts as a patient: `KIND:DIR`, or the name of the data set if several are
   * merged.
   */
  readonly recordingsAsPatients: readonly string[];
  /** SHA-256 of every window with its labels. An experiment is resumed only with the same records. */
  readonly fingerprint: string;
}

/**
 * Opens and splits all records, before anything is trained.
 *
 * @throws PqrstError ERR_OPTION: when an outside set is also data, or shares a record with it.
 * @throws PqrstError ERR_DATA_EMPTY: when the windows of a task cannot be split.
 * @throws PqrstError ERR_DATA_UNREADABLE: with `strict`, when a row, path or record cannot be read.
 * @throws PqrstError The errors of `openDataset`.
 */
export async function openExperimentData(
  config: ExperimentConfig,
  cacheFolder: string,
  { signal, onProgress, strict = false }: JobOptions & { readonly strict?: boolean | undefined },
): Promise<ExperimentData> {
  const options = {
    fsHz: config.fsHz,
    seconds: config.seconds,
    ...(config.leads && { leads: config.leads }),
    ...(config.filter !== undefined && { filter: config.filter }),
    ...(config.labelMap && { labelMap: config.labelMap }),
    cacheFolder,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  };
  const open = async (refs: string | readonly string[]) => {
    const opened = await openDataset(refs, options);
    return withOwnLabels(strict ? expectReadable(opened) : opened, config.ownClasses);
  };
  const set = await open(config.data);
  const outside: { name: string; set: WindowSet }[] = [];
  for (const name of config.outside) {
    if (config.data.includes(name)) {
      throw new PqrstError(
        'ERR_OPTION',
        `${name} is both data and outside; an outside set is never trained on`,
      );
    }
    outside.push({ name, set: await open(name) });
  }
  refuseSharedWindows(set, outside);
  const tasks = config.tasks.map((task) => splitTask(task, set, outside, config));
  const recordingsAsPatients = [
    ...withoutPatients(config.data, set),
    ...outside.flatMap((one) => withoutPatients([one.name], one.set)),
  ];
  const fingerprint = fingerprintOf([set, ...outside.map((one) => one.set)]);
  return { set, outside, tasks, recordingsAsPatients, fingerprint };
}

/** Returns the names of the data sets in `set` that name no patients, and in which no two recordings share a patient. */
function withoutPatients(sources: readonly string[], { windows }: WindowSet): string[] {
  const refs = parseDatasetRefs(sources);
  const shared = windows.filter(({ origin }) => origin.record !== origin.patient);
  const sharing = new Set(shared.map(({ origin }) => origin.dataset));
  return datasetNames(refs).flatMap((name, at) => {
    return sharing.has(name) || refs[at]!.kind.knowsPatients ? [] : [name || sources[0]!];
  });
}

function splitTask(
  task: LabelTask,
  set: WindowSet,
  outside: ExperimentData['outside'],
  config: ExperimentConfig,
): TaskData {
  const { seed, split: kind, testShare, runs } = config;
  const { labels } = task;
  const windows = thinned(labelled(task, set), config);
  refuseMissing(task, set, windows);
  const items = windows.map(({ window, label }): Splittable => {
    const { fold } = window;
    return { patientId: displayNames(window).patientId, label, ...(fold !== undefined && { fold }) };
  });
  const at = (indices: readonly number[]) => indices.map((index) => windows[index]!);
  try {
    const { rest, test } = holdOutTest(items, { kind, seed, testShare, labels });
    const pairs = Array.from({ length: runs + 1 }, (_, index) => {
      const { train, val } = splitPair(items, rest, { kind, seed, pair: index + 1, labels });
      return { train: at(train), val: at(val) };
    });
    const tests: TestSet[] = [{ name: heldBack, windows: at(test) }];
    const left: string[] = [];
    for (const { name, set } of outside) {
      const windows = labelled(task, set);
      const missing = missingLabel(task, windows);
      if (missing === undefined) tests.push({ name, windows });
      else left.push(`${task.name} is not tested on ${name}: it holds no window of ${missing}`);
    }
    return { task, tests, left, pairs };
  } catch (error) {
    if (!(error instanceof PqrstError)) throw error;
    throw new PqrstError(error.code, `task ${task.name}: ${error.message}`, { cause: error });
  }
}

function labelled(task: LabelTask, set: WindowSet): LabelledWindow[] {
  const spelled = withTaskLabels(set, task).windows;
  return set.windows.flatMap((window, at) => {
    const label = labelOf(task, spelled[at]!);
    return label === undefined ? [] : [{ window, label }];
  });
}

/** Draws at most `mostPerPatient` windows of each label of each patient, and keeps their order. */
function thinned(windows: LabelledWindow[], { mostPerPatient, seed }: ExperimentConfig): LabelledWindow[] {
  if (mostPerPatient === undefined) return windows;
  const groups = new Map<string, LabelledWindow[]>();
  for (const one of windows) {
    const key = `${one.label}/${displayNames(one.window).patientId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const kept = new Set(
    [...groups].flatMap(([key, group]) =>
      randomStream(seed, 'thin', key)
        .shuffle([...group])
        .slice(0, mostPerPatient),
    ),
  );
  return windows.filter((one) => kept.has(one));
}

function missingLabel({ labels }: LabelTask, windows: readonly LabelledWindow[]): string | undefined {
  return labels.find((_, label) => !windows.some((one) => one.label === label));
}

function refuseMissing(task: LabelTask, set: WindowSet, windows: readonly LabelledWindow[]): void {
  const missing = missingLabel(task, windows);
  if (missing === undefined) return;
  throw new PqrstError(
    'ERR_DATA_EMPTY',
    `task ${task.name}: ${set.source} holds no window of ${missing}${suggestLabel(missing, set)}; pqrst data lists the labels it has`,
  );
}

/**
 * Returns a training side with at most `count` windows of every label except the first, of which all are kept (the
 * paper's down-sized positives). A smaller count keeps a part of what a larger one keeps.
 */
export function cutPositives(
  windows: readonly LabelledWindow[],
  count: number,
  seed: number,
  pair: number,
): readonly LabelledWindow[] {
  const labels = new Set(windows.map(({ label }) => label));
  const kept = new Set<LabelledWindow>();
  for (const label of labels) {
    const own = windows.filter((one) => one.label === label);
    const some =
      label === 0 ? own : randomStream(seed, 'positives', pair, label).shuffle(own).slice(0, count);
    for (const one of some) kept.add(one);
  }
  return windows.filter((one) => kept.has(one));
}

/**
 * Returns a share of a training side: `percent` of the windows of each label, at least one. A smaller share keeps a part of
 * what a larger one keeps.
 */
export function cutShare(
  windows: readonly LabelledWindow[],
  percent: number,
  seed: number,
  pair: number,
): readonly LabelledWindow[] {
  const kept = new Set<LabelledWindow>();
  for (const label of new Set(windows.map((one) => one.label))) {
    const own = windows.filter((one) => one.label === label);
    const count = Math.max(1, Math.round((percent / 100) * own.length));
    const some = randomStream(seed, 'shares', pair, label).shuffle(own).slice(0, count);
    for (const one of some) kept.add(one);
  }
  return windows.filter((one) => kept.has(one));
}

/**
 * Returns the largest number of windows that a label other than the first has in the training sides of pairs 2 and up. A
 * limit of this number or more changes nothing.
 */
export function mostPositives({ pairs, task }: TaskData): number {
  const counts = pairs
    .slice(1)
    .flatMap(({ train }) =>
      task.labels.slice(1).map((_, at) => train.filter(({ label }) => label === at + 1).length),
    );
  return Math.max(...counts);
}

/**
 * Refuses an outside set that shares a window with the data. The same records under another path or name would otherwise
 * train the models and then test them as if they were new.
 */
function refuseSharedWindows(set: WindowSet, outside: ExperimentData['outside']): void {
  for (const { name, set: other } of outside) {
    const shared = findShared([set, other]);
    if (shared === undefined) continue;
    throw new PqrstError(
      'ERR_OPTION',
      `${describeWindow(shared.window)} of ${name} is, sample for sample, ${describeWindow(shared.same)} of the data; ` +
        'an outside set is never trained on: give one that shares no record',
    );
  }
}

function fingerprintOf(sets: readonly WindowSet[]): string {
  const hash = createHash('sha256');
  for (const { windows } of sets) {
    hash.update(`${windows.length}\n`);
    for (const window of windows) {
      const { recordName, patientId } = displayNames(window);
      const { startS, classes, labels = [], fold = null, signal } = window;
      hash.update(`${JSON.stringify([recordName, patientId, startS, classes, labels, fold])}\n`);
      hash.update(signal);
    }
  }
  return hash.digest('hex');
}

/** Returns a function that finds a test window by its task, test set, record name and start, for figures. */
export function windowFinder(tasks: readonly TaskData[]) {
  const keyOf = (...names: (string | number)[]) => JSON.stringify(names);
  const known = new Map<string, EcgWindow>();
  for (const { task, tests } of tasks) {
    for (const { name, windows } of tests) {
      for (const { window } of windows) {
        known.set(keyOf(task.name, name, displayNames(window).recordName, window.startS), window);
      }
    }
  }
  return (task: string, test: string, recordName: string, startS: number): EcgWindow | undefined =>
    known.get(keyOf(task, test, recordName, startS));
}
