// The options of predictions in parts, and what an evaluation says about them; prediction-parts.ts writes them.

import { z } from 'zod';
import { oneOf, whole } from '../base/options.js';

/** The formats of the parts. */
export const partFormats = ['parquet', 'csv'] as const;
/** The format of the parts. */
export type PartFormat = (typeof partFormats)[number];

/** The folder of predictions that an evaluation writes. */
export interface PredictionsOptions {
  /** The folder: new, empty, or with other parts of the same predictions. */
  readonly out: string;
  /** Format of the parts; default `parquet`. */
  readonly format?: PartFormat | undefined;
  /** Evaluates only the shards of part `part` of `parts`, from 1; default 1. */
  readonly part?: number | undefined;
  /** Number of tasks that the shards are divided among; default 1. */
  readonly parts?: number | undefined;
  /** Continues unfinished predictions in the folder, if there are any; default false. */
  readonly resume?: boolean | undefined;
}

/** The folder of predictions that an evaluation wrote. */
export interface WrittenPredictions {
  readonly out: string;
  readonly format: PartFormat;
  /** Number of shards whose part exists: of this task, or of all if it is complete. */
  readonly shards: number;
  /**
   * True if the parts of all shards exist now, with the manifest: the scores are then those of the whole corpus. False:
   * other tasks have work left, and the scores are those of the shards of this task.
   */
  readonly complete: boolean;
}

/** The schema of `PredictionsOptions`. */
export const predictionsSchema = z.strictObject({
  out: z.string('the path of a folder').min(1, 'the path of a folder'),
  format: oneOf(partFormats).optional(),
  part: whole(1, 100_000).optional(),
  parts: whole(1, 100_000).optional(),
  resume: z.boolean('true or false').optional(),
});
