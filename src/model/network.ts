// Runs a network with its weights, without an ONNX file. Shapes: N windows, L samples per lead.

import type { Engine, State } from '../engine/engine.js';
import type { Answers } from '../signal/outputs.js';
import { buildInferenceProgram, type ModelPlan, pickState } from './program.js';

/** A network, its weights and the engine that runs it. */
export interface NetworkOptions {
  readonly engine: Engine;
  readonly threads?: number | undefined;
  readonly plan: ModelPlan;
  /** Weights and statistics; other entries are ignored. */
  readonly state: State;
}

/**
 * Calls `use` with a function that runs a network in inference mode, and releases the network afterwards.
 *
 * @param use - Receives the function from signals [N, leads, L] to outputs.
 */
export async function withNetwork<T>(
  { engine, threads, plan, state }: NetworkOptions,
  use: (run: (signals: Float32Array) => Promise<Answers>) => Promise<T>,
): Promise<T> {
  const { leads = 1, lengthSamples } = plan;
  const program = buildInferenceProgram(plan);
  const execution = await engine.load(
    program,
    pickState(state, program),
    threads === undefined ? {} : { threads },
  );
  try {
    return await use(async (signals) => {
      const ecg = { data: signals, shape: [signals.length / (leads * lengthSamples), leads, lengthSamples] };
      const { logit, probability } = await execution.run({ ecg });
      return { logit: logit!.data as Float32Array, probability: probability!.data as Float32Array };
    });
  } finally {
    await execution.close();
  }
}
