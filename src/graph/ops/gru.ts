// GRU: Cho et al. 2014 (arXiv 1406.1078), equations 5-8, with the reset gate after the product (linear_before_reset), as in
// PyTorch and cuDNN.
// z, r = s(W x + R h + b), q = R h + bR, n = tanh(W x + bW + r q), h' = (1 - z) n + z h. Order of gates as in ONNX: z, r, n.
// Inference uses the ONNX operator. Training unrolls it, for the reasons given in lstm.ts (in the GRU operator, a product
// that is split by columns makes the bits depend on the number of threads).

import { fixed, type Graph, type Value } from '../graph.js';
import { add } from './add.js';
import { concat } from './concat.js';
import { expand } from './expand.js';
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
import { split } from './split.js';
import { sub } from './sub.js';
import { tanh } from './tanh.js';
import { flip } from './transpose.js';

/** Returns all hidden states [T, D, B, H] for x [T, B, C], W [D, 3 H, C], R [D, 3 H, H], bias [D, 6 H]; no gradient. */
export function gruInference(graph: Graph, x: Value, weights: RecurrentWeights): Value {
  return recurrentNode(graph, 'GRU', x, weights, { linear_before_reset: 1 });
}

/** Returns the result of `gruInference`, and records its gradient. The batch must be a number. */
export function gruTraining(graph: Graph, x: Value, weights: RecurrentWeights): Value {
  const { inputWeight, recurrentWeight, bias } = weights;
  const { directions, steps, inputs, units } = recurrentSizes('GRU', x, weights);
  const batch = fixed(x.shape[1]);
  const { xRows, passed, y } = graph.unrecorded(() => {
    const xRows = asRows(graph, inputsInRunningOrder(graph, x, directions));
    const [biasOfW, biasOfR] = split(graph, bias, 1, [3 * units, 3 * units]).map((part) =>
      reshape(graph, part, [directions, 1, 1, 3 * units]),
    ) as [Value, Value];
    const products = product(graph, xRows, flip(graph, inputWeight));
    const sums = add(graph, reshape(graph, products, [directions, steps, batch, 3 * units]), biasOfW);
    const passed = forward(graph, stepsOf(graph, sums), recurrentWeight, biasOfR);
    return { xRows, passed, y: toPlacesInTime(graph, concat(graph, passed.states, 1)) };
  });
  graph.record([x, inputWeight, recurrentWeight, bias], [y], (dY) => {
    const hBefore = previous(graph, concat(graph, passed.states, 1));
    const arriving = stepsOf(graph, toRunningOrder(graph, dY!));
    const [dOfX, dOfH] = backward(graph, passed, hBefore, arriving, recurrentWeight);
    const dX = reshape(graph, product(graph, dOfX, inputWeight), [directions, steps, batch, inputs]);
    return [
      sumOverDirections(graph, dX),
      product(graph, flip(graph, dOfX), xRows),
      product(graph, flip(graph, dOfH), asRows(graph, hBefore)),
      concat(graph, [sumOfRows(graph, dOfX), sumOfRows(graph, dOfH)], 1),
    ];
  });
  return y;
}

/** Values of one step that the gradient needs, [D, 1, B, H] each, except `gates` [D, 1, B, 2 H] (z, r). */
interface Passed {
  readonly states: Value[];
  readonly gates: Value[];
  readonly keeps: Value[];
  readonly products: Value[];
  readonly candidates: Value[];
}

/** Runs the steps. `sums` contains W x + bW of each step, [D, 1, B, 3 H]; `biasOfR` is [D, 1, 1, 3 H]. */
function forward(graph: Graph, sums: readonly Value[], recurrentWeight: Value, biasOfR: Value): Passed {
  const [directions, rows, units] = recurrentWeight.shape.map(fixed) as [number, number, number];
  const batch = fixed(sums[0]!.shape[2]);
  const weight = flip(graph, reshape(graph, recurrentWeight, [directions, 1, rows, units]));
  const passed: Passed = { states: [], gates: [], keeps: [], products: [], candidates: [] };
  let before = expand(graph, graph.constant(0), [directions, 1, batch, units]);
  for (const sumOfX of sums) {
    const sumOfH = add(graph, product(graph, before, weight), biasOfR);
    const [zrOfX, nOfX] = split(graph, sumOfX, 3, [2 * units, units]);
    const [zrOfH, q] = split(graph, sumOfH, 3, [2 * units, units]);
    const gates = sigmoid(graph, add(graph, zrOfX!, zrOfH!));
    const [z, r] = split(graph, gates, 3, [units, units]);
    const n = tanh(graph, add(graph, nOfX!, mul(graph, r!, q!)));
    before = add(graph, n, mul(graph, z!, sub(graph, before, n)));
    passed.states.push(before);
    passed.gates.push(gates);
    passed.keeps.push(z!);
    passed.products.push(q!);
    passed.candidates.push(n);
  }
  return passed;
}

/**
 * Returns the gradients of the sums W x + bW and R h + bR, [D, T B, 3 H] each. `arriving` contains the gradients of the
 * states.
 */
function backward(
  graph: Graph,
  passed: Passed,
  hBefore: Value,
  arriving: readonly Value[],
  recurrentWeight: Value,
): [dOfX: Value, dOfH: Value] {
  const [directions, rows, units] = recurrentWeight.shape.map(fixed) as [number, number, number];
  const one = graph.constant(1);
  const allSteps = (values: readonly Value[]) => concat(graph, values, 1);
  const [gates, q, n] = [passed.gates, passed.products, passed.candidates].map(allSteps) as [
    Value,
    Value,
    Value,
  ];
  const [z, r] = split(graph, gates, 3, [units, units]) as [Value, Value];
  // Multiplied by the gradient of h', these give the gradients of the sums in n, and of those in z, r and q.
  const byN = mul(graph, sub(graph, one, z), sub(graph, one, mul(graph, n, n)));
  const gateSlopes = mul(graph, gates, sub(graph, one, gates));
  const byGates = mul(graph, gateSlopes, concat(graph, [sub(graph, hBefore, n), mul(graph, byN, q)], 3));
  const byH = stepsOf(graph, concat(graph, [byGates, mul(graph, byN, r)], 3));
  const weight = reshape(graph, recurrentWeight, [directions, 1, rows, units]);
  const [dStates, dOfH]: [Value[], Value[]] = [[], []];
  for (let step = arriving.length - 1; step >= 0; step--) {
    let d = arriving[step]!;
    if (step < arriving.length - 1) {
      const kept = mul(graph, dStates[0]!, passed.keeps[step + 1]!);
      d = add(graph, add(graph, d, kept), product(graph, dOfH[0]!, weight));
    }
    dStates.unshift(d);
    dOfH.unshift(mul(graph, concat(graph, [d, d, d], 3), byH[step]!));
  }
  const dSums = allSteps(dOfH);
  const [dZR] = split(graph, dSums, 3, [2 * units, units]);
  const dOfX = concat(graph, [dZR!, mul(graph, allSteps(dStates), byN)], 3);
  return [asRows(graph, dOfX), asRows(graph, dSums)];
}
