// Trains a small network on labelled records of a comparison, and predicts other records with it. The last weights count:
// nothing is chosen by validation.

import { type LabelledWindow, realBatches } from '../batches/batches.js';
import type { Engine, State } from '../engine/engine.js';
import { withNetwork } from '../model/network.js';
import type { ModelPlan } from '../model/program.js';
import { classify } from '../objectives/classify.js';
import { parseConfig } from '../run/config.js';
import { modelPlanOf, trainerPlanOf } from '../run/phase.js';
import { originsOf, predictBatches } from '../run/predict.js';
import { realSides } from '../run/sides.js';
import type { Prediction } from '../score/predictions.js';
import { train } from '../train/trainer.js';

/** Settings of a small network. */
export interface SmallNetworkSettings {
  readonly engine: Engine;
  /** A task of two labels: `POSITIVE:NEGATIVE`, or a class. */
  readonly task: string;
  readonly arch: string;
  readonly seed: number;
  /** Number of optimiser steps, rounded up to whole epochs. */
  readonly steps: number;
  /** Sampling rate in Hz. */
  readonly fsHz: number;
  readonly lengthSamples: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of finished steps, and their total. */
  readonly onStep?: (done: number, total: number) => void;
}

/** A trained network. */
export interface SmallNetwork {
  readonly engine: Engine;
  readonly plan: ModelPlan;
  readonly state: State;
}

const batchSize = 32;

/** Returns the number of steps of `steps` or more that are whole epochs of `records` records. */
export function wholeEpochs(
  steps: number,
  records: number,
): { readonly epochs: number; readonly steps: number } {
  const perEpoch = Math.ceil(records / batchSize);
  const epochs = Math.ceil(steps / perEpoch);
  return { epochs, steps: epochs * perEpoch };
}

/**
 * Trains a network.
 *
 * @throws PqrstError The errors of the trainer.
 */
export async function trainSmallNetwork(
  records: readonly LabelledWindow[],
  { engine, task, arch, seed, steps, fsHz, lengthSamples, signal, onStep }: SmallNetworkSettings,
): Promise<SmallNetwork> {
  const { epochs } = wholeEpochs(steps, records.length);
  const config = parseConfig({
    ...{ task, setting: 'real', arch, seed, batch: batchSize },
    ...{ fsHz, seconds: lengthSamples / fsHz },
    ...{ epochs, validateEvery: epochs, patience: 1, schedule: 'one-cycle' },
  });
  const plan = modelPlanOf(config, { leads: 1, lengthSamples });
  const phase = realSides(config, records, records);
  const { best } = await train({
    ...{ engine, signal, ...phase },
    objective: classify(plan, phase),
    plan: trainerPlanOf(config, { name: 'train' }),
    onEvent: (event) => {
      if (event.kind === 'step') onStep?.(event.step, event.steps);
    },
  });
  return { engine, plan, state: best };
}

/** Predicts records in their order. */
export function predictRecords(
  network: SmallNetwork,
  records: readonly LabelledWindow[],
  signal: AbortSignal | undefined,
): Promise<Prediction[]> {
  const batches = realBatches(records, network.plan.lengthSamples, { batchSize: 64, seed: 0 });
  return withNetwork(network, (run) => predictBatches(run, batches, originsOf(records), { signal }));
}
