// LSTM: Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000, without peepholes; the ONNX operator.
// i, o, f = s(W x + R h + b), g = tanh(W x + R h + b), c' = f c + i g, h' = o tanh(c'); ONNX's order of gates: i, o, f, g.
// The node gives no gates, so the gradient makes them again: h of the step before is known from the output, hence one
// product makes the gates of all steps. The way back through time is unrolled, a product a step; the gradients of the
// weights are one product over all steps.

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

/** x [T, B, C] -> all hidden states [T, D, B, H]; W [D, 4 H, C], R [D, 4 H, H], bias [D, 8 H], gates i, o, f, g. */
export function lstm(graph: Graph, x: Value, weights: RecurrentWeights): Value {
  const { inputWeight, recurrentWeight, bias } = weights;
  const { y, sizes } = recurrentNode(graph, 'LSTM', x, weights);
  graph.record([x, inputWeight, recurrentWeight, bias], [y], (dY) => {
    const { directions, steps, inputs, units } = sizes;
    const batch = fixed(sizes.batch);
    const states = [directions, steps, batch, units];
    const [biasOfW, biasOfR] = split(graph, bias, 1, [4 * units, 4 * units]);
    const bothBiases = reshape(graph, add(graph, biasOfW!, biasOfR!), [directions, 4 * units, 1]);
    const allWeights = concat(graph, [inputWeight, recurrentWeight, bothBiases], 2);
    const xs = inRunningOrder(graph, directions === 1 ? [x] : [x, x]);
    const rows = asRows(graph, withOnes(graph, xs, previous(graph, statesInRunningOrder(graph, y))));
    const gates = product(graph, rows, flip(graph, allWeights));
    const parts = split(graph, gates, 2, [units, units, units, units]).map((part) =>
      reshape(graph, part, states),
    );
    const dGates = backThroughTime(graph, parts, statesInRunningOrder(graph, dY!), recurrentWeight);
    const dRows = asRows(graph, dGates);
    const dX = reshape(graph, product(graph, dRows, inputWeight), [directions, steps, batch, inputs]);
    const dWeights = product(graph, flip(graph, dRows), rows);
    const [dW, dR, dBias] = split(graph, dWeights, 2, [inputs, units, 1]);
    const dOneBias = reshape(graph, dBias!, [directions, 4 * units]);
    return [sumOverDirections(graph, dX), dW!, dR!, concat(graph, [dOneBias, dOneBias], 1)];
  });
  return y;
}

/** Sums before the activations [D, T, B, H] of i, o, f, g and the slopes of h -> slopes of the sums [D, T, B, 4 H]. */
function backThroughTime(graph: Graph, sums: readonly Value[], dH: Value, recurrentWeight: Value): Value {
  const one = graph.constant(1);
  const [i, o, f] = sums.slice(0, 3).map((sum) => sigmoid(graph, sum)) as [Value, Value, Value];
  const g = tanh(graph, sums[3]!);
  const [keeps, gains] = [stepsOf(graph, f), stepsOf(graph, mul(graph, i, g))];
  const cells = [gains[0]!];
  for (let step = 1; step < keeps.length; step++) {
    cells.push(add(graph, mul(graph, keeps[step]!, cells[step - 1]!), gains[step]!));
  }
  const cell = concat(graph, cells, 1);
  const squashed = tanh(graph, cell);
  const slope = (gate: Value) => mul(graph, gate, sub(graph, one, gate));
  const tanhSlope = (y: Value) => sub(graph, one, mul(graph, y, y));
  // Times the slope of the cell (i, f, g) or of the hidden state (o).
  const perGate = stepsOf(
    graph,
    concat(
      graph,
      [
        mul(graph, g, slope(i)),
        mul(graph, squashed, slope(o)),
        mul(graph, previous(graph, cell), slope(f)),
        mul(graph, i, tanhSlope(g)),
      ],
      3,
    ),
  );
  const toCell = stepsOf(graph, mul(graph, o, tanhSlope(squashed)));
  const arriving = stepsOf(graph, dH);
  const [directions, rows, units] = recurrentWeight.shape.map(fixed) as [number, number, number];
  const back = reshape(graph, recurrentWeight, [directions, 1, rows, units]);
  const dSums: Value[] = [];
  let [later, kept]: (Value | undefined)[] = [];
  for (let step = keeps.length - 1; step >= 0; step--) {
    const dHidden =
      later === undefined ? arriving[step]! : add(graph, arriving[step]!, product(graph, later, back));
    const direct = mul(graph, dHidden, toCell[step]!);
    const dCell: Value = kept === undefined ? direct : add(graph, direct, kept);
    later = mul(graph, concat(graph, [dCell, dHidden, dCell, dCell], 3), perGate[step]!);
    kept = mul(graph, dCell, keeps[step]!);
    dSums.unshift(later);
  }
  return concat(graph, dSums, 1);
}
