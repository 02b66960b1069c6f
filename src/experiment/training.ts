// One training of an experiment in its folder. It resumes from the checkpoint that an interrupted run left there.

import { PqrstError } from '../base/errors.js';
import type { Engine, State } from '../engine/engine.js';
import type { TrainConfig } from '../run/config.js';
import { type Phase, trainPhase } from '../run/phase.js';
import { identityOf, type RunFolder, type RunOrigin } from '../run/run-folder.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { TrainingEvent, TrainingSnapshot } from '../train/trainer.js';

/** What a training runs on: an engine and its share of the cores. */
export interface Worker {
  readonly engine: Engine;
  readonly threads: number;
}

export interface TrainingJob {
  readonly folder: RunFolder;
  /** As `pqrst train` would take it. */
  readonly config: TrainConfig;
  /** Pair, positives, records, and the training that the first weights come from. */
  readonly origin: RunOrigin;
  readonly phase: Phase;
  readonly weights?: State | undefined;
}

export interface TrainingHooks {
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Called after each validation, before its checkpoint is written. It may throw to end the training. */
  readonly judge?: (snapshot: TrainingSnapshot) => void;
}

/**
 * Trains to the end.
 *
 * @throws PqrstError ERR_CHECKPOINT: when the folder holds the checkpoint of another training. ERR_DIVERGED, ERR_ENGINE.
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
    const remedy = 'delete its folder and run the experiment again';
    folder.expectIdentity(resume, identity, remedy);
  }
  return trainPhase({ folder, config, identity, phase, weights, resume, ...worker, ...hooks });
}

/** Reduces the checkpoint to the best weights, which are all that later trainings and exports need. */
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
