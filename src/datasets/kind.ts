// What a kind of data set provides: records with patients, labels and folds, and the signals of each. Most kinds list
// their records without touching a signal and then read them one by one; a kind whose records have to be read in order
// streams them. `records.ts` treats both alike.

import type { EcgClass } from '../signal/classes.js';
import type { SignalUnit, WindowOptions } from '../signal/window.js';

/** A recording as its data set lists it. */
export interface RecordEntry {
  /** Unique in the data set. */
  readonly recordName: string;
  readonly patientId: string;
  /** Classes of the whole recording; empty where labels change within it (MIT-BIH's rhythms) or none of ours applies. */
  readonly classes: readonly EcgClass[];
  /** The data set's own words for the whole recording: SCP codes, SNOMED codes and abbreviations, CinC's N, A, O, ~. */
  readonly labels: readonly string[];
  /** PTB-XL's strat_fold, 1-10. */
  readonly fold?: number;
  /** Every file that the recording is read from, relative to the folder with `/`. The cache compares their states. */
  readonly files: readonly string[];
}

/** Some leads of a recording. */
export interface LeadSignals {
  readonly fsHz: number;
  /** Names as the recording has them. */
  readonly leads: readonly string[];
  /** One array per lead, all of one length; NaN where a sample is missing. */
  readonly signals: readonly Float32Array[];
  readonly unit: SignalUnit;
}

/** A place in a recording and its reference labels. */
export interface Stretch {
  /** First sample, at the recording's own rate. */
  readonly startSample: number;
  readonly classes: readonly EcgClass[];
  readonly labels?: readonly string[];
}

/** The requested leads of a recording, and its stretches that are windows. */
export interface CutRecord extends LeadSignals {
  readonly stretches: readonly Stretch[];
}

interface CommonKind {
  /** The word before the colon in `KIND:DIR`. */
  readonly kind: string;
  /** Name, release and what is read, in one line. */
  readonly about: string;
  /** Whether it states who was recorded. Where it does not, each recording counts as a patient. */
  readonly knowsPatients?: true;
  /** Whether all folders within its folder belong to it, so that none of them is a data set of its own. */
  readonly ownsSubfolders?: true;
  /** Returns whether a folder with these names in it (not those further down) is probably of this kind. */
  recognizes(names: ReadonlySet<string>): boolean;
}

/** A kind that lists its records and reads them one by one, several side by side. */
export interface ListedKind<Entry extends RecordEntry = RecordEntry> extends CommonKind {
  /**
   * Files that decide the list (tables of labels), relative to the folder. Without tables, the names of all
   * headers (.hea) in the folder decide it, at any depth. Part of the cache's key.
   */
  readonly tables: readonly string[];
  /** Grows when the same files give other windows than before. Part of the cache's key. */
  readonly version: number;
  /**
   * Lists the records.
   *
   * @throws PqrstError ERR_NOT_FOUND, ERR_CSV, ERR_PATH_OUTSIDE: when the list itself cannot be read.
   */
  list(folder: string, options: WindowOptions): Promise<readonly Entry[]>;
  /**
   * Reads one record.
   *
   * @returns its leads and stretches, or the reason why it gives no window.
   * @throws PqrstError ERR_NOT_FOUND, ERR_NPY, ERR_RANGE, ERR_WFDB_*: when its files are damaged. Only this record is then
   *   skipped.
   */
  read(folder: string, entry: Entry, options: WindowOptions): Promise<CutRecord | string>;
}

/** A kind that reads its records in one pass. A damaged file ends the reading. */
export interface StreamedKind extends CommonKind {
  stream(folder: string, options: WindowOptions): Promise<RecordStream>;
}

/** The records of a streamed kind, in their order. */
export interface RecordStream {
  readonly count: number;
  readonly records: AsyncIterable<{ readonly entry: RecordEntry; readonly cut: CutRecord | string }>;
}

/** A kind of data set. */
export type DatasetKind = ListedKind | StreamedKind;
