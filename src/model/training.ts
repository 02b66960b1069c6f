// The program of a training step: a network and its loss, their gradients and one update of AdamW. src/objectives
// defines the network and the loss; src/train runs the epochs and supplies the data.
// A training batch is always full: batch norm's statistics see every row, so the trainer fills a last, partial batch
// with further records (or drops it) instead of padding it with zeros.

import { PqrstError } from '../base/errors.js';
import { randomStream } from '../base/random.js';
import type { Program, State, StateSlot, TensorData } from '../engine/engine.js';
import { gradients } from '../graph/autodiff.js';
import { Graph, type GraphContent, graphError, sizeOf, type Value } from '../graph/graph.js';
import { encodedName } from '../graph/proto.js';
import { type Carried, scan } from '../graph/scan.js';
import { Net } from '../nn/net.js';
import { adamScalars, adamUpdate } from './adam.js';
import { clipGradients } from './clip.js';
import { slotInput, toProgram } from './program.js';
import { averageName, averageShare, nextAverage } from './weight-averages.js';

/** The tensors of a run by the names of the program's inputs. */
export type Feeds = Readonly<Record<string, TensorData>>;

/** Options of `buildTrainingProgram`. */
export interface TrainingOptions {
  /** Number of records per step, at least 2. */
  readonly batch: number;
  /** The seed of the initial weights and of every dropout mask. */
  readonly seed: number | bigint;
  /**
   * Whether one run of the program executes any number K of steps, so that the state stays on the device between them. Every
   * feed and output then has a leading axis K. Default false: one step per run.
   */
  readonly severalSteps?: boolean;
  /**
   * The largest Euclidean norm of all gradients together, above 0; larger gradients are scaled to it (clip.ts). The program
   * then has the output `gradientNorm`, the norm before the clipping. Default: no clipping.
   */
  readonly clipNorm?: number | undefined;
  /**
   * The largest decay of the moving averages of the weights, from 0 to below 1 (weight-averages.ts). The state then has an
   * average `ema.NAME` per weight. Default: no averages.
   */
  readonly emaDecay?: number | undefined;
}

/** The values that the optimiser needs in each step. */
export interface StepSettings {
  readonly learningRate: number;
  /** Default 0.01. */
  readonly weightDecay?: number;
  /** The number of the step, from 1 over the whole training; bias correction, moving averages and dropout depend on it. */
  readonly step: number;
}

/** A network with its loss, and the meaning of its inputs. */
export interface TrainingDefinition<Inputs> {
  /**
   * Builds the network and its loss, a scalar, into `net`; `outputs` are the values that a run returns besides the
   * loss.
   */
  build(net: Net): { readonly loss: Value; readonly outputs: Readonly<Record<string, Value>> };
  /** Returns the feeds of one step for the inputs that `build` added to the graph. */
  feeds(inputs: Inputs): Feeds;
}

/** The program of a training step, with its initial state and its feeds. */
export interface TrainingProgram<Inputs> {
  readonly program: Program;
  readonly initialState: State;
  /** The graph of one step. */
  readonly graph: GraphContent;
  /**
   * Returns all feeds of a run, including the random numbers of dropout. The outputs of a run are `loss` [], those of the
   * definition and, with `clipNorm`, `gradientNorm` []; with `severalSteps` they have a leading axis K, the number of given steps.
   */
  feeds(...steps: readonly (Inputs & StepSettings)[]): Record<string, TensorData>;
}

/**
 * Builds the program of one step of AdamW. Its state: the weights, `adam.first.*`, `adam.second.*`, with `emaDecay` `ema.*`,
 * and the statistics.
 *
 * @throws PqrstError ERR_RANGE: when `batch` is not a whole number from 2, or `clipNorm` or `emaDecay` is out of range.
 * @throws PqrstError ERR_GRAPH: when the definition sets no next value for a statistic.
 */
export function buildTrainingProgram<Inputs>(
  options: TrainingOptions,
  definition: TrainingDefinition<Inputs>,
): TrainingProgram<Inputs> {
  const { batch, seed, severalSteps = false, clipNorm, emaDecay } = options;
  if (!Number.isInteger(batch) || batch < 2) {
    throw new PqrstError(
      'ERR_RANGE',
      `batch must be a whole number from 2, because batch norm needs two records, got ${batch}`,
    );
  }
  expectUpdateOptions(options);
  const graph = new Graph('training');
  const net = new Net(graph, 'training', slotInput);
  const { loss, outputs } = definition.build(net);
  const scalar = (name: string) => graph.input(name, 'float32', []);
  const scalars = { stepSize: scalar('stepSize'), epsilon: scalar('epsilon'), keep: scalar('keep') };
  const share = emaDecay === undefined ? undefined : scalar('averageShare');
  graph.output('loss', loss);
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
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
  const clipped = clipNorm === undefined ? undefined : clipGradients(graph, slopes, clipNorm);
  if (clipped !== undefined) graph.output('gradientNorm', clipped.norm);
  weights.forEach(({ name, shape, value, initial }, index) => {
    const [firstName, secondName] = [`adam.first.${name}`, `adam.second.${name}`];
    const moments = {
      first: graph.input(firstName, 'float32', shape),
      second: graph.input(secondName, 'float32', shape),
    };
    const next = adamUpdate(graph, value, (clipped?.gradients ?? slopes)[index]!, moments, scalars);
    const start = initial(seed, name, sizeOf(shape));
    carry(name, shape, next.weight, start);
    carry(firstName, shape, next.first, new Float32Array(sizeOf(shape)));
    carry(secondName, shape, next.second, new Float32Array(sizeOf(shape)));
    if (share !== undefined) {
      const average = graph.input(averageName(name), 'float32', shape);
      carry(averageName(name), shape, nextAverage(graph, average, next.weight, share), start.slice());
    }
  });
  for (const { name, shape, kind, initial } of net.slots) {
    if (kind !== 'statistic') continue;
    const next = net.nextStatistics.get(name);
    if (next === undefined) {
      throw graphError(`the statistic ${name} has no value after the step; set it in nextStatistics`);
    }
    carry(name, shape, next, initial(seed, name, sizeOf(shape)));
  }
  const feedsOf = (step: Inputs & StepSettings) => ({
    ...definition.feeds(step),
    ...optimizerFeeds(step, emaDecay),
    ...dropoutFeeds(seed, net.uniforms, step),
  });
  if (severalSteps) {
    const program = toProgram(scan(graph, state as Carried[]), state);
    return { program, initialState, graph, feeds: (...steps) => stacked(steps.map(feedsOf)) };
  }
  const derivative = {
    loss: 'loss',
    wanted: weights.map(({ name }) => name),
    gradients: slopes.map(({ name }) => name),
    ...(graph.detached.length > 0 && { constants: graph.detached.map((value) => encodedName(graph, value)) }),
  };
  return {
    program: { ...toProgram(graph, state), derivative },
    initialState,
    graph,
    feeds: (...steps) => {
      if (steps.length === 1) return feedsOf(steps[0]!);
      throw new PqrstError(
        'ERR_RANGE',
        `this program takes one step per run, got ${steps.length}; build it with severalSteps`,
      );
    },
  };
}

function expectUpdateOptions({ clipNorm, emaDecay }: TrainingOptions): void {
  if (clipNorm !== undefined && !(clipNorm > 0 && Number.isFinite(clipNorm))) {
    throw new PqrstError(
      'ERR_RANGE',
      `clipNorm must be a number above 0, got ${clipNorm}; leave it out for no clipping`,
    );
  }
  if (emaDecay !== undefined && !(emaDecay >= 0 && emaDecay < 1)) {
    throw new PqrstError(
      'ERR_RANGE',
      `emaDecay must be from 0 to below 1, got ${emaDecay}; leave it out for no moving averages`,
    );
  }
}

function optimizerFeeds(
  { step, learningRate, weightDecay }: StepSettings,
  emaDecay: number | undefined,
): Feeds {
  const scalars = Object.entries({
    ...adamScalars(step, learningRate, weightDecay),
    ...(emaDecay !== undefined && { averageShare: averageShare(emaDecay, step) }),
  });
  return Object.fromEntries(
    scalars.map(([name, value]) => [name, { data: Float32Array.of(value), shape: [] }]),
  );
}

function dropoutFeeds(
  seed: number | bigint,
  uniforms: readonly Value[],
  { step }: StepSettings,
): Record<string, TensorData> {
  const feeds: Record<string, TensorData> = {};
  for (const { name, shape } of uniforms) {
    const data = randomStream(seed, 'dropout', name, step).fill(new Float32Array(sizeOf(shape)));
    feeds[name] = { data, shape: shape as number[] };
  }
  return feeds;
}

/** Joins the feeds of K steps to those of one run: [K, ...] each. */
function stacked(steps: readonly Feeds[]): Record<string, TensorData> {
  const [first = {}] = steps;
  return Object.fromEntries(
    Object.entries(first).map(([name, { data: sample, shape }]) => {
      const size = sizeOf(shape);
      const data = zerosLike(sample, steps.length * size) as Float32Array;
      for (const [at, feeds] of steps.entries()) data.set(feeds[name]!.data as Float32Array, at * size);
      return [name, { data, shape: [steps.length, ...shape] }];
    }),
  );
}

/** Returns `size` zeros of the type of `sample`. */
function zerosLike(sample: TensorData['data'], size: number): TensorData['data'] {
  if (sample instanceof BigInt64Array) return new BigInt64Array(size);
  if (sample instanceof Int32Array) return new Int32Array(size);
  return sample instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
}
