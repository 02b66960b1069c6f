// GRU: Cho et al. 2014 (arXiv 1406.1078), equations 5-8, with the reset behind the product (linear_before_reset) as
// PyTorch and cuDNN have it; the ONNX operator.
// z, r = s(W x + R h + b), q = R h + bR, n = tanh(W x + bW + r q), h' = (1 - z) n + z h; ONNX's order of gates: z, r, n.
// The gradient is made as that of lstm.ts: gates of all steps by two products, the way back unrolled.

import { fixed, type Graph, type Value } from '../graph.js';
import { add } from './add.js';
import { concat } from './concat.js';
import { mul } from './mul.js';
import {
  asRows,
  flip,
  inRunningOrder,
  previous,
  product,
  type RecurrentWeights,
  recurrentNode,
  statesInRunningOrder,
  stepsOf,
  sumOverDirections,
  withOnes,
} from './recurrence.js';
import { reshape } from './reshape.js';
import { sigmoid } from './sigmoid.js';
import { split } from './split.js';
import { sub } from './sub.js';
import { tanh } from './tanh.js';

/** x [T, B, C] -> all hidden states [T, D, B, H]; W [D, 3 H, C], R [D, 3 H, H], bias [D, 6 H], gates z, r, n. */
export function gru(graph: Graph, x: Value, weights: RecurrentWeights): Value {
  const { inputWeight, recurrentWeight, bias } = weights;
  const { y, sizes } = recurrentNode(graph, 'GRU', x, weights, { linear_before_reset: 1 });
  graph.record([x, inputWeight, recurrentWeight, bias], [y], (dY) => {
    const { directions, steps, inputs, units } = sizes;
    const batch = fixed(sizes.batch);
    const one = graph.constant(1);
    const biases = split(graph, bias, 1, [3 * units, 3 * units]);
    const withBias = (weight: Value, at: number) =>
      concat(graph, [weight, reshape(graph, biases[at]!, [directions, 3 * units, 1])], 2);
    const before = previous(graph, statesInRunningOrder(graph, y));
    const xs = inRunningOrder(graph, directions === 1 ? [x] : [x, x]);
    const [xRows, hRows] = [xs, before].map((values) => asRows(graph, withOnes(graph, values))) as [
      Value,
      Value,
    ];
    const [zrOfX, nOfX] = split(graph, product(graph, xRows, flip(graph, withBias(inputWeight, 0))), 2, [
      2 * units,
      units,
    ]);
    const [zrOfH, q] = split(graph, product(graph, hRows, flip(graph, withBias(recurrentWeight, 1))), 2, [
      2 * units,
      units,
    ]);
    const [z, r] = split(graph, sigmoid(graph, add(graph, zrOfX!, zrOfH!)), 2, [units, units]) as [
      Value,
      Value,
    ];
    const n = tanh(graph, add(graph, nOfX!, mul(graph, r, q!)));
    const slope = (gate: Value) => mul(graph, gate, sub(graph, one, gate));
    // Times the slope of h': slopes of the sums behind z, r, q, and behind n.
    const byN = mul(graph, sub(graph, one, z), sub(graph, one, mul(graph, n, n)));
    const byZ = mul(graph, sub(graph, asRows(graph, before), n), slope(z));
    const byR = mul(graph, mul(graph, byN, q!), slope(r));
    const perGate = concat(graph, [byZ, byR, mul(graph, byN, r)], 2);
    const inSteps = (rows: Value) =>
      stepsOf(graph, reshape(graph, rows, [directions, steps, batch, fixed(rows.shape[2])]));
    const { dHidden, dOfH } = backThroughTime(
      graph,
      { perGate: inSteps(perGate), keeps: inSteps(z) },
      stepsOf(graph, statesInRunningOrder(graph, dY!)),
      recurrentWeight,
    );
    const [dZR] = split(graph, dOfH, 2, [2 * units, units]);
    const dOfX = concat(graph, [dZR!, mul(graph, dHidden, byN)], 2);
    const dX = reshape(graph, product(graph, dOfX, inputWeight), [directions, steps, batch, inputs]);
    const [dW, dBiasOfW] = split(graph, product(graph, flip(graph, dOfX), xRows), 2, [inputs, 1]);
    const [dR, dBiasOfR] = split(graph, product(graph, flip(graph, dOfH), hRows), 2, [units, 1]);
    const dBias = reshape(graph, concat(graph, [dBiasOfW!, dBiasOfR!], 1), [directions, 6 * units]);
    return [sumOverDirections(graph, dX), dW!, dR!, dBias];
  });
  return y;
}

/** Slopes of h' [D, T B, H], and of what R makes of h [D, T B, 3 H]. */
function backThroughTime(
  graph: Graph,
  { perGate, keeps }: { readonly perGate: readonly Value[]; readonly keeps: readonly Value[] },
  arriving: readonly Value[],
  recurrentWeight: Value,
): { dHidden: Value; dOfH: Value } {
  const [directions, rows, units] = recurrentWeight.shape.map(fixed) as [number, number, number];
  const back = reshape(graph, recurrentWeight, [directions, 1, rows, units]);
  const [dHidden, dOfH]: [Value[], Value[]] = [[], []];
  for (let step = arriving.length - 1; step >= 0; step--) {
    let d = arriving[step]!;
    if (dHidden[0] !== undefined) {
      const kept = mul(graph, dHidden[0], keeps[step + 1]!);
      d = add(graph, add(graph, d, kept), product(graph, dOfH[0]!, back));
    }
    dHidden.unshift(d);
    dOfH.unshift(mul(graph, concat(graph, [d, d, d], 3), perGate[step]!));
  }
  const rowsOf = (values: readonly Value[]) => asRows(graph, concat(graph, values, 1));
  return { dHidden: rowsOf(dHidden), dOfH: rowsOf(dOfH) };
}
