// The types of recordings in memory and of the windows that are cut from them. Training, evaluation and reports work on
// windows.

import type { EcgClass } from './classes.js';
import { canonicalLead, spellLead } from './leads.js';
import type { LabelMap } from './synonyms.js';

/** A recording. All leads have one rate and one length. */
export interface EcgRecord {
  /** Name of the recording, without folder and suffix. */
  readonly name: string;
  /** Sampling rate of all leads in Hz. */
  readonly fsHz: number;
  /** Names of the leads, in the order of `signalsMv`. */
  readonly leads: readonly string[];
  /** One array per lead, in mV; NaN where a sample is missing. */
  readonly signalsMv: readonly Float32Array[];
  /**
   * Voltage signals that are omitted, and contradictions inside the files that change no sample, such as a wrong checksum
   * or a file that is longer than its header states; absent if there are none.
   */
  readonly notes?: readonly string[];
}

/** A WFDB annotation. */
export interface Annotation {
  /** Its time: a sample number at the rate of the record. */
  readonly sample: number;
  /** The kind of mark: N, V, +, p, (, ... */
  readonly symbol: string;
  /** The subtype of the mark, -128 to 127; usually 0. Its meaning depends on the symbol. */
  readonly subtype: number;
  /** Number of the signal that the mark belongs to, 0 to 255; usually 0. */
  readonly channel: number;
  /** The `num` field of WFDB, -128 to 127; usually 0. Its meaning depends on the symbol. */
  readonly number: number;
  /** The text field, for example `(AFIB` at a rhythm change `+`. */
  readonly aux: string;
}

/** Unit of a signal: `mV`; `sd`, standard deviations of a z-scored record; or `arbitrary`, an unknown scale. */
export type SignalUnit = 'mV' | 'sd' | 'arbitrary';

/** The recording that a window was cut from. */
export interface WindowOrigin {
  /** Name of its data set among several that are merged (`mitdb`, `ludb2`); empty if there is only one. */
  readonly dataset: string;
  /** Name of the recording, unique within its data set. */
  readonly record: string;
  /** Name of the patient, unique within its data set. */
  readonly patient: string;
}

/** A labelled stretch of a recording. */
export interface EcgWindow {
  /** Samples [leads, samples], lead after lead, at the rate of its set. No sample is NaN. */
  readonly signal: Float32Array;
  /** Unit of the samples: `mV`, `sd` (standard deviations of the record) or `arbitrary`. */
  readonly unit: SignalUnit;
  /** Names of its leads (`II`, `MLII`, `ECG`), as the recording spells them. */
  readonly leads: readonly string[];
  /** The data set, recording and patient that it was cut from. */
  readonly origin: WindowOrigin;
  /** Time in the recording, in s, at which it starts. */
  readonly startS: number;
  /** The classes that the reference labels give this window, as many as apply; empty if no class applies. */
  readonly classes: readonly EcgClass[];
  /** The labels in the words of the data set: SCP codes, SNOMED codes and their abbreviations, `(AFIB`, N. */
  readonly labels?: readonly string[];
  /** PTB-XL's strat_fold, 1-10. */
  readonly fold?: number;
}

/** A recording that gives no windows, or fewer than its length allows, and the reason. */
export interface SkippedRecord {
  /** Name of the recording: `201`, or `mitdb:201` among merged data sets. */
  readonly recordName: string;
  /** Message for a person about why windows are missing. */
  readonly reason: string;
  /**
   * True if a row of the table or a file of the recording is at fault. Absent if the recording can be read, but lacks a
   * lead, is too short, or has windows that are flat or lack samples.
   */
  readonly unreadable?: true;
}

/** How a label of a user's own table is read. */
export interface LabelReading {
  /** Name of its data set among several that are merged; absent if there is only one. */
  readonly dataset?: string;
  /** The label as the table spells it. */
  readonly label: string;
  /** The classes that it states; empty if the user's map keeps the label as it is. */
  readonly classes: readonly string[];
  /** True if the user's map says so; false if the table of synonyms does. */
  readonly isMapped: boolean;
  /** Number of records with the label. */
  readonly records: number;
  /** Number of these records that are of the classes. Sinus rhythm beside another finding does not make a record normal. */
  readonly applied: number;
}

/** Windows of one rate, length and number of leads. */
export interface WindowSet {
  /** The data set as `KIND:DIR`; several are separated by commas. */
  readonly source: string;
  /** Sampling rate of all windows in Hz. */
  readonly fsHz: number;
  /** Number of samples per lead of each window. */
  readonly lengthSamples: number;
  /** The filter that was applied to each lead of each window, in Hz (`0.5-40`); undefined if there was no filter. */
  readonly filter?: string;
  /** The unit of all windows; `mixed` if they differ. Each window states its own. */
  readonly unit: SignalUnit | 'mixed';
  /**
   * One name per lead, in its usual spelling. The name of a single lead can be MLII. Different names of one lead are
   * joined with `/`.
   */
  readonly leads: readonly string[];
  /** The windows, in the order of their recordings and times. */
  readonly windows: readonly EcgWindow[];
  /** The recordings that give no windows, or fewer than their length allows, with the reasons. */
  readonly skipped: readonly SkippedRecord[];
  /** Sentences about the data for their user: columns of a table that are not used, implausible amplitudes. */
  readonly notes?: readonly string[];
  /** How labels of users' own tables (`folder:`, `edf:`, `npy:`) are read as classes; absent without such a table. */
  readonly readings?: readonly LabelReading[];
}

/** Which windows a reader cuts from recordings. */
export interface WindowOptions {
  /** Rate of the windows in Hz; recordings of another rate are resampled. */
  readonly fsHz: number;
  /** Length of the windows in s. */
  readonly seconds: number;
  /**
   * The leads of each window, as `parseLeads` returns them; a record that lacks one is skipped. Default: one lead,
   * which is lead II if the data set has it.
   */
  readonly leads?: readonly string[];
  /**
   * Band-pass filter `LOW-HIGH` in Hz, such as `0.5-40`, with zero phase; LOW 0 keeps low frequencies. It is applied to
   * each lead of each window by itself, after resampling. HIGH must be below half of `fsHz`, and the windows longer than
   * 1 / LOW seconds. Default: no filter.
   */
  readonly filter?: string;
  /**
   * What labels of a user's own table (`folder:`, `edf:`, `npy:`) mean, in place of the table of synonyms: a class
   * (`{ SR: 'normal' }`), a mixture, or the label itself, which then states no class. Default: the table decides.
   */
  readonly labelMap?: LabelMap;
  /**
   * Folder in which decoded windows are kept for the next run. Default: none are kept. Windows of a corpus never are.
   */
  readonly cacheFolder?: string;
  /** Aborts reading, which then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Called after each recording with the number of recordings that are done and their total number. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Returns the name of a recording or patient as people read it: `201`, or `mitdb:201` among merged data sets. */
export function displayName(dataset: string, name: string): string {
  return dataset === '' ? name : `${dataset}:${name}`;
}

/** Returns the names of a window's recording and patient for files and reports. Within one set, they are unique. */
export function displayNames({ origin: { dataset, record, patient } }: Pick<EcgWindow, 'origin'>): {
  readonly recordName: string;
  readonly patientId: string;
} {
  return { recordName: displayName(dataset, record), patientId: displayName(dataset, patient) };
}

/** Returns the words by which messages name a window. */
export function describeWindow(window: Pick<EcgWindow, 'origin' | 'startS'>): string {
  return `the window of record ${displayNames(window).recordName} at ${window.startS} s`;
}

/** Returns the unit and the leads of a set with these windows. */
export function describeWindows(windows: readonly EcgWindow[]): Pick<WindowSet, 'unit' | 'leads'> {
  const [unit = 'arbitrary', ...others] = new Set(windows.map((window) => window.unit));
  const count = windows[0]?.leads.length ?? 0;
  const leads = Array.from({ length: count }, (_, at) => {
    const names = windows.map((window) => window.leads[at]!);
    return [...new Set(names.map(count > 1 ? canonicalLead : spellLead))].join('/');
  });
  return { unit: others.length > 0 ? 'mixed' : unit, leads };
}
