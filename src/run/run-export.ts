// Exports the model of a finished run to another file, in the requested precision. The weights are the best ones of the
// checkpoint. The file is compared with the network and, if data are given, with the float32 model on labelled records.
// It is written only after both comparisons.

import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { writeFileAtomic } from '../base/files.js';
import type { JobOptions } from '../base/job.js';
import { parseOptions } from '../base/options.js';
import { realBatches } from '../batches/batches.js';
import { selectTask } from '../datasets/dataset.js';
import { filterWindows } from '../datasets/windows.js';
import type { Engine } from '../engine/engine.js';
import { onnxRuntimeEngine } from '../engine/onnxruntime.js';
import { checkedModel, type ExportOptions, type ExportReport, modelFile } from '../model/export.js';
import { type Precision, precisions, type Scaling } from '../model/metadata.js';
import { loadModel } from '../model/session.js';
import type { Estimate } from '../score/metrics.js';
import type { WindowSet } from '../signal/window.js';
import { parseConfig, type TrainConfigInput } from './config.js';
import { evaluateModel } from './evaluate.js';
import { leadsToLoad } from './leads.js';
import { mapFor, openWindowsAt } from './open-windows.js';
import { modelMetadataOf, modelPlanOf } from './phase.js';
import { RunFolder, runFiles } from './run-folder.js';

/** The options of `exportRun`. */
export interface ExportRunOptions extends JobOptions {
  /** The folder of a finished run. */
  readonly run: string;
  /** The file to write. */
  readonly out: string;
  /** Number format of the exported file; default float32. */
  readonly precision?: Precision | undefined;
  /**
   * Whether the file takes raw windows, and computes the filter of the run and the z-score itself; default false. Its
   * metadata then state `preprocessing`, so that `evaluate` does not compute these steps twice.
   */
  readonly withPreprocessing?: boolean | undefined;
  /** Labelled records on which the file and the float32 model of the run are evaluated. */
  readonly data?: string | WindowSet | undefined;
  /** Number of threads per operator, from 1; default the number of cores. */
  readonly threads?: number | undefined;
  /** An open engine, which the caller closes; default an ONNX Runtime engine on the processor. */
  readonly engine?: Engine | undefined;
}

/** The result of an export. */
export interface RunExport {
  /** Path, precision and size of the file, and its differences from the float32 network. */
  readonly report: ExportReport;
  /** The scores of both models on the same windows, if data were given. */
  readonly comparison?: {
    readonly source: string;
    readonly windows: number;
    /** Only for a task of two labels. */
    readonly positives?: number;
    /** For several classes: the mean over each class against the rest. */
    readonly float32Auprc: Estimate;
    readonly auprc: Estimate;
  };
}

const optionsSchema = z.strictObject({
  run: z.string('the folder of a finished run'),
  out: z.string('the file to write'),
  precision: z.enum(precisions, `one of ${precisions.join(', ')}`).optional(),
  withPreprocessing: z.boolean('true or false').optional(),
  data: z
    .union([z.string(), z.looseObject({ windows: z.array(z.any()) })], 'KIND:DIR or a set of windows')
    .optional(),
  threads: z.int('a whole number from 1').min(1, 'a whole number from 1').optional(),
  engine: z.any().optional(),
  signal: z.any().optional(),
  onProgress: z.any().optional(),
});

const storedConfig = {
  config: z.looseObject({}).transform((config) => parseConfig(config as unknown as TrainConfigInput)),
};

/**
 * Writes the model of a finished run as an ONNX file of another precision, or as a file that takes raw windows. The
 * exported model is compared with the float32 model before the file is written.
 *
 * @param options - The run folder, the file, the precision, and records to compare both models on. `onProgress` counts
 *   the windows of both models together.
 * @returns The size of the file and the differences between the two models.
 * @example
 * ```ts
 * import { exportRun, trainRun } from 'pqrst/train';
 *
 * await trainRun(
 *   {
 *     task: 'af',
 *     setting: 'syn',
 *     arch: 'lstm',
 *     archOptions: { layers: 1, units: 16 },
 *     fsHz: 100,
 *     seconds: 4,
 *     epochs: 1,
 *     validateEvery: 1,
 *     syntheticCount: 32,
 *     batch: 8,
 *   },
 *   { out: 'run' },
 * );
 * const { report } = await exportRun({ run: 'run', out: 'model16.onnx', precision: 'float16' });
 * console.log(report.sizeBytes);
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when `run` is not the folder of a finished run with a model.
 * @throws PqrstError ERR_OPTION: when `out` is a file of the run.
 * @throws PqrstError ERR_CHECKPOINT: when a file of the run is damaged or of another format.
 * @throws PqrstError ERR_EXPORT_PARITY: when the file and the network differ; see `exportModel`.
 * @throws PqrstError ERR_WRITE: when `out` cannot be written. No error leaves a file at `out`.
 * @throws PqrstError The errors of `evaluate`, if `data` is given.
 */
export async function exportRun(options: ExportRunOptions): Promise<RunExport> {
  parseOptions(optionsSchema, options, 'exportRun');
  const { run, out, precision, withPreprocessing, data, threads, signal, onProgress } = options;
  await refuseOwnFile(run, out);
  const folder = new RunFolder(run);
  const metrics = await folder.readMetrics(storedConfig);
  if (metrics === undefined) {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `there is no ${folder.file('metrics')}; give the folder of a run that was trained to its end`,
    );
  }
  const { config, data: summary, threshold } = metrics;
  const { best: state } = await folder.readCheckpoint();
  const job = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const { fsHz, lengthSamples, leads } = summary;
  const { filter } = config;
  const at = {
    ...{ fsHz, seconds: lengthSamples / fsHz, leads: leadsToLoad(leads), leadCount: leads.length },
    ...(!withPreprocessing && { filter }),
    ...(data !== undefined && { labelMap: mapFor(data, config.labelMap) }),
  };
  const who = withPreprocessing ? 'a file with preprocessing' : `the model of ${run}`;
  const opened = data === undefined ? undefined : await openWindowsAt(data, at, who, signal && { signal });
  const sets = opened && comparedSets(opened, withPreprocessing ? filter : undefined);
  const engine = options.engine ?? onnxRuntimeEngine();
  try {
    const plan = modelPlanOf(config, { leads: leads.length, lengthSamples });
    const metadata = modelMetadataOf(config, summary, threshold);
    const model: ExportOptions = { engine, threads, plan, metadata, state };
    const scaling = withPreprocessing ? 'none' : 'zscore';
    const samples = sets && (await someWindows(sets.ofFile, config.task, scaling));
    const { bytes, report } = await checkedModel(out, { ...model, samples, precision, withPreprocessing });
    const comparison = sets && (await compare(sets, model, bytes, out, job));
    signal?.throwIfAborted();
    await writeFileAtomic(out, bytes, signal);
    return comparison === undefined ? { report } : { report, comparison };
  } finally {
    if (options.engine === undefined) await engine.close();
  }
}

/** Refuses to replace a file of the run, also through a link. A folder that does not exist is not that of the run. */
async function refuseOwnFile(run: string, out: string): Promise<void> {
  const [own, target] = await Promise.all(
    [run, dirname(out)].map((folder) => realpath(folder).catch(() => resolve(folder))),
  );
  const names: readonly string[] = Object.values(runFiles);
  if (own !== target || !names.includes(basename(out))) return;
  throw new PqrstError('ERR_OPTION', `${out} is a file of the run itself; choose another file to write`);
}

/** The windows on which both models are evaluated, as each of them takes them. */
interface ComparedSets {
  readonly ofNetwork: WindowSet;
  readonly ofFile: WindowSet;
}

/** Returns the windows of both models. `filter` is the filter that the file computes itself. */
function comparedSets(set: WindowSet, filter: string | undefined): ComparedSets {
  if (filter === undefined) return { ofNetwork: set, ofFile: set };
  const { raw, filtered } = filterWindows(set, filter);
  return { ofNetwork: filtered, ofFile: raw };
}

/** Returns a batch of the task's windows [n, leads, L], scaled as the file expects them. */
async function someWindows(set: WindowSet, task: string, scaling: Scaling): Promise<Float32Array> {
  const { windows } = selectTask(set, task);
  const labelled = windows.map((window) => ({ window, label: 0 }));
  const options = { batchSize: 64, seed: 0, scaling };
  return (await realBatches(labelled, set.lengthSamples, options).batch(0, 0)).signals;
}

/** Evaluates the float32 model and the file's bytes on the same windows. */
async function compare(
  { ofNetwork, ofFile }: ComparedSets,
  options: ExportOptions,
  bytes: Uint8Array,
  out: string,
  { signal, onProgress }: JobOptions,
): Promise<NonNullable<RunExport['comparison']>> {
  const { engine, threads } = options;
  const judge = async (file: Uint8Array, data: WindowSet, before: number) => {
    const model = await loadModel(file, out, { engine, threads });
    try {
      return await evaluateModel(model, engine, {
        data,
        ...(signal && { signal }),
        ...(onProgress && { onProgress: (done, total) => onProgress(before * total + done, 2 * total) }),
      });
    } finally {
      await model.close();
    }
  };
  const plain = await judge(await modelFile(options), ofNetwork, 0);
  const { metrics } = await judge(bytes, ofFile, 1);
  return {
    source: ofFile.source,
    windows: metrics.windows,
    ...('positives' in metrics && { positives: metrics.positives }),
    float32Auprc: plain.metrics.auprc,
    auprc: metrics.auprc,
  };
}
