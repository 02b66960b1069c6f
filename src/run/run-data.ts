// The records of a training run by setting: what each phase trains and validates on, and what the test sees.
// Synthetic records come from one endless list: training, validation and test read ranges that do not meet.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { type BatchSource, type LabelledWindow, realBatches, syntheticBatches } from '../batches/batches.js';
import { type SplitSide, splitSides, splitWindows } from '../batches/splits.js';
import { openDataset, selectTask } from '../datasets/dataset.js';
import type { EcgClass } from '../signal/classes.js';
import { samplesOf } from '../signal/samples.js';
import { type LabelTask, parseLabelTask, simulatedClasses } from '../signal/tasks.js';
import type { WindowSet } from '../signal/window.js';
import { Synthesizer } from '../synth/synthesizer.js';
import type { TrainConfig } from './config.js';
import type { Prediction } from './evaluate.js';
import { refuseTrainedRecords, type TrainedRecords } from './overlap.js';

export interface Phase {
  readonly name: 'train' | 'pretrain' | 'finetune';
  readonly lengthSamples: number;
  readonly training: BatchSource;
  readonly validation: BatchSource;
}

/** A side of the split of real data. */
export interface SideSummary {
  readonly windows: number;
  /** Windows of any label but the first. */
  readonly positives: number;
  /** Windows of each of the task's labels. */
  readonly labelCounts: readonly number[];
  readonly patients: readonly string[];
}

export interface RunData {
  readonly summary: {
    readonly source: string;
    readonly fsHz: number;
    readonly lengthSamples: number;
    readonly lead: string;
    readonly skipped: number;
  };
  /** Null without real data. */
  readonly split: Readonly<Record<SplitSide, SideSummary>> | null;
  readonly phases: readonly Phase[];
  readonly test: {
    readonly on: 'real' | 'synthetic';
    readonly batches: BatchSource;
    /** Record `at` of `batches`. */
    describe(at: number): Pick<Prediction, 'recordName' | 'patientId' | 'startS'>;
  };
}

/** Opens the data, splits it, and lays out the phases; ERR_OPTION where the setting needs data and there are none. */
export async function openRunData(
  config: TrainConfig,
  data: string | WindowSet | undefined,
  options: JobOptions,
): Promise<RunData> {
  const { setting } = config;
  if (data === undefined && setting !== 'syn') {
    throw new PqrstError(
      'ERR_OPTION',
      `the setting ${setting} trains on real records; give data (KIND:DIR), or choose the setting syn`,
    );
  }
  if (data !== undefined && setting !== 'real') await refuseTrainedRecords(data, trainedRecords(config));
  const set = data === undefined ? undefined : await openWindows(config, data, options);
  const real = set && realData(config, set);
  const synthetic = setting === 'real' ? undefined : syntheticData(config);
  const phases: Phase[] = [];
  if (synthetic) phases.push({ name: setting === 'syn' ? 'train' : 'pretrain', ...synthetic.phase });
  if (real && setting !== 'syn')
    phases.push({ name: setting === 'real' ? 'train' : 'finetune', ...real.phase });
  const summary = {
    source: set?.source ?? 'synthetic',
    fsHz: config.fsHz,
    lengthSamples: phases[0]!.lengthSamples,
    lead: set?.lead ?? 'II',
    skipped: set?.skipped.length ?? 0,
  };
  return { summary, split: real?.split ?? null, phases, test: real?.test ?? synthetic!.test };
}

async function openWindows(
  { fsHz, seconds }: TrainConfig,
  data: string | WindowSet,
  { signal, onProgress }: JobOptions,
): Promise<WindowSet> {
  if (typeof data === 'string') {
    return openDataset(data, { fsHz, seconds, ...(signal && { signal }), ...(onProgress && { onProgress }) });
  }
  if (data.fsHz === fsHz && data.lengthSamples === samplesOf(seconds, fsHz)) return data;
  throw new PqrstError(
    'ERR_OPTION',
    `the windows of ${data.source} are ${data.lengthSamples} samples at ${data.fsHz} Hz, but the run asks for ` +
      `${seconds} s at ${fsHz} Hz; load them at that rate and length`,
  );
}

function realData(config: TrainConfig, set: WindowSet) {
  const task = parseLabelTask(config.task);
  const { windows, labels } = selectTask(set, task);
  const labelled: LabelledWindow[] = windows.map((window, at) => ({ window, label: labels[at]! }));
  const items = labelled.map(({ window: { patientId, fold }, label }) => ({
    patientId,
    label,
    ...(fold !== undefined && { fold }),
  }));
  const split = splitWindows(items, { kind: config.split, seed: config.seed, labels: task.labels });
  const side = (name: SplitSide) => split[name].map((at) => labelled[at]!);
  const { lengthSamples } = set;
  const plain = { batchSize: config.batch, seed: config.seed };
  const test = side('test');
  const summaries = splitSides.map((name) => [name, summarize(side(name), task)]);
  return {
    split: Object.fromEntries(summaries) as Record<SplitSide, SideSummary>,
    phase: {
      lengthSamples,
      training: realBatches(side('train'), lengthSamples, { ...plain, augment: config }),
      validation: realBatches(side('val'), lengthSamples, plain),
    },
    test: {
      on: 'real' as const,
      batches: realBatches(test, lengthSamples, plain),
      describe: (at: number) => {
        const { recordName, patientId, startS } = test[at]!.window;
        return { recordName, patientId, startS };
      },
    },
  };
}

function summarize(windows: readonly LabelledWindow[], { labels }: LabelTask): SideSummary {
  const labelCounts = labels.map((_, at) => windows.filter(({ label }) => label === at).length);
  return {
    windows: windows.length,
    positives: windows.length - labelCounts[0]!,
    labelCounts,
    patients: [...new Set(windows.map(({ window }) => window.patientId))].sort(),
  };
}

/** Records for training, then those for validation. */
function trainedRecords({ task, preset, seed, syntheticCount }: TrainConfig): TrainedRecords {
  const classes = simulatedClasses(parseLabelTask(task))!;
  return { preset, seed, classes, first: 0, count: syntheticCount + heldRecords(classes, syntheticCount) };
}

/** Returns how many records validate: 8:2 as in the paper, and always every class. */
function heldRecords(classes: readonly EcgClass[], syntheticCount: number): number {
  return classes.length * Math.max(1, Math.round(syntheticCount / (4 * classes.length)));
}

function syntheticData(config: TrainConfig) {
  const { preset, fsHz, seconds, seed, batch: batchSize, syntheticCount } = config;
  const classes = simulatedClasses(parseLabelTask(config.task))!;
  const source = new Synthesizer({ preset, fsHz, seconds, seed }).signalSource();
  const { lengthSamples } = source;
  const held = heldRecords(classes, syntheticCount);
  const range = (first: number, count: number) => ({ first, count });
  const plain = { batchSize, seed };
  const testFirst = syntheticCount + held;
  return {
    phase: {
      lengthSamples,
      training: syntheticBatches(source, classes, range(0, syntheticCount), {
        ...plain,
        augment: config,
      }),
      validation: syntheticBatches(source, classes, range(syntheticCount, held), plain),
    },
    test: {
      on: 'synthetic' as const,
      batches: syntheticBatches(source, classes, range(testFirst, held), plain),
      describe: (at: number) => {
        const name = `synthetic-${testFirst + at}`;
        return { recordName: name, patientId: name, startS: 0 };
      },
    },
  };
}
