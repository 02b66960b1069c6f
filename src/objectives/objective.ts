// The contract between a training and what is trained. The trainer runs the epochs, the optimiser, validation, early
// stopping and resuming; an objective says what the programs compute, what they take of a batch, and how good the
// weights are. classify.ts is the objective of classifiers.

import type { Batch, BatchSource } from '../batches/batches.js';
import type { Execution, Program } from '../engine/engine.js';
import type { TrainingOptions, TrainingProgram } from '../model/training.js';

/** What a validation returns. */
export interface Validation {
  /** Mean over the records, comparable with the training loss; early stopping minimises it. */
  readonly loss: number;
  /** By name; NaN where a score is undefined. `f1` and `auprc` become columns of the learning curve. */
  readonly scores: Readonly<Record<string, number>>;
}

/** `Inputs`: what one step takes of a batch, as the training program reads it. */
export interface Objective<Inputs extends object> {
  /**
   * Builds the program of an optimiser step with `buildTrainingProgram(options, ...)`. Its output `loss` is what training
   * minimises.
   */
  buildTraining(options: TrainingOptions): TrainingProgram<Inputs>;

  /**
   * Builds the program that `validate` runs. Its state is a part of the training program's state; where the training keeps
   * moving averages of the weights, the program gets these.
   */
  buildInference(): Program;

  /**
   * Returns the inputs of a step for a full training batch.
   *
   * @param step - The number of the step, from 1 over the whole training. An objective that draws random numbers puts it into
   * the path of their stream, so that a resumed training draws the same numbers.
   */
  inputs(batch: Batch, step: number): Inputs;

  /**
   * Computes the loss and the scores of epoch 0 of `source`. `execution` runs the program of `buildInference` with the
   * weights to judge. Rejects with `signal.reason` when aborted.
   */
  validate(execution: Execution, source: BatchSource, signal: AbortSignal | undefined): Promise<Validation>;
}
