// The interface of a kind of data set. A kind provides records with patients, labels and folds, and the signals of
// each. Most kinds list their records without opening a signal file, and then read them one by one. A kind whose
// records must be read in order streams them. `records.ts` hides the difference.

import type { EcgClass } from '../signal/classes.js';
import type { SignalUnit, WindowOptions } from '../signal/window.js';

/** A recording as its data set lists it. */
export interface RecordEntry {
  /** Name of the recording, unique within the data set. */
  readonly recordName: string;
  readonly patientId: string;
  /** Classes of the whole recording; empty if its labels change (rhythms of MIT-BIH) or no class applies. */
  readonly classes: readonly EcgClass[];
  /** Labels of the whole recording in the words of the data set: SCP or SNOMED codes, abbreviations, N, A, O, ~. */
  readonly labels: readonly string[];
  /** PTB-XL's strat_fold, 1-10. */
  readonly fold?: number;
  /** All files of the recording, relative to the folder and with `/`. The cache compares their states. */
  readonly files: readonly string[];
  /** The reason why its row in the table cannot be used. The recording is then skipped and not read. */
  readonly flaw?: string;
}

/** A row of a table that cannot be used. */
export interface FlawedEntry extends RecordEntry {
  readonly flaw: string;
}

/** Returns the entry of a row that cannot be used. */
export function flawedEntry(recordName: string, flaw: string): FlawedEntry {
  return { recordName, patientId: recordName, classes: [], labels: [], files: [], flaw };
}

/** Some leads of a recording. */
export interface LeadSignals {
  readonly fsHz: number;
  /** Names of the leads, as the recording spells them. */
  readonly leads: readonly string[];
  /** One array per lead, all of one length; NaN where a sample is missing. */
  readonly signals: readonly Float32Array[];
  readonly unit: SignalUnit;
  /** True if no file of the recording states the unit, so that mV is assumed. */
  readonly isUnitAssumed?: true;
  /** All leads of the recording; absent if its WFDB header states them. */
  readonly recordingLeads?: readonly string[];
  /** Contradictions inside its files that change no sample, such as a wrong checksum; absent if there are none. */
  readonly notes?: readonly string[];
}

/** The place of a window in a recording, with its reference labels. */
export interface Stretch {
  /** First sample, at the rate of the recording. */
  readonly startSample: number;
  readonly classes: readonly EcgClass[];
  readonly labels?: readonly string[];
}

/** The requested leads of a recording, and the places of its windows. */
export interface CutRecord extends LeadSignals {
  readonly stretches: readonly Stretch[];
}

interface CommonKind {
  /** The word before the colon in `KIND:DIR`. */
  readonly kind: string;
  /** One line about the kind: name, release, and what is read. */
  readonly about: string;
  /** True if the kind names the patients. Otherwise each recording counts as one patient. */
  readonly knowsPatients?: true;
  /** True if its labels are those of a user's own table, which `own-labels.ts` reads by the table of synonyms. */
  readonly ownLabels?: true;
  /** True if all folders within its folder belong to it, so that none of them is a data set of its own. */
  readonly ownsSubfolders?: true;
  /** Returns whether a folder that directly contains these names is probably of this kind. */
  recognizes(names: ReadonlySet<string>): boolean;
}

/** A kind that lists its records, so that several of them can be read at the same time. */
export interface ListedKind<Entry extends RecordEntry = RecordEntry> extends CommonKind {
  /**
   * Files that determine the list (tables of labels), relative to the folder. If there is none, the names of all
   * headers (.hea) in the folder at any depth determine it. They are a part of the cache's key.
   */
  readonly tables: readonly string[];
  /**
   * Endings of the names of its files (`.edf`), if it also lists a folder that lacks its tables. The names of these
   * files at any depth then determine the list too.
   */
  readonly endings?: readonly string[];
  /** A number that grows when a change of the code makes other windows of the same files. A part of the cache's key. */
  readonly version: number;
  /**
   * Lists the records. A row of a table that cannot be used becomes an entry with its flaw.
   *
   * @param notes - receives sentences about the list for its user, such as columns of a table that are not used.
   * @throws PqrstError ERR_NOT_FOUND, ERR_CSV: when the list itself cannot be read.
   */
  list(folder: string, options: WindowOptions, notes: string[]): Promise<readonly (Entry | FlawedEntry)[]>;
  /**
   * Reads one record.
   *
   * @returns its leads and the places of its windows, or the reason why it gives no window.
   * @throws PqrstError ERR_NOT_FOUND, ERR_PATH_OUTSIDE, ERR_NPY, ERR_EDF, ERR_HDF5, ERR_RANGE, ERR_WFDB_*: when its files are
   *   damaged. Only this record is then skipped.
   */
  read(folder: string, entry: Entry, options: WindowOptions): Promise<CutRecord | string>;
}

/** A kind that reads its records in one pass, in order. A damaged file ends the reading. */
export interface StreamedKind extends CommonKind {
  stream(folder: string, options: WindowOptions): Promise<RecordStream>;
}

/** The records of a streamed kind, in order. */
export interface RecordStream {
  readonly count: number;
  readonly records: AsyncIterable<{ readonly entry: RecordEntry; readonly cut: CutRecord | string }>;
}

/** A kind of data set. */
export type DatasetKind = ListedKind | StreamedKind;
