// LSTM and GRU as loops over the steps, which tfjs differentiates. Layout and order of the gates are those of ONNX.
// Shapes: T steps, D directions, B batch, C inputs, H units, G gates. Not supported: lengths per record, peepholes, other
// activations, and the GRU of 2014, which applies the reset gate before the product.

import type { Call, Operators, Tensor, Tf } from './call.js';
import { strided } from './shape.js';

/** Computes the next state from the sums W x + bW and R h + bR, [B, G H] each, and the previous state. */
type Step = (tf: Tf, fromX: Tensor, fromH: Tensor, before: RecurrentState) => RecurrentState;

interface RecurrentState {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/** The operators for recurrent layers. */
export const recurrentOperators: Operators = {
  LSTM: (call) => recurrent(call, lstmStep),
  GRU: (call) => {
    if (call.whole('linear_before_reset', 0) !== 1) call.refuse('with the reset before the product');
    return recurrent(call, gruStep).slice(0, 2);
  },
};

/** Computes one LSTM step. The order of the gates is i, o, f, g. */
function lstmStep(tf: Tf, fromX: Tensor, fromH: Tensor, before: RecurrentState): RecurrentState {
  const [i, o, f, g] = tf.split(tf.add(fromX, fromH), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const cell: Tensor = tf.add(tf.mul(tf.sigmoid(f), before.cell), tf.mul(tf.sigmoid(i), tf.tanh(g)));
  return { cell, hidden: tf.mul(tf.sigmoid(o), tf.tanh(cell)) };
}

/** Computes one GRU step. The order of the gates is z, r, n. */
function gruStep(tf: Tf, fromX: Tensor, fromH: Tensor, { hidden, cell }: RecurrentState): RecurrentState {
  const [xz, xr, xn] = tf.split(fromX, 3, 1) as [Tensor, Tensor, Tensor];
  const [hz, hr, hn] = tf.split(fromH, 3, 1) as [Tensor, Tensor, Tensor];
  const update = tf.sigmoid(tf.add(xz, hz));
  const fresh = tf.tanh(tf.add(xn, tf.mul(tf.sigmoid(tf.add(xr, hr)), hn)));
  return { cell, hidden: tf.add(tf.mul(tf.sub(1, update), fresh), tf.mul(update, hidden)) };
}

/**
 * Runs x [T, B, C] through a layer with W [D, G H, C], R [D, G H, H] and biases [D, 2 G H]. Returns the states [T, D, B, H]
 * and the last hidden and cell states [D, B, H].
 */
function recurrent(call: Call, step: Step): Tensor[] {
  const { tf } = call;
  const { activations, clip, input_forget: coupled, layout = 0 } = call.node.attributes;
  if (activations !== undefined || clip !== undefined || coupled !== undefined || layout !== 0)
    call.refuse('with activations, clip, input_forget or layout');
  if (call.optional(4) !== undefined) call.refuse('with lengths by record');
  if (call.optional(7) !== undefined) call.refuse('with peepholes');
  const [x, inputWeight, recurrentWeight] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const [steps, batch, inputs] = x.shape as [number, number, number];
  const [directions, rows, units] = recurrentWeight.shape as [number, number, number];
  const direction = call.word('direction', 'forward');
  const parts = Array.from({ length: directions }, (_, at) => {
    const own = (value: Tensor | undefined, shape: number[]): Tensor =>
      value === undefined ? tf.zeros(shape) : tf.reshape(strided(tf, value, 0, at, at + 1, 1), shape);
    const [biasOfW, biasOfR] = tf.split(own(call.optional(3), [2 * rows]), 2) as [Tensor, Tensor];
    const [w, r] = [own(inputWeight, [rows, inputs]), own(recurrentWeight, [rows, units])];
    const product = (left: Tensor, right: Tensor) => tf.matMul(left as never, right as never, false, true);
    const fromX = tf.add(product(tf.reshape(x, [steps * batch, inputs]), w), biasOfW);
    const isBackward = direction === 'reverse' || at === 1;
    const sums = tf.unstack(tf.reshape(fromX, [steps, batch, rows]));
    if (isBackward) sums.reverse();
    let state: RecurrentState = {
      hidden: own(call.optional(5), [batch, units]),
      cell: own(call.optional(6), [batch, units]),
    };
    const states = sums.map((sum) => {
      state = step(tf, sum, tf.add(product(state.hidden, r), biasOfR), state);
      return state.hidden;
    });
    if (isBackward) states.reverse();
    return { states: tf.stack(states), last: state };
  });
  return [
    tf.stack(
      parts.map(({ states }) => states),
      1,
    ),
    tf.stack(parts.map(({ last }) => last.hidden)),
    tf.stack(parts.map(({ last }) => last.cell)),
  ];
}
