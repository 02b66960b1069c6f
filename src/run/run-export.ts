// The model of a finished run as another file: the best weights of its checkpoint in the precision asked for, compared
// with the network, and on request with the run's own file on labelled records. It trains nothing.

import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { parseOptions } from '../base/options.js';
import { openDataset } from '../datasets/dataset.js';
import type { Engine } from '../engine/engine.js';
import { onnxRuntimeEngine } from '../engine/onnxruntime.js';
import { type ExportReport, exportModel } from '../model/export.js';
import { type Precision, precisions } from '../model/metadata.js';
import type { Estimate } from '../score/metrics.js';
import { parseLabelTask, simulatedClasses } from '../signal/tasks.js';
import type { WindowSet } from '../signal/window.js';
import { readCheckpoint } from '../train/checkpoint.js';
import { parseConfig, type TrainConfig, type TrainConfigInput } from './config.js';
import { evaluate } from './evaluate.js';
import { leadsToLoad } from './leads.js';
import { openRunData } from './run-data.js';
import { describeModel, learningCurveName, runFiles } from './train-run.js';

export interface ExportRunOptions extends JobOptions {
  /** The folder of a finished run. */
  readonly run: string;
  /** The file to write. */
  readonly out: string;
  /** Default float32. */
  readonly precision?: Precision | undefined;
  /** Labelled records on which the file and the run's own are judged. */
  readonly data?: string | WindowSet | undefined;
  readonly threads?: number | undefined;
  readonly engine?: Engine | undefined;
}

export interface RunExport {
  readonly report: ExportReport;
  /** Where data were given: the same windows through both files. */
  readonly comparison?: {
    readonly source: string;
    readonly windows: number;
    /** In a task of two labels. */
    readonly positives?: number;
    /** Over several classes the mean of one against the rest. */
    readonly float32Auprc: Estimate;
    readonly auprc: Estimate;
  };
}

const optionsSchema = z.strictObject({
  run: z.string('the folder of a finished run'),
  out: z.string('the file to write'),
  precision: z.enum(precisions, `one of ${precisions.join(', ')}`).optional(),
  data: z
    .union([z.string(), z.looseObject({ windows: z.array(z.any()) })], 'KIND:DIR or a set of windows')
    .optional(),
  threads: z.int('a whole number from 1').min(1, 'a whole number from 1').optional(),
  engine: z.any().optional(),
  signal: z.any().optional(),
  onProgress: z.any().optional(),
});

const resultSchema = z.looseObject({
  config: z.looseObject({}),
  data: z.looseObject({
    ...{ fsHz: z.number(), lengthSamples: z.int(), leads: z.array(z.string()).min(1) },
    unit: z.enum(['mV', 'sd', 'arbitrary', 'mixed']),
  }),
});

/**
 * Writes `out`. ERR_NOT_FOUND where `run` is no finished run, ERR_OPTION where `out` is a file of the run,
 * ERR_CHECKPOINT, ERR_EXPORT_PARITY, ERR_WRITE and, with data, the errors of `evaluate`. `onProgress` counts windows.
 */
export async function exportRun(options: ExportRunOptions): Promise<RunExport> {
  parseOptions(optionsSchema, options, 'exportRun');
  const { run, out } = options;
  await refuseOwnFile(run, out);
  const { config, summary } = await readResult(join(run, runFiles.metrics));
  const { best } = await readCheckpoint(join(run, runFiles.checkpoint));
  const set = await openWindows(options, summary);
  const engine = options.engine ?? onnxRuntimeEngine();
  try {
    const { precision, threads, signal } = options;
    // The network is asked about records like those that it was made for, whatever it was trained on.
    const task = simulatedClasses(parseLabelTask(config.task)) === undefined ? 'af' : config.task;
    const { phases } = await openRunData({ ...config, task, setting: 'syn' }, undefined, {});
    const { signals } = await phases[0]!.validation.batch(0, 0, signal);
    const samples = onEachLead(signals, summary);
    const model = describeModel(config, summary);
    const report = await exportModel(out, { engine, threads, ...model, state: best, samples, precision });
    signal?.throwIfAborted();
    return set === undefined ? { report } : { report, comparison: await compare(set, engine, options) };
  } finally {
    if (options.engine === undefined) await engine.close();
  }
}

/** Records of one lead [n, 1, L] as [n, leads, L]: the simulator makes one lead, so each lead gets the same. */
function onEachLead(signals: Float32Array, { leads, lengthSamples }: Summary): Float32Array {
  const size = leads.length * lengthSamples;
  const repeated = new Float32Array(signals.length * leads.length);
  for (let at = 0; at < repeated.length; at += lengthSamples) {
    const first = Math.floor(at / size) * lengthSamples;
    repeated.set(signals.subarray(first, first + lengthSamples), at);
  }
  return repeated;
}

/** Also by way of a link; a folder that is not there yet is another one. */
async function refuseOwnFile(run: string, out: string): Promise<void> {
  const [own, asked] = await Promise.all(
    [run, dirname(out)].map((folder) => realpath(folder).catch(() => resolve(folder))),
  );
  const names: readonly string[] = [...Object.values(runFiles), learningCurveName];
  if (own !== asked || !names.includes(basename(out))) return;
  throw new PqrstError('ERR_OPTION', `${out} is a file of the run itself; give another name to write to`);
}

interface Summary {
  readonly fsHz: number;
  readonly lengthSamples: number;
  readonly leads: readonly string[];
  readonly unit: WindowSet['unit'];
}

async function readResult(path: string): Promise<{ config: TrainConfig; summary: Summary }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `there is no ${path}; give the folder of a run that was trained to its end`,
      { cause },
    );
  }
  try {
    const { config, data } = resultSchema.parse(JSON.parse(text));
    return { config: parseConfig(config as TrainConfigInput), summary: data };
  } catch (cause) {
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `${path} is not the result of a run (${whatIsWrong(cause)}); give the folder of a run, or train again`,
      { cause },
    );
  }
}

function whatIsWrong(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return (cause as Error).message;
  return cause.issues.map(({ path }) => `no ${path.join('.')} as it should be`).join(', ');
}

async function openWindows({ data, signal }: ExportRunOptions, summary: Summary) {
  if (typeof data !== 'string') return data;
  const { fsHz, lengthSamples, leads: stated } = summary;
  const leads = leadsToLoad(stated);
  return openDataset(data, {
    ...{ fsHz, seconds: lengthSamples / fsHz },
    ...(leads && { leads }),
    ...(signal && { signal }),
  });
}

async function compare(
  set: WindowSet,
  engine: Engine,
  { run, out, threads, signal, onProgress }: ExportRunOptions,
): Promise<NonNullable<RunExport['comparison']>> {
  const judge = (modelPath: string, before: number) =>
    evaluate({
      modelPath,
      data: set,
      engine,
      threads,
      ...(signal && { signal }),
      ...(onProgress && { onProgress: (done, total) => onProgress(before * total + done, 2 * total) }),
    });
  const plain = await judge(join(run, runFiles.model), 0);
  const { metrics } = await judge(out, 1);
  return {
    source: set.source,
    windows: metrics.windows,
    ...('positives' in metrics && { positives: metrics.positives }),
    float32Auprc: plain.metrics.auprc,
    auprc: metrics.auprc,
  };
}
