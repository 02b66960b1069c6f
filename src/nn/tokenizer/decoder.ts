// The decoder of a band: the encoder in reverse. Shapes as in encoder.ts.

import { fixed, type Value } from '../../graph/graph.js';
import { convTranspose1d } from '../../graph/ops/conv-transpose.js';
import { silu } from '../../graph/ops/silu.js';
import { slice } from '../../graph/ops/slice.js';
import { convolution } from '../denoisers/parts.js';
import { normal } from '../init.js';
import { convBias } from '../layers.js';
import type { Net } from '../net.js';
import { residualBlock } from './encoder.js';
import { type Band, frameCount, rowsOf } from './stft.js';
import { halvings, type TimeVqvaeValues } from './time-vqvae.js';

/** What a decoder makes. */
export interface DecodedShape {
  readonly leads: number;
  readonly lengthSamples: number;
}

/** Maps quantised features [B, D, T] to the rows of a band, [B, C R, F]. */
export function decode(net: Net, band: Band, z: Value, values: TimeVqvaeValues, shape: DecodedShape): Value {
  const { channels, blocks } = values;
  const name = `${band}.decoder`;
  let h = convolution(net, `${name}.input`, z, { filters: channels, taps: 3, padding: 1 });
  for (let at = 0; at < blocks; at++) h = residualBlock(net, `${name}.block${at}`, h);
  for (let left = halvings[band] - 1; left >= 0; left--) {
    const filters = left === 0 ? shape.leads * rowsOf(band) : channels;
    h = doubled(net, `${name}.up${left}`, silu(net.graph, h), filters);
  }
  return slice(net.graph, h, 2, 0, frameCount(shape.lengthSamples));
}

/** Maps [B, C, T] to [B, filters, 2 T] by a transposed convolution of 4 taps. */
function doubled(net: Net, name: string, x: Value, filters: number): Value {
  const channels = fixed(x.shape[1]);
  // Each sample of the result is a sum over two taps.
  const weight = net.weight(`${name}.weight`, [channels, filters, 4], normal(1 / Math.sqrt(channels)));
  return convBias(net, name, convTranspose1d(net.graph, x, weight, { stride: 2, padding: 1 }));
}
