// Runs one training of an experiment in a separate folder. It resumes from the checkpoint of an interrupted training.

import { PqrstError } from '../base/errors.js';
import type { Engine, State } from '../engine/engine.js';
import type { TrainConfig } from '../run/config.js';
import { type Phase, trainPhase } from '../run/phase.js';
import { identityOf, type RunFolder, type RunOrigin } from '../run/run-folder.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { TrainingEvent, TrainingSnapshot } from '../train/trainer.js';

/** An engine and its share of the processor cores. A worker executes one training at a time. */
export interface Worker {
  readonly engine: Engine;
  readonly threads: number;
}

/** Everything that decides the weights of a training. */
export interface TrainingJob {
  readonly folder: RunFolder;
  /** The configuration of the training, in the form that `pqrst train` uses. */
  readonly config: TrainConfig;
  /** The pair, the number of positives, the fingerprint of the records, and the training of the first weights. */
  readonly origin: RunOrigin;
  readonly phase: Phase;
  /** Weights to start from; default: the initial weights of the architecture. */
  readonly weights?: State | undefined;
}

/** How a caller follows and stops a training. */
export interface TrainingHooks {
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Called after each validation, before its checkpoint is written. It may throw to end the training. */
  readonly judge?: (snapshot: TrainingSnapshot) => void;
}

/**
 * Trains to the end. If the folder holds a checkpoint of the training, it resumes from it.
 *
 * @throws PqrstError ERR_CHECKPOINT: when the checkpoint is damaged or belongs to another training.
 * @throws PqrstError ERR_DIVERGED: when the loss is no longer a number.
 * @throws PqrstError ERR_ENGINE: when the engine fails.
 * @throws `hooks.signal.reason`: when the signal is aborted.
 */
export async function trainJob(
  job: TrainingJob,
  worker: Worker,
  hooks: TrainingHooks,
): Promise<TrainingSnapshot> {
  const { folder, config, origin, phase, weights } = job;
  const identity = identityOf(config, origin);
  const resume = await findCheckpoint(folder);
  if (resume !== undefined) {
    const remedy = 'delete the folder that contains it and run the experiment again';
    folder.expectIdentity(resume, identity, remedy);
  }
  return trainPhase({ folder, config, identity, phase, weights, resume, ...worker, ...hooks });
}

/** Reduces the checkpoint to the best weights. Later trainings and exports need nothing else. */
export async function slimCheckpoint(
  { folder, config, origin }: TrainingJob,
  snapshot: TrainingSnapshot,
): Promise<void> {
  await folder.saveBest(identityOf(config, origin), snapshot);
}

async function findCheckpoint(folder: RunFolder): Promise<Checkpoint | undefined> {
  try {
    return await folder.readCheckpoint();
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_NOT_FOUND') return undefined;
    throw error;
  }
}
