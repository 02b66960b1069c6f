// What passes between the service and its reader thread, and the JSON of recordings.

import type { Scaling } from 'pqrst/evaluate';
import { z } from 'zod';
import type { Refusal } from '../errors.js';

/** Units of samples whose file states none, in mV. */
export const unitsMv = { mV: 1, uV: 0.001, V: 1000 } as const;

const rate = z.coerce.number().gt(0).max(100_000);
const names = z.string().min(1).max(2000);

/** What a client states about an upload, in the query. */
export const uploadQuery = z.strictObject({
  record: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('The only recording of an archive to read; default: all.'),
  fsHz: rate
    .optional()
    .describe('The sampling rate in Hz, for a file that states none (npy, CSV without times).'),
  unit: z
    .enum(['mV', 'uV', 'V'])
    .optional()
    .describe('The unit of samples whose file states none; default mV.'),
  names: names
    .optional()
    .describe('Names of the leads in the order of the file, for a file that states none: I,II,V1.'),
  leads: names.optional().describe('Leads of the recording to take in place of those of the model.'),
});

/** The query of `POST /v1/ecg:classify`. */
export const classifyQuery = uploadQuery.extend({
  model: z.string().optional().describe('The name of the model; default: the first.'),
});

/** The query of `POST /v1/ecg:paper`. */
export const paperQuery = uploadQuery.extend({
  startS: z.coerce.number().min(0).max(1e7).optional().describe('The first second to draw; default 0.'),
  seconds: z.coerce.number().gt(0).max(60).optional().describe('The seconds to draw; default 10.'),
});

/** A recording as JSON. */
export const recordingSchema = z.strictObject({
  name: z.string().max(200).optional(),
  fsHz: z.number().gt(0).max(100_000),
  unit: z.enum(['mV', 'uV', 'V']).optional(),
  leads: z.array(z.string().min(1).max(60)).min(1).max(64),
  signals: z
    .array(z.array(z.number().nullable()).min(2))
    .min(1)
    .max(64)
    .describe('One list of samples per lead; null is a missing sample.'),
});

/** An uploaded file. */
export interface Upload {
  /** Its name; the service uses its ending, and the names of the files of one WFDB record. */
  readonly name: string | undefined;
  readonly bytes: Uint8Array;
}

/** The windows that a model takes. */
export interface WindowShape {
  readonly fsHz: number;
  readonly lengthSamples: number;
  /** Names of its leads; undefined: one lead, II if there is one. */
  readonly leads: readonly string[] | undefined;
  readonly filter: string | undefined;
  readonly scaling: Scaling;
  /** The most windows of one upload. */
  readonly mostWindows: number;
}

/** A task for the reader thread. */
export interface ReadTask {
  /** An empty folder for the files of the task. The caller deletes it. */
  readonly folder: string;
  readonly files: readonly Upload[];
  readonly query: z.output<typeof uploadQuery>;
  readonly work:
    | { readonly kind: 'windows'; readonly shape: WindowShape }
    | {
        readonly kind: 'paper';
        readonly startS: number;
        readonly seconds: number;
        readonly lead: string | undefined;
      };
}

/** A recording that was cut into windows. */
export interface CutRecording {
  readonly name: string;
  readonly fsHz: number;
  readonly seconds: number;
  /** All leads of the recording. */
  readonly leads: readonly string[];
  /** The leads of the windows. */
  readonly usedLeads: readonly string[];
  /** The start of each window in s. */
  readonly startsS: readonly number[];
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
}

/** The result of a task. */
export type ReadResult =
  | {
      readonly kind: 'windows';
      readonly recordings: readonly CutRecording[];
      readonly signals: Float32Array<ArrayBuffer>;
    }
  | { readonly kind: 'paper'; readonly svg: string };

/** The answer of the reader thread. `failure` describes an error that it did not expect. */
export type ReadReply =
  | { readonly result: ReadResult }
  | { readonly refusal: Refusal; readonly failure?: string | undefined };
