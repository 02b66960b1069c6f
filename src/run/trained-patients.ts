// The patients that trained or validated a model, from metrics.json in the folder of its run. A model that lies elsewhere
// does not name them.

import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { refParts, splitDatasetRefs } from '../datasets/refs.js';
import type { ModelMetadata } from '../model/metadata.js';
import { displayNames, type EcgWindow, type WindowSet } from '../signal/window.js';
import { isRemote } from '../store/address.js';
import { RunFolder } from './run-folder.js';

/** The training of a model. */
export interface ModelTraining {
  /** The data sets of the training, as they were named. */
  readonly source: string;
  /** Whether one of them is a corpus of synthetic records. */
  readonly isSynthetic: boolean;
  /** Patients that trained or validated, without the name of their data set. */
  readonly patients: ReadonlySet<string>;
}

const sideSchema = z.object({ patients: z.array(z.string()) });

/**
 * Returns the training of the run whose folder has the model `file`; undefined if it is in a bucket, no metrics.json beside it says
 * which run wrote the model, or the run had no real records.
 *
 * @throws PqrstError ERR_CHECKPOINT: when metrics.json is damaged.
 */
export async function trainingOfModel(
  file: string,
  metadata: ModelMetadata,
): Promise<ModelTraining | undefined> {
  if (metadata.setting === undefined || isRemote(file)) return undefined;
  const metrics = await new RunFolder(dirname(file)).readMetrics({
    split: z.object({ train: sideSchema, val: sideSchema }).nullable(),
  });
  if (metrics?.split == null) return undefined;
  const { config, data, split } = metrics;
  const isSame = (['task', 'arch', 'seed', 'setting'] as const).every((key) => config[key] === metadata[key]);
  if (!isSame) return undefined;
  const refs = splitDatasetRefs(data.source);
  const bare = (name: string) => (refs.length > 1 ? name.slice(name.indexOf(':') + 1) : name);
  return {
    source: data.source,
    isSynthetic: refs.some((ref) => refParts(ref).kind === 'corpus'),
    patients: new Set([...split.train.patients, ...split.val.patients].map(bare)),
  };
}

/** Kinds of data sets whose records anyone names, so that equal names in two folders are different patients. */
const ownKinds = new Set(['corpus', 'edf', 'folder', 'npy']);

/** Returns what two sets share if patients with equal names are the same: the kind, or of the user's own data the folder. */
function placesOf(source: string): Set<string> {
  return new Set(
    splitDatasetRefs(source).map((ref) => {
      const { kind, folder } = refParts(ref);
      return ownKinds.has(kind) ? `${kind}:${resolve(folder)}` : kind;
    }),
  );
}

/**
 * Returns the patients of a data set that trained or validated the model, without the name of their data set; undefined if
 * none can have done so. Copies of a public data set count as one.
 */
export function trainedPatients(training: ModelTraining, source: string): ReadonlySet<string> | undefined {
  const places = placesOf(training.source);
  return [...placesOf(source)].some((place) => places.has(place)) ? training.patients : undefined;
}

/** Returns the windows of `set` whose patient trained or validated the model. */
export function trainedWindows(
  training: ModelTraining,
  set: Pick<WindowSet, 'windows' | 'source'>,
): EcgWindow[] {
  const patients = trainedPatients(training, set.source);
  return set.windows.filter(({ origin }) => patients?.has(origin.patient));
}

/** How many of the evaluated windows and patients trained the model. */
export interface TrainedShare {
  readonly windows: number;
  readonly patients: number;
}

/** Counts the windows of `set` whose patient trained or validated the model. */
export function trainedShare(
  training: ModelTraining,
  set: Pick<WindowSet, 'windows' | 'source'>,
): TrainedShare {
  const trained = trainedWindows(training, set);
  return { windows: trained.length, patients: patientsOf(trained) };
}

/** Returns the number of patients of windows. */
export function patientsOf(windows: readonly EcgWindow[]): number {
  return new Set(windows.map((window) => displayNames(window).patientId)).size;
}
