// Recordings in memory, and the windows that are cut from them: the unit of data for training, evaluation and reports.

import type { EcgClass } from './classes.js';
import { canonicalLead } from './leads.js';

/** A recording. All leads have one rate and one length. */
export interface EcgRecord {
  readonly name: string;
  readonly fsHz: number;
  readonly leads: readonly string[];
  /** One array per lead, in mV; NaN where a sample is missing. */
  readonly signalsMv: readonly Float32Array[];
}

/** A WFDB annotation. */
export interface Annotation {
  /** Its time as a sample of the record's rate. */
  readonly sample: number;
  /** What it marks: N, V, +, p, (, ... */
  readonly symbol: string;
  readonly subtype: number;
  readonly channel: number;
  readonly number: number;
  /** The text field, for example `(AFIB` at a rhythm change `+`. */
  readonly aux: string;
}

/** Unit of a signal: millivolts; standard deviations of a z-scored record; or a scale that no one states. */
export type SignalUnit = 'mV' | 'sd' | 'arbitrary';

/** The recording that a window was cut from. */
export interface WindowOrigin {
  /** Name of its data set among merged ones (`mitdb`, `ludb2`); empty where there is only one. */
  readonly dataset: string;
  /** Name of the recording, unique in its data set. */
  readonly record: string;
  /** Name of the patient, unique in its data set. */
  readonly patient: string;
}

/** A labelled stretch of a recording. */
export interface EcgWindow {
  /** [leads, samples], lead after lead, at the rate of its set. Holds no NaN. */
  readonly signal: Float32Array;
  readonly unit: SignalUnit;
  /** Names of its leads (`II`, `MLII`, `ECG`), as the recording has them. */
  readonly leads: readonly string[];
  readonly origin: WindowOrigin;
  /** Its start in the recording, s. */
  readonly startS: number;
  /** The classes that the reference labels give this window; empty where none of ours applies. */
  readonly classes: readonly EcgClass[];
  /** The labels in the data set's own words: SCP codes, SNOMED codes and their abbreviations, `(AFIB`, N. */
  readonly labels?: readonly string[];
  /** PTB-XL's strat_fold, 1-10. */
  readonly fold?: number;
}

/** A recording of which a reader gives no window, or fewer. */
export interface SkippedRecord {
  readonly recordName: string;
  readonly reason: string;
}

/** Windows of one rate, length and number of leads. */
export interface WindowSet {
  /** `KIND:DIR`; several with commas. */
  readonly source: string;
  readonly fsHz: number;
  readonly lengthSamples: number;
  /** The unit of all windows; `mixed` where they differ, and then each window states its own. */
  readonly unit: SignalUnit | 'mixed';
  /**
   * One name per lead: of several leads in its usual spelling, of a single lead as the recordings have it. Different names
   * are joined with `/`.
   */
  readonly leads: readonly string[];
  readonly windows: readonly EcgWindow[];
  readonly skipped: readonly SkippedRecord[];
}

/** Which windows a reader cuts. */
export interface WindowOptions {
  /** Rate of the windows, Hz; records of another rate are resampled. */
  readonly fsHz: number;
  readonly seconds: number;
  /**
   * The leads of each window, as `parseLeads` returns them; a record that lacks one is skipped. Default: one lead, which
   * is lead II wherever the data set has it.
   */
  readonly leads?: readonly string[];
  /** Folder in which decoded windows are kept for the next run; without it none are kept. A corpus needs none. */
  readonly cacheFolder?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Returns the name of a recording or patient as people read it: `201`, or `mitdb:201` among merged data sets. */
export function displayName(dataset: string, name: string): string {
  return dataset === '' ? name : `${dataset}:${name}`;
}

/** Returns a window's recording and patient as files and reports name them. Within one set, equal names are equal patients. */
export function displayNames({ origin: { dataset, record, patient } }: Pick<EcgWindow, 'origin'>): {
  readonly recordName: string;
  readonly patientId: string;
} {
  return { recordName: displayName(dataset, record), patientId: displayName(dataset, patient) };
}

/** Returns what a set states about all of its windows. */
export function describeWindows(windows: readonly EcgWindow[]): Pick<WindowSet, 'unit' | 'leads'> {
  const [unit = 'arbitrary', ...others] = new Set(windows.map((window) => window.unit));
  const count = windows[0]?.leads.length ?? 0;
  const leads = Array.from({ length: count }, (_, at) => {
    const names = windows.map((window) => window.leads[at]!);
    return [...new Set(count > 1 ? names.map(canonicalLead) : names)].join('/');
  });
  return { unit: others.length > 0 ? 'mixed' : unit, leads };
}
