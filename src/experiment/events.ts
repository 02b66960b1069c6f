// The events of a running experiment, for a progress bar, a notebook or a server. All of them can be written as JSON.

import type { Device } from '../engine/engine.js';
import type { Setting } from '../run/settings.js';
import type { SkippedRecord } from '../signal/window.js';
import type { TrainingEvent } from '../train/trainer.js';
import type { CellKey, ResultRow } from './results.js';
import type { Trial } from './search.js';

/** One event of a running experiment; `kind` says which. */
export type ExperimentEvent =
  /** Records loaded so far; data sets are loaded one after the other. */
  | { readonly kind: 'loading'; readonly done: number; readonly total: number }
  | {
      readonly kind: 'data';
      readonly windows: number;
      readonly patients: number;
      readonly skipped: number;
      /** The records that cannot be read, with those of the outside sets. */
      readonly unreadable: readonly SkippedRecord[];
      /** Sentences about the records for the user. */
      readonly notes: readonly string[];
      /** One sentence per requested test that is not possible with these records. */
      readonly left: readonly string[];
    }
  | { readonly kind: 'engine'; readonly name: string; readonly device: Device; readonly reason: string }
  /** The total numbers of searches and runs. A run finished earlier is reported as `earlier`. */
  | { readonly kind: 'plan'; readonly searches: number; readonly runs: number }
  | {
      readonly kind: 'trial';
      readonly task: string;
      readonly arch: string;
      readonly setting: Setting;
      /** The source of the synthetic records; null in settings without any. */
      readonly source: string | null;
      readonly trial: Trial;
      readonly trials: number;
    }
  | {
      readonly kind: 'search';
      readonly task: string;
      readonly arch: string;
      readonly setting: Setting;
      /** The source of the synthetic records; null in settings without any. */
      readonly source: string | null;
      /** Null if the time limit ended the search before its first validation: its runs use the defaults of `pqrst train`. */
      readonly best: Trial | null;
    }
  /** Synthetic records made so far for the run in `folder`, which keeps them in memory. */
  | { readonly kind: 'making'; readonly folder: string; readonly done: number; readonly total: number }
  /** A step or a validation of the training in `folder`, which is relative to the folder of the experiment. */
  | { readonly kind: 'training'; readonly folder: string; readonly event: TrainingEvent }
  | {
      readonly kind: 'run';
      readonly key: CellKey;
      readonly pair: number;
      /** One row per test set. */
      readonly rows: readonly ResultRow[];
      readonly done: number;
      readonly runs: number;
      /** True for a run that was finished before this call. */
      readonly earlier: boolean;
    }
  /** The statistics: the cells computed so far, counted once per test set. */
  | { readonly kind: 'judging'; readonly done: number; readonly total: number }
  | { readonly kind: 'report'; readonly path: string };
