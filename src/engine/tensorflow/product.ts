// Matrix products and reductions.

import { type Call, fromFront, type Operators, spreadTo, still, type Tensor } from './call.js';

type Matrices = Parameters<Call['tf']['matMul']>[0];

/** The operators for products and reductions. */
export const productOperators: Operators = {
  MatMul: matmul,
  Gemm: gemm,
  ReduceSum: reduction('sum'),
  ReduceMean: reduction('mean'),
  ArgMax: argMax,
  Softmax: (call) => call.tf.softmax(call.tensor(0), lastAxis(call)),
  LogSoftmax: logSoftmax,
};

/** Multiplies matrices with broadcasting of the leading axes. A single matrix on the right multiplies all rows at once. */
function matmul(call: Call): Tensor {
  const { tf } = call;
  const [a, b] = [call.tensor(0), call.tensor(1)];
  if (a.rank < 2 || b.rank < 2) call.refuse('of vectors');
  const [rows, inner, columns] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  if (b.rank === 2) {
    const flat = tf.matMul(tf.reshape(a, [-1, inner]), b as Matrices);
    return tf.reshape(flat, [...a.shape.slice(0, -1), columns]);
  }
  const lead = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const stacked = (x: Tensor) => {
    const shape = [...lead, ...x.shape.slice(-2)];
    const full = x.shape.join() === shape.join() ? x : spreadTo(tf, x, shape);
    return tf.reshape(full, [-1, ...x.shape.slice(-2)]) as Matrices;
  };
  return tf.reshape(tf.matMul(stacked(a), stacked(b)), [...lead, rows, columns]);
}

function gemm(call: Call): Tensor {
  if (call.decimal('alpha', 1) !== 1 || call.decimal('beta', 1) !== 1) call.refuse('with factors');
  const [a, b, bias] = [call.tensor(0), call.tensor(1), call.optional(2)];
  const [turnA, turnB] = [call.whole('transA', 0) === 1, call.whole('transB', 0) === 1];
  const product = call.tf.matMul(a as Matrices, b as Matrices, turnA, turnB);
  return bias === undefined ? product : call.tf.add(product, bias);
}

function reduction(name: 'sum' | 'mean') {
  return (call: Call): Tensor => {
    const x = call.tensor(0);
    const axes = (call.numbers(1) ?? []).map((axis) => fromFront(axis, x.rank));
    const all = x.shape.map((_, axis) => axis);
    return call.tf[name](x, axes.length > 0 ? axes : all, call.whole('keepdims', 1) === 1);
  };
}

/** Returns the place of the maximum along an axis, the first of equal ones. */
function argMax(call: Call): Tensor {
  const { tf } = call;
  const x = call.tensor(0);
  if (call.whole('keepdims', 1) !== 0 || call.whole('select_last_index', 0) !== 0)
    call.refuse('with keepdims or select_last_index');
  const axis = fromFront(call.whole('axis', 0), x.rank);
  return still(tf, (values) => tf.argMax(values!, axis), x);
}

function lastAxis(call: Call): number {
  const last = call.tensor(0).rank - 1;
  if (fromFront(call.whole('axis', -1), last + 1) !== last) call.refuse('over any but the last axis');
  return last;
}

/** Returns x - max - ln(sum(e^(x - max))). tfjs does not have this operator on WASM. */
function logSoftmax(call: Call): Tensor {
  const { tf } = call;
  const [x, axis] = [call.tensor(0), lastAxis(call)];
  const shifted = tf.sub(
    x,
    still(tf, (all) => tf.max(all!, axis, true), x),
  );
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
}
