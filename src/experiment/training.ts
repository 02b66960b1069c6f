// One training of an experiment in its folder: goes on from the checkpoint that an interrupted run left there.

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PqrstError } from '../base/errors.js';
import type { BatchSource } from '../batches/batches.js';
import type { Engine, State } from '../engine/engine.js';
import type { ModelPlan } from '../model/program.js';
import { classify } from '../objectives/classify.js';
import type { TrainConfig } from '../run/config.js';
import { runFiles } from '../run/train-run.js';
import { type LabelTask, outputsOf } from '../signal/tasks.js';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../train/checkpoint.js';
import { type TrainerPlan, type TrainingEvent, type TrainingSnapshot, train } from '../train/trainer.js';

/** Whom a training works for: an engine, its share of the cores, and the way to stop it. */
export interface Worker {
  readonly engine: Engine;
  readonly threads: number;
}

export interface TrainingJob {
  readonly folder: string;
  readonly task: LabelTask;
  /** As `pqrst train` would be asked for it; `setting` says which of the learning rates holds. */
  readonly config: TrainConfig;
  /** What else decides the weights: pair, positives, records, the weights it starts from. */
  readonly origin: Readonly<Record<string, string | number | null>>;
  readonly training: BatchSource;
  readonly validation: BatchSource;
  readonly weights?: State | undefined;
}

export interface TrainingHooks {
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Called after each validation, before its checkpoint is written; throws to end the training. */
  readonly judge?: (snapshot: TrainingSnapshot) => void;
}

/** Trains to the end. ERR_CHECKPOINT where the folder's checkpoint is of another training; ERR_DIVERGED, ERR_ENGINE. */
export async function trainJob(
  job: TrainingJob,
  worker: Worker,
  hooks: TrainingHooks,
): Promise<TrainingSnapshot> {
  const path = join(job.folder, runFiles.checkpoint);
  const identity = identityOf(job);
  const resume = await readIfThere(path);
  if (resume !== undefined && !isDeepStrictEqual(resume.config, identity)) {
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `${path} is of another training than the one that belongs there; delete its folder and run the experiment again`,
    );
  }
  const { engine, threads } = worker;
  const { training, validation, weights } = job;
  return train({
    engine,
    threads,
    objective: classify(modelOf(job), job),
    plan: planOf(job),
    training,
    validation,
    weights,
    resume,
    signal: hooks.signal,
    onEvent: hooks.onEvent,
    onSnapshot: async (snapshot) => {
      hooks.judge?.(snapshot);
      await writeCheckpoint(path, { config: identity, ...snapshot });
    },
  });
}

/** Leaves only what is needed from then on: the best weights. */
export async function slimCheckpoint(job: TrainingJob, { progress, best }: TrainingSnapshot): Promise<void> {
  const checkpoint = { config: identityOf(job), progress, current: new Map(), best };
  await writeCheckpoint(join(job.folder, runFiles.checkpoint), checkpoint);
}

/** The weights of the lowest validation loss of a training that is done. */
export async function readBest(folder: string): Promise<State> {
  return (await readCheckpoint(join(folder, runFiles.checkpoint))).best;
}

function identityOf({ config, origin }: TrainingJob): Checkpoint['config'] {
  return JSON.parse(JSON.stringify({ ...config, ...origin }));
}

function modelOf({ task, config, training }: TrainingJob): ModelPlan {
  const { arch, archOptions: options } = config;
  return { arch, options, outputs: outputsOf(task), lengthSamples: training.lengthSamples };
}

function planOf({ config }: TrainingJob): TrainerPlan {
  const { setting, seed, weightDecay, epochs, validateEvery, patience, batch } = config;
  const fineTunes = setting === 'syn-real';
  return {
    phase: fineTunes ? 'finetune' : 'train',
    batchSize: batch,
    seed,
    learningRate: fineTunes ? config.fineTuneLearningRate : config.learningRate,
    weightDecay,
    epochs,
    validateEvery,
    patience,
  };
}

async function readIfThere(path: string): Promise<Checkpoint | undefined> {
  try {
    return await readCheckpoint(path);
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_NOT_FOUND') return undefined;
    throw error;
  }
}
