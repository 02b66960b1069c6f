// The folder of a run, for `pqrst train` and `pqrst experiment`: the names of its files, how they are written and read,
// and the check that a checkpoint belongs to the run that resumes from it. Each file is complete or absent.
// metrics.json is written last, so a folder with this file holds a finished run.

import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { writeFileAtomic } from '../base/files.js';
import { readJson, writeJson } from '../base/json-file.js';
import { packageVersion } from '../base/version.js';
import type { Device } from '../engine/engine.js';
import type { Prediction } from '../score/predictions.js';
import { parseLabelTask } from '../signal/tasks.js';
import type { WindowSet } from '../signal/window.js';
import {
  type Checkpoint,
  type CurvePoint,
  curvePointSchema,
  readCheckpoint,
  writeCheckpoint,
} from '../train/checkpoint.js';
import { curveCsv } from '../train/curve.js';
import { expectIdentity } from '../train/identity.js';
import type { TrainingSnapshot } from '../train/trainer.js';
import type { TrainConfig } from './config.js';
import { predictionsCsv, readPredictions, type TestPredictions } from './predictions.js';
import { thresholdSchema, type ValidationThreshold } from './threshold.js';

/** The number of the folder's format. Readers refuse every other number. */
export const runSchema = 1;

/** The files of a run's folder. A run of an experiment has no model.onnx, and only `pqrst train` draws the curve. */
export const runFiles = {
  checkpoint: 'checkpoint.bin',
  model: 'model.onnx',
  metrics: 'metrics.json',
  curve: 'curve.csv',
  predictions: 'predictions.csv',
  picture: 'learning-curve.svg',
} as const;

/** The windows that a run works on. */
export interface RunDataSummary {
  /** The data set as it was named, or `synthetic`. */
  readonly source: string;
  /** Sampling rate of the windows in Hz. */
  readonly fsHz: number;
  /** Length of a window in samples per lead. */
  readonly lengthSamples: number;
  /** The requested leads; without a request the names in the recordings. */
  readonly leads: readonly string[];
  /** Unit of the samples before scaling; `mixed` if the windows have different units. */
  readonly unit: WindowSet['unit'];
  /** Number of skipped records. */
  readonly skipped: number;
}

/** The values besides the configuration that decide the weights: the records, and the origin of the first weights. */
export type RunOrigin = Readonly<Record<string, string | number | null | readonly number[]>>;

/** The part of metrics.json that every run has. */
export interface RunMetrics {
  /** Format of the file; 1 in this version. */
  readonly schema: number;
  /** The version of pqrst that finished the run. */
  readonly version: string;
  /**
   * The engine that finished the run; a run may be resumed with another engine. The number of threads changes only the
   * time ([ADR 2](../adr/0002-determinism.md)); another engine or processor changes the last bits.
   */
  readonly engine: { readonly name: string; readonly device: Device; readonly threads: number };
  /** The configuration of the run, with all defaults filled in. */
  readonly config: TrainConfig;
  /** Labels of the task, in the order of counts, confusion and probabilities. */
  readonly labels: readonly string[];
  /** Origin of the training, such as the data set; together with `config` it decides the weights. */
  readonly origin: RunOrigin;
  /** Source, sampling rate, length, leads and unit of the windows of the run. */
  readonly data: RunDataSummary;
  /**
   * The phases of the training in order: name, epoch and loss of the best validation, numbers of epochs and optimiser
   * steps, and time in s. Empty if the training diverged.
   */
  readonly phases: readonly {
    readonly phase: string;
    readonly bestEpoch: number;
    readonly bestValLoss: number;
    readonly epochs: number;
    readonly steps: number;
    readonly seconds: number;
  }[];
  /** Losses and scores of each validation, in the order of time; empty if the training diverged. */
  readonly curve: readonly CurvePoint[];
  /**
   * The decision threshold with the highest F1 of the validation records. Null for several classes, and if the training
   * diverged.
   */
  readonly threshold: ValidationThreshold | null;
  /** Wall-clock time of the call that finished the run. */
  readonly seconds: number;
}

const metricsSchema = z.object({
  config: z.looseObject({}),
  data: z.object({
    source: z.string(),
    fsHz: z.number(),
    lengthSamples: z.int(),
    leads: z.array(z.string()).min(1),
    unit: z.enum(['mV', 'sd', 'arbitrary', 'mixed']),
    skipped: z.int(),
  }),
  curve: z.array(curvePointSchema),
  threshold: thresholdSchema.nullable().optional(),
});
type StoredMetrics = z.output<typeof metricsSchema>;

const testAgain = 'and resume the run, which then tests the model of its checkpoint again';

/** One run's folder. */
export class RunFolder {
  /** The path of the folder, which may not exist yet. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Returns the path of one of the run's files. */
  file(name: keyof typeof runFiles): string {
    return join(this.path, runFiles[name]);
  }

  /**
   * Reads metrics.json.
   *
   * @param sections - Schemas of further keys that the caller needs besides `config`, `data` and `curve`.
   * @returns The content, or undefined if the run is not finished.
   * @throws PqrstError ERR_CHECKPOINT: when the file is damaged, or was written in another format.
   */
  readMetrics<S extends z.ZodRawShape>(
    sections: S,
  ): Promise<(StoredMetrics & z.output<z.ZodObject<S>>) | undefined> {
    const path = this.file('metrics');
    const parse = (value: unknown) => {
      refuseOtherSchema(path, value, 'delete the folder of the run and train again');
      return { ...metricsSchema.parse(value), ...z.object(sections).parse(value) };
    };
    return readJson(path, parse, `delete it ${testAgain}`);
  }

  /** Writes the results of a run: predictions.csv, curve.csv and, last, metrics.json. */
  async finish(metrics: RunMetrics, tests: readonly TestPredictions[]): Promise<void> {
    await writeFileAtomic(this.file('predictions'), predictionsCsv(metrics.labels, tests));
    await writeFileAtomic(this.file('curve'), curveCsv(metrics.curve));
    await writeJson(this.file('metrics'), metrics);
  }

  /**
   * Reads the `count` predictions of one test set.
   *
   * @throws PqrstError The errors of `readPredictions` in predictions.ts.
   */
  readPredictions(test: string, count: number): Promise<Prediction[]> {
    const remedy = `delete ${runFiles.metrics} in the same folder ${testAgain}`;
    return readPredictions(this.file('predictions'), test, count, remedy);
  }

  /**
   * Reads the checkpoint.
   *
   * @throws PqrstError The errors of `readCheckpoint` in src/train.
   */
  readCheckpoint(): Promise<Checkpoint> {
    return readCheckpoint(this.file('checkpoint'));
  }

  /** Writes the state of a training after a validation. */
  async saveSnapshot(identity: RunIdentity, snapshot: TrainingSnapshot): Promise<void> {
    await writeCheckpoint(this.file('checkpoint'), { config: identity, ...snapshot });
  }

  /** Reduces the checkpoint of a finished training to its best weights. */
  async saveBest(identity: RunIdentity, { progress, best }: TrainingSnapshot): Promise<void> {
    await this.saveSnapshot(identity, { progress, best, current: new Map() });
  }

  /**
   * Refuses a checkpoint of another run.
   *
   * @param remedy - What the reader can do about it; the end of the error message.
   * @throws PqrstError ERR_CHECKPOINT: when a value differs; the message states the first one.
   */
  expectIdentity({ config: found }: Checkpoint, identity: RunIdentity, remedy: string): void {
    const path = this.file('checkpoint');
    refuseOtherSchema(path, found, remedy);
    expectIdentity(path, { ...withoutSchedule, ...found }, identity, remedy);
  }
}

/** The schedules of a run whose files do not state them. */
export const withoutSchedule = { schedule: 'constant', fineTuneSchedule: 'constant' } as const;

/** The values that a checkpoint must have so that a run can resume from it. */
export type RunIdentity = Checkpoint['config'];

/** Returns the values that decide the weights of a run, for its checkpoint. */
export function identityOf(config: TrainConfig, origin: RunOrigin): RunIdentity {
  return JSON.parse(JSON.stringify({ schema: runSchema, ...config, ...origin }));
}

/** Returns the part of metrics.json that every run has. */
export function runMetrics(
  run: Pick<RunMetrics, 'engine' | 'config' | 'origin' | 'data' | 'curve' | 'threshold' | 'seconds'>,
): RunMetrics {
  const { engine, config, origin, data, curve, threshold, seconds } = run;
  return {
    schema: runSchema,
    version: packageVersion(),
    engine,
    config,
    labels: parseLabelTask(config.task).labels,
    origin,
    data,
    phases: [...new Set(curve.map(({ phase }) => phase))].map((phase) => summarizePhase(phase, curve)),
    curve,
    threshold,
    seconds,
  };
}

function summarizePhase(phase: string, curve: readonly CurvePoint[]): RunMetrics['phases'][number] {
  const points = curve.filter((point) => point.phase === phase);
  const last = points.at(-1)!;
  const best = points.reduce((low, point) => (point.valLoss! < low.valLoss! ? point : low));
  return {
    phase,
    bestEpoch: best.epoch,
    bestValLoss: best.valLoss!,
    epochs: last.epoch,
    steps: last.step,
    seconds: last.seconds,
  };
}

function refuseOtherSchema(path: string, value: unknown, remedy: string): void {
  const { schema } = z.looseObject({ schema: z.unknown().optional() }).parse(value);
  if (schema === runSchema) return;
  throw new PqrstError(
    'ERR_CHECKPOINT',
    `${path} is of ${schema === undefined ? 'an earlier run format without a number' : `run format ${schema}`}, but ` +
      `this version of pqrst reads format ${runSchema}; use the version that wrote it, or ${remedy}`,
  );
}
