// A denoiser as a program with its weights as state, and with its weights as constants, for the file. Shapes:
// N records, C leads, L samples, K labels.

import type { Program, State } from '../engine/engine.js';
import type { Graph } from '../graph/graph.js';
import { constantGraph, inferenceProgram } from '../model/program.js';
import { type DenoiserShape, denoiserInputs, resolveDenoiser } from '../nn/denoisers/index.js';
import type { ArchOptions } from '../nn/models/architecture.js';
import type { Net } from '../nn/net.js';

/** A denoiser: its kind, and the shapes of its input and output. */
export interface DenoiserPlan extends DenoiserShape {
  /** Name for `resolveDenoiser`. */
  readonly denoiser: string;
  /** Hyper-parameters; default those of the size `small`. */
  readonly options?: ArchOptions;
}

/**
 * Builds the denoiser in inference mode, with its weights as state. Inputs `x` [N, C, L], `level` [N] and `label`
 * [N, K + 1], and `beats` [N, 1, L] if it takes them; output `prediction` [N, C, L].
 *
 * @throws PqrstError ERR_UNKNOWN_ARCH, ERR_OPTION, ERR_RANGE: when the plan is not one of a denoiser.
 */
export function buildDenoiserProgram(plan: DenoiserPlan): Program {
  return inferenceProgram('denoiser', (net) => addDenoiser(net, plan));
}

/**
 * Builds the denoiser with the weights of `state` as constants.
 *
 * @throws PqrstError ERR_CHECKPOINT: when `state` lacks a tensor, or has one of another size.
 */
export function buildDenoiserGraph(plan: DenoiserPlan, state: State): Graph {
  return constantGraph(plan.denoiser, (net) => addDenoiser(net, plan), state);
}

function addDenoiser(net: Net, plan: DenoiserPlan): void {
  const input = denoiserInputs(net, 'N', { ...plan, takesBeats: takesBeats(plan) });
  net.graph.output('prediction', resolveDenoiser(plan.denoiser).build(net, input, plan.options ?? {}));
}

/** Returns whether the denoiser takes the beats of the records, [N, 1, L]. */
export function takesBeats({ denoiser, options = {} }: DenoiserPlan): boolean {
  return resolveDenoiser(denoiser).takesBeats(options);
}
