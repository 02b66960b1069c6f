// What an experiment tells while it goes, for a progress bar, a notebook or a server.

import type { Device } from '../engine/engine.js';
import type { Setting } from '../run/config.js';
import type { TrainingEvent } from '../train/trainer.js';
import type { CellKey, ResultRow } from './results.js';
import type { Trial } from './search.js';

export type ExperimentEvent =
  /** Records of one data set after the other. */
  | { readonly kind: 'loading'; readonly done: number; readonly total: number }
  | {
      readonly kind: 'data';
      readonly windows: number;
      readonly patients: number;
      readonly skipped: number;
      /** What will not be done, in sentences. */
      readonly left: readonly string[];
    }
  | { readonly kind: 'engine'; readonly name: string; readonly device: Device; readonly reason: string }
  /** All there is; of what is done already, runs are told as `earlier`, searches only where a run needs them. */
  | { readonly kind: 'plan'; readonly searches: number; readonly runs: number }
  | {
      readonly kind: 'trial';
      readonly task: string;
      readonly arch: string;
      readonly setting: Setting;
      readonly trial: Trial;
      readonly trials: number;
    }
  | {
      readonly kind: 'search';
      readonly task: string;
      readonly arch: string;
      readonly setting: Setting;
      readonly best: Trial;
    }
  /** A step or a validation of the training in `folder` (relative to the experiment's). */
  | { readonly kind: 'training'; readonly folder: string; readonly event: TrainingEvent }
  | {
      readonly kind: 'run';
      readonly key: CellKey;
      readonly pair: number;
      /** A row a test set. */
      readonly rows: readonly ResultRow[];
      readonly done: number;
      readonly runs: number;
      /** Done by an earlier run of the experiment. */
      readonly earlier: boolean;
    }
  /** The statistics: cells, each on one test set. */
  | { readonly kind: 'judging'; readonly done: number; readonly total: number }
  | { readonly kind: 'report'; readonly path: string };
