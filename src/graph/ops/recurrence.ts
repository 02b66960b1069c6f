// Shared parts of the recurrent operators and their gradients. Shapes: D directions, T steps, B batch, C inputs, H units,
// G gates. Both directions are computed together. "Running order" means [D, T, B, ...] with the steps of the second
// direction reversed, so that step t of each direction follows step t - 1. ONNX uses the order in time instead.

import { fixed, type Graph, graphError, type Shape, type Value } from '../graph.js';
import { add } from './add.js';
import { concat } from './concat.js';
import { expand } from './expand.js';
import { matmul } from './matmul.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { reverse } from './reverse.js';
import { slice } from './slice.js';
import { split } from './split.js';
import { flip } from './transpose.js';

/** The weights of a recurrent operator for all directions, in the layout of ONNX. */
export interface RecurrentWeights {
  /** W [D, G H, C] */
  readonly inputWeight: Value;
  /** R [D, G H, H] */
  readonly recurrentWeight: Value;
  /** [D, 2 G H]: the bias of W, then that of R */
  readonly bias: Value;
}

/** The sizes of a recurrent operator. */
export interface RecurrentSizes {
  readonly directions: number;
  readonly steps: number;
  /** A name if the batch is free; the gradient requires a number. */
  readonly batch: number | string;
  readonly inputs: number;
  readonly units: number;
}

/** Appends the ONNX node for inference: x [T, B, C] -> all hidden states [T, D, B, H], starting from zeros. */
export function recurrentNode(
  graph: Graph,
  type: 'LSTM' | 'GRU',
  x: Value,
  weights: RecurrentWeights,
  attributes: Readonly<Record<string, number>> = {},
): Value {
  const { directions, steps, batch, units } = recurrentSizes(type, x, weights);
  const { inputWeight, recurrentWeight, bias } = weights;
  return graph.emitOne(
    type,
    [x, inputWeight, recurrentWeight, bias],
    { dtype: x.dtype, shape: [steps, directions, batch, units] },
    { hidden_size: units, direction: directions === 2 ? 'bidirectional' : 'forward', ...attributes },
  );
}

/**
 * Returns the sizes of x [T, B, C] and the weights.
 *
 * @throws PqrstError ERR_GRAPH: when the shapes do not fit together.
 */
export function recurrentSizes(type: 'LSTM' | 'GRU', x: Value, weights: RecurrentWeights): RecurrentSizes {
  const { inputWeight, recurrentWeight, bias } = weights;
  const gates = type === 'LSTM' ? 4 : 3;
  const [directions, units] = [fixed(recurrentWeight.shape[0]), fixed(recurrentWeight.shape[2])];
  const [steps, batch, inputs] = [fixed(x.shape[0]), x.shape[1]!, fixed(x.shape[2])];
  const expected: [Value, Shape][] = [
    [x, [steps, batch, inputs]],
    [inputWeight, [directions, gates * units, inputs]],
    [recurrentWeight, [directions, gates * units, units]],
    [bias, [directions, 2 * gates * units]],
  ];
  for (const [{ name, shape }, wanted] of expected) {
    if (shape.join() !== wanted.join() || directions > 2) {
      throw graphError(
        `${type} of ${units} units in ${directions} directions (1 or 2) takes ${name} as ` +
          `[${wanted.join(', ')}], got [${shape.join(', ')}]`,
      );
    }
  }
  return { directions, steps, batch, inputs, units };
}

/** Converts x [T, B, C], which is the same for each direction, to [D, T, B, C] in running order. */
export function inputsInRunningOrder(graph: Graph, x: Value, directions: number): Value {
  const forward = reshape(graph, x, [1, ...x.shape]);
  return directions === 1 ? forward : concat(graph, [forward, reverse(graph, forward, 1)], 0);
}

/** Converts [T, D, B, H] in order of time to [D, T, B, H] in running order. */
export function toRunningOrder(graph: Graph, y: Value): Value {
  const [steps, directions, batch, units] = y.shape as [number, number, number, number];
  const parts = split(graph, y, 1, ones(directions)).map((part) =>
    reshape(graph, part, [1, steps, batch, units]),
  );
  return concat(graph, turnSecond(graph, parts, 1), 0);
}

/** Converts [D, T, B, H] in running order to [T, D, B, H] in order of time. */
export function toPlacesInTime(graph: Graph, states: Value): Value {
  const [directions, steps, batch, units] = states.shape as [number, number, number, number];
  const parts = split(graph, states, 0, ones(directions)).map((part) =>
    reshape(graph, part, [steps, 1, batch, units]),
  );
  return concat(graph, turnSecond(graph, parts, 0), 1);
}

/** Converts [D, T, B, C] in running order to [T, B, C] in order of time, summed over the directions. */
export function sumOverDirections(graph: Graph, x: Value): Value {
  const parts = split(graph, x, 0, ones(fixed(x.shape[0]))).map((part) =>
    reshape(graph, part, x.shape.slice(1)),
  );
  const [first, second] = turnSecond(graph, parts, 0);
  return second === undefined ? first! : add(graph, first!, second);
}

/** Returns the state before each step: zeros, then all but the last of [D, T, B, H]. */
export function previous(graph: Graph, states: Value): Value {
  const [directions, steps, ...rest] = states.shape.map(fixed) as [number, number, ...number[]];
  const zeros = expand(graph, graph.constant(0), [directions, 1, ...rest]);
  if (steps === 1) return zeros;
  return concat(graph, [zeros, slice(graph, states, 1, 0, steps - 1)], 1);
}

/** Splits [D, T, B, F] into T steps [D, 1, B, F]. */
export function stepsOf(graph: Graph, x: Value): Value[] {
  return split(graph, x, 1, ones(fixed(x.shape[1])));
}

/** Reshapes [D, T, B, F] to [D, T B, F]. */
export function asRows(graph: Graph, x: Value): Value {
  const [directions, steps, batch, features] = x.shape.map(fixed) as [number, number, number, number];
  return reshape(graph, x, [directions, steps * batch, features]);
}

/**
 * Sums [D, M, F] to [D, F], one direction at a time. Over a middle axis, the order in which the runtime sums depends on the
 * number of threads.
 */
export function sumOfRows(graph: Graph, x: Value): Value {
  const [directions, rows, features] = x.shape.map(fixed) as [number, number, number];
  const sums = split(graph, x, 0, ones(directions)).map((part) =>
    reduceSum(graph, reshape(graph, part, [rows, features]), [0]),
  );
  return reshape(graph, concat(graph, sums, 0), [directions, features]);
}

/** Returns a [..., M, K] times b [..., K, N], computed transposed if N > M, for the reason given in gemm.ts. */
export function product(graph: Graph, a: Value, b: Value): Value {
  if (fixed(a.shape.at(-2)) >= fixed(b.shape.at(-1))) return matmul(graph, a, b);
  return flip(graph, matmul(graph, flip(graph, b), flip(graph, a)));
}

function turnSecond(graph: Graph, parts: readonly Value[], timeAxis: number): Value[] {
  return parts.map((part, direction) => (direction === 0 ? part : reverse(graph, part, timeAxis)));
}

function ones(count: number): number[] {
  return Array.from({ length: count }, () => 1);
}
