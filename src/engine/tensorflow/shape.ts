// Operators that rearrange elements without computing.

import { type Call, fromFront, type Operators, spreadTo, still, type Tensor, type Tf } from './call.js';

/** The operators for shapes. */
export const shapeOperators: Operators = {
  Reshape: (call) => {
    const x = call.tensor(0);
    // A size of 0 means the dimension of the input.
    const shape = call.numbers(1)!.map((dim, axis) => (dim === 0 ? x.shape[axis]! : dim));
    return call.tf.reshape(x, shape);
  },
  Transpose: (call) => call.tf.transpose(call.tensor(0), call.wholes('perm')),
  Expand: (call) => {
    const x = call.tensor(0);
    const shape = call.tf.backend_util.assertAndGetBroadcastShape(x.shape, call.numbers(1)!);
    return spreadTo(call.tf, x, shape);
  },
  Concat: (call) => {
    const parts = Array.from({ length: call.inputCount }, (_, index) => call.tensor(index));
    return call.tf.concat(parts, fromFront(call.whole('axis', 0), parts[0]!.rank));
  },
  Split: (call) => {
    const x = call.tensor(0);
    const axis = fromFront(call.whole('axis', 0), x.rank);
    return call.tf.split(x, call.numbers(1) ?? call.refuse('without the lengths of its parts'), axis);
  },
  Slice: slice,
  Pad: pad,
  Gather: gather,
};

function slice(call: Call): Tensor {
  const x = call.tensor(0);
  const [starts, ends] = [call.numbers(1)!, call.numbers(2)!];
  const axes = call.numbers(3) ?? starts.map((_, axis) => axis);
  const steps = call.numbers(4) ?? starts.map(() => 1);
  return axes.reduce((y, given, at) => {
    const axis = fromFront(given, x.rank);
    const length = x.shape[axis]!;
    const bound = (value: number) => Math.min(length, Math.max(0, fromFront(value, length)));
    const step = steps[at]!;
    if (step < 1) call.refuse(`by a step of ${step}`);
    return strided(call.tf, y, axis, bound(starts[at]!), bound(ends[at]!), step);
  }, x);
}

/**
 * Returns the elements start, start + step, ... below `end` of `axis`. With a step, the axis is reshaped to rows of that
 * length, and the first column is taken.
 */
export function strided(tf: Tf, x: Tensor, axis: number, start: number, end: number, step: number): Tensor {
  const count = Math.ceil((end - start) / step);
  const cut = (y: Tensor, at: number, from: number, size: number) =>
    tf.slice(
      y,
      y.shape.map((_, dim) => (dim === at ? from : 0)),
      y.shape.map((length, dim) => (dim === at ? size : length)),
    );
  if (step === 1) return cut(x, axis, start, count);
  const missing = Math.max(0, start + count * step - x.shape[axis]!);
  const whole = cut(padAxis(tf, x, axis, 0, missing, 0), axis, start, count * step);
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const rows = tf.reshape(whole, [...before, count, step, ...after]);
  return tf.reshape(cut(rows, axis + 1, 0, 1), [...before, count, ...after]);
}

/** Adds `before` and `after` elements of `filler` along `axis`. Returns `x` itself if both are 0. */
export function padAxis(
  tf: Tf,
  x: Tensor,
  axis: number,
  before: number,
  after: number,
  filler: number,
): Tensor {
  if (before === 0 && after === 0) return x;
  return tf.pad(
    x,
    x.shape.map((_, at) => (at === axis ? [before, after] : [0, 0])),
    filler,
  );
}

function pad(call: Call): Tensor {
  const { tf } = call;
  const x = call.tensor(0);
  if (call.word('mode', 'constant') !== 'constant') call.refuse('by anything but a constant');
  const counts = call.numbers(1)!;
  const [filler = 0] = call.numbers(2) ?? [];
  const axes = (call.numbers(3) ?? x.shape.map((_, axis) => axis)).map((axis) => fromFront(axis, x.rank));
  return axes.reduce(
    (y, axis, at) => padAxis(tf, y, axis, counts[at]!, counts[at + axes.length]!, filler),
    tf.clone(x),
  );
}

/** Gathers rows by indices that a run computes, as a product with one-hot vectors, which every backend can differentiate. */
function gatherByValue(call: Call): Tensor {
  const { tf } = call;
  const [x, indices] = [call.tensor(0), call.tensor(1)];
  const [rows, width] = x.shape as [number, number];
  if (x.rank !== 2 || fromFront(call.whole('axis', 0), x.rank) !== 0)
    call.refuse('by indices that a run computes, but not from the rows of a matrix');
  const wrong = indices.dataSync().find((index) => index < 0 || index >= rows);
  if (wrong !== undefined) call.refuse(`by the index ${wrong} from ${rows} rows`);
  const places = tf.reshape(tf.range(0, rows, 1, 'int32'), [1, rows]);
  const isThere = still(
    tf,
    (codes) => tf.cast(tf.equal(codes!, places), 'float32'),
    tf.reshape(indices, [-1, 1]),
  );
  return tf.reshape(tf.matMul(isThere as never, x as never), [...indices.shape, width]);
}

/**
 * Gathers constant indices. Sequences of neighbours become slices, reversed if the indices decrease, because tfjs can
 * differentiate these on every backend.
 */
function gather(call: Call): Tensor {
  const { tf } = call;
  const x = call.tensor(0);
  if (!call.isConstant(1)) return gatherByValue(call);
  const axis = fromFront(call.whole('axis', 0), x.rank);
  const indices = call.numbers(1)!.map((index) => fromFront(index, x.shape[axis]!));
  const runs: { first: number; last: number; step: number }[] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    const step = run === undefined ? 0 : index - run.last;
    if (run !== undefined && Math.abs(step) === 1 && (run.step === 0 || run.step === step)) {
      run.last = index;
      run.step = step;
    } else {
      runs.push({ first: index, last: index, step: 0 });
    }
  }
  const parts = runs.map(({ first, last, step }) => {
    const [low, high] = [Math.min(first, last), Math.max(first, last) + 1];
    const part = strided(tf, x, axis, low, high, 1);
    return step < 0 ? tf.reverse(part, [axis]) : part;
  });
  const joined = tf.concat(parts, axis);
  return tf.reshape(joined, [...x.shape.slice(0, axis), ...call.tensor(1).shape, ...x.shape.slice(axis + 1)]);
}
