// The programs of a model: one training step, inference with the weights as state, and the file that is exported.
// All three are the same network built three times. No epochs, no data: the trainer's business.
// A training batch is always full: batch norm's statistics see every row, also one of sample weight 0, so the trainer
// fills a last, partial batch with further records (or drops it) instead of padding it with zeros.

import { PqrstError } from '../base/errors.js';
import { randomStream } from '../base/random.js';
import type { Port, Program, State, StateSlot, TensorData } from '../engine/engine.js';
import { gradients } from '../graph/autodiff.js';
import { Graph, type GraphContent, type Shape, sizeOf, type Value } from '../graph/graph.js';
import { encodeModel } from '../graph/proto.js';
import { type Carried, scan } from '../graph/scan.js';
import { probabilityOutput } from '../nn/head.js';
import type { ArchOptions } from '../nn/models/architecture.js';
import { buildNetwork, resolveArch } from '../nn/models/index.js';
import { Net, type Slot, type SlotSource } from '../nn/net.js';
import { binary, type Outputs } from '../signal/outputs.js';
import { type AdamScalars, adamScalars, adamUpdate } from './adam.js';
import { crossEntropy } from './loss.js';

export interface ModelPlan {
  readonly arch: string;
  readonly options?: ArchOptions;
  readonly lengthSamples: number;
  /** Default 1. */
  readonly leads?: number;
  /** Default binary. */
  readonly outputs?: Outputs;
}

export interface TrainingPlan extends ModelPlan {
  readonly batch: number;
  /** Of the initial weights and of every dropout mask. */
  readonly seed: number | bigint;
  /**
   * A run takes any number K of steps one after the other, the state staying where it is computed: every feed and
   * output gains a leading axis K. Default: one step a run.
   */
  readonly severalSteps?: boolean;
}

/** What a step needs from the trainer. */
export interface StepInput {
  /** [B, leads, L], record after record. */
  readonly ecg: Float32Array;
  /** [B], or [B, count] with several outputs; 0 or 1. */
  readonly label: Float32Array;
  /** [B]; default all 1. */
  readonly sampleWeight?: Float32Array;
  /** Weight of the positive class, or of each of several outputs; default 1. */
  readonly positiveWeight?: number | Float32Array;
  readonly learningRate: number;
  /** Default 0.01. */
  readonly weightDecay?: number;
  /** Steps counted from 1 over the whole training: bias correction and dropout depend on it. */
  readonly step: number;
}

export interface TrainingProgram {
  readonly program: Program;
  readonly initialState: State;
  /** Of one step. */
  readonly graph: GraphContent;
  /**
   * All feeds of a step, dropout's draws included. Outputs of a run: `loss` [], `logit` [B] or [B, count]. With
   * `severalSteps` those of as many steps as are given, and `loss` [K], `logit` [K, B] or [K, B, count].
   */
  feeds(...inputs: readonly StepInput[]): Record<string, TensorData>;
}

/** One step of AdamW on weighted cross-entropy. State: weights, `adam.first.*`, `adam.second.*`, statistics. */
export function buildTrainingProgram(plan: TrainingPlan): TrainingProgram {
  const { batch, seed } = plan;
  if (!Number.isInteger(batch) || batch < 2) {
    throw new PqrstError('ERR_RANGE', `batch must be a whole number from 2 up (batch norm), got ${batch}`);
  }
  const graph = new Graph('training');
  const net = new Net(graph, 'training', slotInput);
  const { logit } = buildNet(net, plan, batch);
  const { kind } = plan.outputs ?? binary;
  const label = graph.input('label', 'float32', logit.shape);
  const sampleWeight = graph.input('sampleWeight', 'float32', [batch]);
  const positiveWeight = graph.input('positiveWeight', 'float32', logit.shape.slice(1));
  const scalar = (name: string) => graph.input(name, 'float32', []);
  const loss = crossEntropy(graph, logit, kind, { label, sampleWeight, positiveWeight });
  const scalars = { stepSize: scalar('stepSize'), epsilon: scalar('epsilon'), keep: scalar('keep') };
  graph.output('loss', loss);
  graph.output('logit', logit);
  const state: StateSlot[] = [];
  const initialState: State = new Map();
  const carry = (name: string, shape: readonly number[], next: Value, initial: Float32Array) => {
    graph.output(`${name}.next`, next);
    state.push({ name, type: 'float32', shape, next: `${name}.next` });
    initialState.set(name, initial);
  };
  const weights = net.slots.filter((slot) => slot.kind === 'weight');
  const slopes = gradients(
    graph,
    loss,
    weights.map((slot) => slot.value),
  );
  weights.forEach(({ name, shape, value, initial }, index) => {
    const [firstName, secondName] = [`adam.first.${name}`, `adam.second.${name}`];
    const moments = {
      first: graph.input(firstName, 'float32', shape),
      second: graph.input(secondName, 'float32', shape),
    };
    const next = adamUpdate(graph, value, slopes[index]!, moments, scalars);
    carry(name, shape, next.weight, initial(seed, name, sizeOf(shape)));
    carry(firstName, shape, next.first, new Float32Array(sizeOf(shape)));
    carry(secondName, shape, next.second, new Float32Array(sizeOf(shape)));
  });
  for (const { name, shape, kind, initial } of net.slots) {
    if (kind === 'statistic')
      carry(name, shape, net.nextStatistics.get(name)!, initial(seed, name, sizeOf(shape)));
  }
  const derivative = {
    loss: 'loss',
    wanted: weights.map(({ name }) => name),
    gradients: slopes.map(({ name }) => name),
  };
  const feedsOf = (input: StepInput) => stepFeeds(plan, net.uniforms, input);
  if (plan.severalSteps) {
    const program = toProgram(scan(graph, state as Carried[]), state);
    return { program, initialState, graph, feeds: (...inputs) => stacked(inputs.map(feedsOf)) };
  }
  return {
    program: { ...toProgram(graph, state), derivative },
    initialState,
    graph,
    feeds: (...inputs) => {
      if (inputs.length === 1) return feedsOf(inputs[0]!);
      throw new PqrstError(
        'ERR_RANGE',
        `this program takes one step a run, got ${inputs.length}; build it with severalSteps`,
      );
    },
  };
}

/** The feeds of several steps as those of one run: [K, ...] each. */
function stacked(steps: readonly Readonly<Record<string, TensorData>>[]): Record<string, TensorData> {
  const [first = {}] = steps;
  return Object.fromEntries(
    Object.entries(first).map(([name, { shape }]) => {
      const size = sizeOf(shape);
      const data = new Float32Array(steps.length * size);
      for (const [at, feeds] of steps.entries()) data.set(feeds[name]!.data as Float32Array, at * size);
      return [name, { data, shape: [steps.length, ...shape] }];
    }),
  );
}

function stepFeeds(
  { batch, lengthSamples, seed, leads = 1, outputs = binary }: TrainingPlan,
  uniforms: readonly Value[],
  input: StepInput,
): Record<string, TensorData> {
  const { step, learningRate, weightDecay, positiveWeight = 1 } = input;
  const perOutput = outputs.kind === 'binary' ? [] : [outputs.count];
  const weights = typeof positiveWeight === 'number' ? filled(perOutput, positiveWeight) : positiveWeight;
  const sampleWeight = input.sampleWeight ?? new Float32Array(batch).fill(1);
  const feeds: Record<string, TensorData> = {
    ecg: { data: input.ecg, shape: [batch, leads, lengthSamples] },
    label: { data: input.label, shape: [batch, ...perOutput] },
    sampleWeight: { data: sampleWeight, shape: [batch] },
    positiveWeight: { data: weights, shape: perOutput },
  };
  const scalars: AdamScalars = adamScalars(step, learningRate, weightDecay);
  for (const [name, value] of Object.entries(scalars)) feeds[name] = { data: filled([], value), shape: [] };
  for (const { name, shape } of uniforms) {
    const data = randomStream(seed, 'dropout', name, step).fill(new Float32Array(sizeOf(shape)));
    feeds[name] = { data, shape: shape as number[] };
  }
  return feeds;
}

/**
 * The network in inference mode, its weights and statistics as state. Input `ecg` [N, leads, L]; outputs `logit` and
 * `probability`, [N] or [N, count]. Its state is a part of the training program's: hand over `pickState(state, program)`.
 */
export function buildInferenceProgram(plan: ModelPlan): Program {
  const net = new Net(new Graph('inference'), 'inference', slotInput);
  buildInference(net, plan);
  const state = net.slots.map(({ name, shape }) => ({ name, shape, type: 'float32' as const }));
  return toProgram(net.graph, state);
}

/** The network with these weights as constants: `ecg` [N, leads, L] -> `logit`, `probability`, [N] or [N, count]. */
export function buildConstantGraph(plan: ModelPlan, state: State): Graph {
  const net = new Net(new Graph(plan.arch), 'inference', (graph, { name, shape }) =>
    graph.initializer(name, stateValue(state, name, shape), shape),
  );
  buildInference(net, plan);
  return net.graph;
}

/** The plainest ONNX file of that graph; what is made of it for use is `modelFile`'s matter (infer/export.ts). */
export function buildExportModel(
  plan: ModelPlan & { readonly state: State; readonly metadata?: Readonly<Record<string, string>> },
): Uint8Array {
  return encodeModel(buildConstantGraph(plan, plan.state), plan.metadata);
}

/** The slots of `state` that `program` has; ERR_CHECKPOINT where one is missing or of another size. */
export function pickState(state: State, program: Program): State {
  return new Map(program.state.map(({ name, shape }) => [name, stateValue(state, name, shape)]));
}

function stateValue(state: State, name: string, shape: Shape): Float32Array {
  const value = state.get(name);
  if (value?.length === sizeOf(shape)) return value;
  const what =
    value === undefined ? `no tensor "${name}"` : `${value.length} values of "${name}" for [${shape}]`;
  throw new PqrstError(
    'ERR_CHECKPOINT',
    `the state has ${what}; it belongs to another architecture or other options of it`,
  );
}

function buildNet(net: Net, plan: ModelPlan, batch: number | string) {
  const { arch, options = {}, lengthSamples, leads = 1, outputs = binary } = plan;
  const ecg = net.graph.input('ecg', 'float32', [batch, leads, lengthSamples]);
  return { logit: buildNetwork(net, ecg, resolveArch(arch), options, outputs) };
}

function buildInference(net: Net, plan: ModelPlan): void {
  const { logit } = buildNet(net, plan, 'N');
  net.graph.output('logit', logit);
  net.graph.output('probability', probabilityOutput(net, logit, plan.outputs ?? binary));
}

const slotInput: SlotSource = (graph, { name, shape }: Omit<Slot, 'value'>) =>
  graph.input(name, 'float32', shape);

function toProgram(graph: Graph, state: readonly StateSlot[]): Program {
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

function filled(shape: readonly number[], value: number): Float32Array {
  return new Float32Array(sizeOf(shape)).fill(value);
}
