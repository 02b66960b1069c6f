// One phase of a run: the plans that the trainer and the exporter need, made from the configuration, and the training
// itself, which writes a checkpoint after each validation.

import { packageVersion } from '../base/version.js';
import type { Engine, State } from '../engine/engine.js';
import type { ModelMetadata } from '../model/metadata.js';
import type { ModelPlan } from '../model/program.js';
import { classify, trainPrior } from '../objectives/classify.js';
import { canonicalLead } from '../signal/leads.js';
import { outputsOf, parseLabelTask } from '../signal/tasks.js';
import type { Checkpoint, CurvePoint } from '../train/checkpoint.js';
import { type TrainerPlan, type TrainingEvent, type TrainingSnapshot, train } from '../train/trainer.js';
import type { TrainConfig } from './config.js';
import type { RunDataSummary, RunFolder, RunIdentity } from './run-folder.js';
import type { PhaseSides } from './sides.js';
import type { ValidationThreshold } from './threshold.js';

/** A phase; `finetune` uses the fine-tuning learning rate. */
export interface Phase extends PhaseSides {
  readonly name: 'train' | 'pretrain' | 'finetune';
  /** The task that the phase learns; default: the task of the run. */
  readonly task?: string;
}

/** Everything that `trainPhase` needs. */
export interface PhaseTraining {
  readonly folder: RunFolder;
  readonly config: TrainConfig;
  /** Stored in each checkpoint; see `identityOf`. */
  readonly identity: RunIdentity;
  readonly phase: Phase;
  readonly engine: Engine;
  readonly threads?: number | undefined;
  /** Weights to start from; default: the initial weights of the architecture. */
  readonly weights?: State | undefined;
  /** Points of earlier phases of the same run. */
  readonly curve?: readonly CurvePoint[] | undefined;
  readonly resume?: Checkpoint | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Called after each validation, before its checkpoint is written. It may throw to end the training. */
  readonly judge?: ((snapshot: TrainingSnapshot) => void) | undefined;
}

/**
 * Trains one phase to its end.
 *
 * @throws PqrstError The errors of `train` and of the objective.
 */
export function trainPhase(training: PhaseTraining): Promise<TrainingSnapshot> {
  const { folder, config, identity, phase, judge, ...rest } = training;
  return train({
    ...rest,
    objective: classify(modelPlanOf({ ...config, task: phase.task ?? config.task }, phase.training), phase),
    plan: trainerPlanOf(config, phase),
    training: phase.training,
    validation: phase.validation,
    onSnapshot: async (snapshot) => {
      judge?.(snapshot);
      await folder.saveSnapshot(identity, snapshot);
    },
  });
}

/** Returns whether a task has two labels, so that a threshold decides between them. */
export function hasThreshold({ task }: Pick<TrainConfig, 'task'>): boolean {
  return outputsOf(parseLabelTask(task)).kind === 'binary';
}

/** Returns the network of a run for windows [leads, lengthSamples]. */
export function modelPlanOf(
  { arch, archOptions, task }: TrainConfig,
  { leads, lengthSamples }: { readonly leads: number; readonly lengthSamples: number },
): ModelPlan {
  return { arch, options: archOptions, outputs: outputsOf(parseLabelTask(task)), leads, lengthSamples };
}

/** Returns the settings of the trainer for a phase of a run. */
export function trainerPlanOf(config: TrainConfig, { name }: Pick<Phase, 'name'>): TrainerPlan {
  const { batch, seed, weightDecay, epochs, validateEvery, patience } = config;
  const isFineTuning = name === 'finetune';
  return {
    phase: name,
    batchSize: batch,
    seed,
    learningRate: isFineTuning ? config.fineTuneLearningRate : config.learningRate,
    schedule: isFineTuning ? config.fineTuneSchedule : config.schedule,
    weightDecay,
    epochs,
    validateEvery,
    patience,
  };
}

/**
 * Returns the name of a lead for a model file, in one spelling: `II` also for `MLII`, and for `II/MLII` of merged data
 * sets.
 */
function leadInFile(name: string): string {
  const names = new Set(name.split('/').map(canonicalLead));
  // A comma separates the items of a list in the file.
  return [...names].join('/').replaceAll(',', ' ');
}

/**
 * Returns the metadata of a run's model file.
 *
 * @param threshold - The threshold that the run chose on its validation records; null or undefined without one.
 */
export function modelMetadataOf(
  { arch, filter, labelMap, seed, setting, task }: TrainConfig,
  { fsHz, lengthSamples, leads, unit }: RunDataSummary,
  threshold: ValidationThreshold | null | undefined,
): ModelMetadata {
  const { labels } = parseLabelTask(task);
  const isBinary = hasThreshold({ task });
  return {
    fsHz,
    lengthSamples,
    leads: leads.map(leadInFile),
    unit,
    ...(filter !== undefined && { filter }),
    ...(labelMap && { labelMap }),
    scaling: 'zscore',
    output: 'logit',
    classes: labels,
    task,
    ...(isBinary && { threshold: 0.5 }),
    ...(threshold?.reason === '' && { validationThreshold: threshold.value }),
    ...(isBinary && { trainPrior }),
    arch,
    setting,
    seed,
    version: packageVersion(),
  };
}
