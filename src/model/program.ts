// A network as a program with its weights as state, and as a graph with its weights as constants. The program that
// trains it is in training.ts.

import { PqrstError } from '../base/errors.js';
import type { Port, Program, State, StateSlot } from '../engine/engine.js';
import { Graph, type Shape, sizeOf, type Value } from '../graph/graph.js';
import { encodeModel } from '../graph/proto.js';
import { probabilityOutput } from '../nn/head.js';
import type { ArchOptions } from '../nn/models/architecture.js';
import { buildNetwork, resolveArch } from '../nn/models/index.js';
import { Net, type SlotSource } from '../nn/net.js';
import { binary, type Outputs } from '../signal/outputs.js';

/** A network: its architecture, and the shapes of its input and outputs. */
export interface ModelPlan {
  readonly arch: string;
  readonly options?: ArchOptions;
  readonly lengthSamples: number;
  /** Default 1. */
  readonly leads?: number;
  /** Default binary. */
  readonly outputs?: Outputs;
}

/**
 * Builds the network in inference mode, with its weights and statistics as state. Input `ecg` [N, leads, L]; outputs `logit`
 * and `probability`, [N] or [N, count]. The state is a part of the state of the training
 * program: `pickState(state, program)` returns it.
 */
export function buildInferenceProgram(plan: ModelPlan): Program {
  return inferenceProgram('inference', (net) => buildInference(net, plan));
}

/**
 * Returns the program of a network in inference mode, with its weights and statistics as state.
 *
 * @param build - Adds inputs, network and outputs.
 */
export function inferenceProgram(name: string, build: (net: Net) => void): Program {
  const net = new Net(new Graph(name), 'inference', slotInput);
  build(net);
  const state = net.slots.map(({ name, shape }) => ({ name, shape, type: 'float32' as const }));
  return toProgram(net.graph, state);
}

/**
 * Returns the graph of a network in inference mode, with the weights and statistics of `state` as constants.
 *
 * @param build - Adds inputs, network and outputs.
 * @throws PqrstError ERR_CHECKPOINT: when `state` lacks a tensor, or has one of another size.
 */
export function constantGraph(name: string, build: (net: Net) => void, state: State): Graph {
  const net = new Net(new Graph(name), 'inference', (graph, slot) =>
    graph.initializer(slot.name, stateValue(state, slot.name, slot.shape), slot.shape),
  );
  build(net);
  return net.graph;
}

/**
 * Builds the network with the weights of `state` as constants: `ecg` [N, leads, L] to `logit` and `probability`, [N] or
 * [N, count].
 *
 * @throws PqrstError ERR_CHECKPOINT: when `state` lacks a tensor, or has one of another size.
 */
export function buildConstantGraph(plan: ModelPlan, state: State): Graph {
  return constantGraph(plan.arch, (net) => buildInference(net, plan), state);
}

/**
 * Returns the slots of `state` that `program` has.
 *
 * @throws PqrstError ERR_CHECKPOINT: when a slot is missing or of another size.
 */
export function pickState(state: State, program: Program): State {
  return new Map(program.state.map(({ name, shape }) => [name, stateValue(state, name, shape)]));
}

/** Adds the input `ecg` [batch, leads, L] and the network to `net`; returns the logits: [batch], or [batch, count]. */
export function buildLogit(net: Net, plan: ModelPlan, batch: number | string): Value {
  const { arch, options = {}, lengthSamples, leads = 1, outputs = binary } = plan;
  const ecg = net.graph.input('ecg', 'float32', [batch, leads, lengthSamples]);
  return buildNetwork(net, ecg, resolveArch(arch), options, outputs);
}

/** Makes each named tensor of a network an input of the graph. */
export const slotInput: SlotSource = (graph, { name, shape }) => graph.input(name, 'float32', shape);

/** Returns `graph` as a program: the inputs and outputs that are not in `state` are those of the program. */
export function toProgram(graph: Graph, state: readonly StateSlot[]): Program {
  const isState = new Set(state.flatMap(({ name, next }) => [name, next]));
  const port = (name: string, { dtype, shape }: Value): Port => ({ name, type: dtype, shape });
  return {
    bytes: encodeModel(graph),
    inputs: graph.inputs.filter(({ name }) => !isState.has(name)).map((value) => port(value.name, value)),
    outputs: graph.outputs
      .filter(({ name }) => !isState.has(name))
      .map(({ name, value }) => port(name, value)),
    state,
  };
}

function buildInference(net: Net, plan: ModelPlan): void {
  const logit = buildLogit(net, plan, 'N');
  net.graph.output('logit', logit);
  net.graph.output('probability', probabilityOutput(net, logit, plan.outputs ?? binary));
}

function stateValue(state: State, name: string, shape: Shape): Float32Array {
  const value = state.get(name);
  if (value?.length === sizeOf(shape)) return value;
  const what =
    value === undefined ? `no tensor "${name}"` : `${value.length} values of "${name}" for [${shape}]`;
  throw new PqrstError(
    'ERR_CHECKPOINT',
    `the state has ${what}; it belongs to a network of another architecture or with other hyper-parameters; use the state of this network`,
  );
}
