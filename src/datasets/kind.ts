// What a data set is to the rest of the house: a list of recordings with patients, labels and folds, read without
// touching a signal, and a way to cut one recording. A kind of data set is one file that says these; load.ts does what
// all have in common (order, progress, abort, skipping, the cache).

import type { EcgClass } from '../signal/classes.js';
import type { EcgRecord, WindowOptions } from '../signal/window.js';
import type { Stretch } from './windows.js';

/** A recording as its data set lists it. */
export interface RecordEntry {
  /** Unique in the data set. */
  readonly recordName: string;
  readonly patientId: string;
  /** Of the whole recording; empty where labels change within it (MIT-BIH's rhythms) or say nothing of ours. */
  readonly classes: readonly EcgClass[];
  /** The data set's own words for the whole recording: SCP codes, SNOMED codes and abbreviations, CinC's N, A, O, ~. */
  readonly labels: readonly string[];
  /** PTB-XL's strat_fold 1-10. */
  readonly fold?: number;
  /** All that the recording is read from, relative to the folder with `/`; a change of one is another recording. */
  readonly files: readonly string[];
}

/** One lead of a recording, and the stretches of it that are windows with their labels. */
export interface CutRecord {
  /** Usually the wanted lead alone (`readLead`): nothing else is decoded. */
  readonly record: EcgRecord;
  /** Index into `record.leads`. */
  readonly lead: number;
  readonly stretches: readonly Stretch[];
}

export interface DatasetReader<Entry extends RecordEntry = RecordEntry> {
  /** The word before the colon in `KIND:DIR`. */
  readonly kind: string;
  /** Name, release and what is read, in one line. */
  readonly about: string;
  /**
   * Files that decide the list (tables of labels), relative to the folder; empty where the names of the headers (.hea)
   * in the folder do, at any depth. Part of the cache's key: a list follows from these and from the entries' files.
   */
  readonly tables: readonly string[];
  /** Grows when the same files give other windows than before; part of the cache's key. */
  readonly version: number;
  /** It tells who was recorded; where it does not, a recording may count as a patient without being one. */
  readonly knowsPatients?: true;
  /** Its amplitudes are no millivolts. */
  readonly hasScaledAmplitudes?: true;
  /** Whether a folder that holds these names (its own, not those further down) is probably of this kind. */
  recognizes(names: ReadonlySet<string>): boolean;
  /** ERR_NOT_FOUND, ERR_CSV, ERR_PATH_OUTSIDE where the list itself cannot be had. */
  list(folder: string, options: WindowOptions): Promise<readonly Entry[]>;
  /**
   * A sentence where the recording gives no window; ERR_NOT_FOUND, ERR_NPY, ERR_RANGE, ERR_WFDB_* where its files are
   * damaged: either skips that recording alone. Several run side by side.
   */
  read(folder: string, entry: Entry, options: WindowOptions): Promise<CutRecord | string>;
}
