// Convolution and pooling over time. ONNX uses [B, C, L], tfjs has channels last, so x is transposed to [B, L, C] and back.
// Convolutions are products over shifted windows, because tfjs on WASM cannot differentiate the filter of conv1d.

import { type Call, type Operators, still, type Tensor, type Tf } from './call.js';
import { padAxis, strided } from './shape.js';

/** The operators for convolution and pooling. */
export const convolutionOperators: Operators = { Conv: conv, MaxPool: maxPool };

interface Windows {
  readonly taps: number;
  readonly stride: number;
  readonly pads: readonly [number, number];
  readonly dilation: number;
}

/** Convolves x [B, C, L] with w [F, C / group, K] and an optional bias [F] to [B, F, Lo]. */
function conv(call: Call): Tensor {
  const { tf } = call;
  const [x, w, bias] = [call.tensor(0), call.tensor(1), call.optional(2)];
  const [filters, depth, taps] = w.shape as [number, number, number];
  const group = call.whole('group', 1);
  const windows = windowsOf(call, x, taps);
  const byTap = shifts(tf, tf.transpose(x, [0, 2, 1]), 1, windows, 0);
  const cut = (y: Tensor, axis: number, part: number, size: number) =>
    group === 1 ? y : strided(tf, y, axis, part * size, (part + 1) * size, 1);
  const parts =
    depth === 1 && filters === group
      ? [depthwise(tf, byTap, w)]
      : Array.from({ length: group }, (_, part) =>
          dense(
            tf,
            byTap.map((window) => cut(window, 2, part, depth)),
            cut(w, 0, part, filters / group),
          ),
        );
  const y = tf.concat(parts, 2);
  return tf.transpose(bias === undefined ? y : tf.add(y, bias), [0, 2, 1]);
}

/** Convolves K windows [B, Lo, C] with w [F, C, K] to [B, Lo, F], with one matrix product over all taps. */
function dense(tf: Tf, windows: readonly Tensor[], w: Tensor): Tensor {
  const [batch, length, channels] = windows[0]!.shape as [number, number, number];
  const [filters, , taps] = w.shape as [number, number, number];
  const columns = tf.reshape(tf.concat([...windows], 2), [batch * length, taps * channels]);
  const rows = tf.reshape(tf.transpose(w, [2, 1, 0]), [taps * channels, filters]);
  return tf.reshape(tf.matMul(columns as never, rows as never), [batch, length, filters]);
}

/** Convolves K windows [B, Lo, C] with one filter per channel, w [C, 1, K], to [B, Lo, C]. */
function depthwise(tf: Tf, windows: readonly Tensor[], w: Tensor): Tensor {
  const channels = w.shape[0]!;
  const factors = tf.split(tf.reshape(w, [channels, windows.length]), windows.length, 1);
  return windows
    .map((window, tap) => tf.mul(window, tf.reshape(factors[tap]!, [channels])) as Tensor)
    .reduce((sum, term) => tf.add(sum, term));
}

/**
 * Computes max pooling. The first of equal taps receives the gradient, as in ops/max-pool.ts; tfjs's operator does not
 * specify it.
 */
function maxPool(call: Call): Tensor {
  const { tf } = call;
  const x = call.tensor(0);
  const [taps = 0] = call.wholes('kernel_shape') ?? [];
  if (call.whole('ceil_mode', 0) !== 0 || call.node.outputs.length > 1)
    call.refuse('with ceil_mode or indices');
  return shifts(tf, x, 2, windowsOf(call, x, taps), Number.NEGATIVE_INFINITY).reduce((best, window) => {
    const isMore = still(tf, (a, b) => tf.greater(a!, b!), window, best);
    return tf.where(isMore, window, best);
  });
}

function windowsOf(call: Call, x: Tensor, taps: number): Windows {
  if (x.rank !== 3) call.refuse(`of ${x.rank} dimensions, only [B, C, L]`);
  if (call.word('auto_pad', 'NOTSET') !== 'NOTSET') call.refuse('with auto_pad');
  const [stride = 1] = call.wholes('strides') ?? [];
  const [before = 0, after = 0] = call.wholes('pads') ?? [];
  const [dilation = 1] = call.wholes('dilations') ?? [];
  return { taps, stride, pads: [before, after], dilation };
}

/** Returns for each tap the elements that it multiplies: a window of length Lo along `axis`. */
function shifts(tf: Tf, x: Tensor, axis: number, windows: Windows, filler: number): Tensor[] {
  const { taps, stride, pads, dilation } = windows;
  const padded = padAxis(tf, x, axis, pads[0], pads[1], filler);
  const span = (taps - 1) * dilation + 1;
  const reach = Math.floor((padded.shape[axis]! - span) / stride) * stride;
  return Array.from({ length: taps }, (_, tap) =>
    strided(tf, padded, axis, tap * dilation, tap * dilation + reach + 1, stride),
  );
}
