// LSTM: Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000, without peepholes.
// i, o, f = s(W x + R h + b), g = tanh(W x + R h + b), c' = f c + i g, h' = o tanh(c'). Order of gates as in ONNX: i, o, f, g.
// Inference uses the ONNX operator. Training unrolls it, for two reasons: the operator does not return its gates, which the
// gradient needs, and its bits depend on the number of threads (a thread with a single record uses another kernel).
// W and the gradients of all weights are computed with one product over all steps, R with one product per step.

import { fixed, type Graph, type Value } from '../graph.js';
import { add } from './add.js';
import { concat } from './concat.js';
import { mul } from './mul.js';
import {
  asRows,
  inputsInRunningOrder,
  previous,
  product,
  type RecurrentWeights,
  recurrentNode,
  recurrentSizes,
  stepsOf,
  sumOfRows,
  sumOverDirections,
  toPlacesInTime,
  toRunningOrder,
} from './recurrence.js';
import { reshape } from './reshape.js';
import { sigmoid } from './sigmoid.js';
import { slice } from './slice.js';
import { split } from './split.js';
import { sub } from './sub.js';
import { tanh } from './tanh.js';
import { flip } from './transpose.js';

/** Returns all hidden states [T, D, B, H] for x [T, B, C], W [D, 4 H, C], R [D, 4 H, H], bias [D, 8 H]; no gradient. */
export function lstmInference(graph: Graph, x: Value, weights: RecurrentWeights): Value {
  return recurrentNode(graph, 'LSTM', x, weights);
}

/** Returns the result of `lstmInference`, and records its gradient. The batch must be a number. */
export function lstmTraining(graph: Graph, x: Value, weights: RecurrentWeights): Value {
  const { inputWeight, recurrentWeight, bias } = weights;
  const { directions, steps, inputs, units } = recurrentSizes('LSTM', x, weights);
  const batch = fixed(x.shape[1]);
  const { xRows, passed, y } = graph.unrecorded(() => {
    const xRows = asRows(graph, inputsInRunningOrder(graph, x, directions));
    const [biasOfW, biasOfR] = split(graph, bias, 1, [4 * units, 4 * units]);
    const bothBiases = reshape(graph, add(graph, biasOfW!, biasOfR!), [directions, 1, 1, 4 * units]);
    const products = product(graph, xRows, flip(graph, inputWeight));
    const sums = add(graph, reshape(graph, products, [directions, steps, batch, 4 * units]), bothBiases);
    const passed = forward(graph, stepsOf(graph, sums), recurrentWeight);
    return { xRows, passed, y: toPlacesInTime(graph, concat(graph, passed.states, 1)) };
  });
  graph.record([x, inputWeight, recurrentWeight, bias], [y], (dY) => {
    const arriving = stepsOf(graph, toRunningOrder(graph, dY!));
    const dRows = asRows(graph, backward(graph, passed, arriving, recurrentWeight));
    const dX = reshape(graph, product(graph, dRows, inputWeight), [directions, steps, batch, inputs]);
    const hRows = asRows(graph, previous(graph, concat(graph, passed.states, 1)));
    const dBias = sumOfRows(graph, dRows);
    return [
      sumOverDirections(graph, dX),
      product(graph, flip(graph, dRows), xRows),
      product(graph, flip(graph, dRows), hRows),
      concat(graph, [dBias, dBias], 1),
    ];
  });
  return y;
}

/** Values of one step that the gradient needs, [D, 1, B, H] each, except `gates` [D, 1, B, 3 H] (i, o, f). */
interface Passed {
  readonly states: Value[];
  readonly cells: Value[];
  /** tanh of the cells. */
  readonly squashed: Value[];
  readonly gates: Value[];
  readonly candidates: Value[];
  readonly keeps: Value[];
}

/** Runs the steps. `sums` contains W x + b of each step, [D, 1, B, 4 H]. */
function forward(graph: Graph, sums: readonly Value[], recurrentWeight: Value): Passed {
  const [directions, rows, units] = recurrentWeight.shape.map(fixed) as [number, number, number];
  const weight = flip(graph, reshape(graph, recurrentWeight, [directions, 1, rows, units]));
  const passed: Passed = { states: [], cells: [], squashed: [], gates: [], candidates: [], keeps: [] };
  for (const [step, sumOfX] of sums.entries()) {
    const before = passed.states[step - 1];
    const sum = before === undefined ? sumOfX : add(graph, sumOfX, product(graph, before, weight));
    const [gateSum, candidateSum] = split(graph, sum, 3, [3 * units, units]);
    const gates = sigmoid(graph, gateSum!);
    const candidate = tanh(graph, candidateSum!);
    const [i, o, f] = split(graph, gates, 3, [units, units, units]);
    const gained = mul(graph, i!, candidate);
    const cell = step === 0 ? gained : add(graph, mul(graph, f!, passed.cells[step - 1]!), gained);
    const squashed = tanh(graph, cell);
    passed.states.push(mul(graph, o!, squashed));
    passed.cells.push(cell);
    passed.squashed.push(squashed);
    passed.gates.push(gates);
    passed.candidates.push(candidate);
    passed.keeps.push(f!);
  }
  return passed;
}

/**
 * Returns the gradients of the sums before the activations, [D, T, B, 4 H]. `arriving` contains the gradients of the
 * states.
 */
function backward(graph: Graph, passed: Passed, arriving: readonly Value[], recurrentWeight: Value): Value {
  const [directions, rows, units] = recurrentWeight.shape.map(fixed) as [number, number, number];
  const one = graph.constant(1);
  const allSteps = (values: readonly Value[]) => concat(graph, values, 1);
  const tanhSlope = (y: Value) => sub(graph, one, mul(graph, y, y));
  const [gates, g, squashed] = [passed.gates, passed.candidates, passed.squashed].map(allSteps) as [
    Value,
    Value,
    Value,
  ];
  const cellsBefore = previous(graph, allSteps(passed.cells));
  const [i, o] = [0, 1].map((at) => slice(graph, gates, 3, at * units, (at + 1) * units)) as [Value, Value];
  // Multiplied by the gradient of the cell (i, f, g) or of the state (o).
  const gateSlopes = mul(graph, gates, sub(graph, one, gates));
  const byGates = mul(graph, gateSlopes, concat(graph, [g, squashed, cellsBefore], 3));
  const bySum = stepsOf(graph, concat(graph, [byGates, mul(graph, i, tanhSlope(g))], 3));
  const toCell = stepsOf(graph, mul(graph, o, tanhSlope(squashed)));
  const weight = reshape(graph, recurrentWeight, [directions, 1, rows, units]);
  const dSums: Value[] = [];
  let keptFromLater: Value | undefined;
  for (let step = arriving.length - 1; step >= 0; step--) {
    const later = dSums[0];
    const dState =
      later === undefined ? arriving[step]! : add(graph, arriving[step]!, product(graph, later, weight));
    const throughState = mul(graph, dState, toCell[step]!);
    const dCell = keptFromLater === undefined ? throughState : add(graph, throughState, keptFromLater);
    dSums.unshift(mul(graph, concat(graph, [dCell, dState, dCell, dCell], 3), bySum[step]!));
    keptFromLater = mul(graph, dCell, passed.keeps[step]!);
  }
  return allSteps(dSums);
}
