// The encoder of a band: convolutions of 4 taps that halve the frames, residual blocks, and a projection to the features of
// a code. Shapes: B batch, C R rows of the band (stft.ts), F frames, T tokens, D features of a code.

import { fixed, type Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { pad } from '../../graph/ops/pad.js';
import { silu } from '../../graph/ops/silu.js';
import { convolution } from '../denoisers/parts.js';
import { groupNorm } from '../layers.js';
import type { Net } from '../net.js';
import type { Band } from './stft.js';
import { halvings, paddedFrames, type TimeVqvaeValues } from './time-vqvae.js';

/** Maps the rows of a band, [B, C R, F], to [B, D, T]. */
export function encode(net: Net, band: Band, rows: Value, values: TimeVqvaeValues): Value {
  const { channels, blocks, codeFeatures } = values;
  const name = `${band}.encoder`;
  const frames = fixed(rows.shape[2]);
  let h = pad(net.graph, rows, 2, 0, paddedFrames(frames) - frames);
  for (let at = 0; at < halvings[band]; at++) {
    const input = at === 0 ? h : silu(net.graph, h);
    h = convolution(net, `${name}.down${at}`, input, { filters: channels, taps: 4, stride: 2, padding: 1 });
  }
  for (let at = 0; at < blocks; at++) h = residualBlock(net, `${name}.block${at}`, h);
  return convolution(net, `${name}.output`, h, { filters: codeFeatures });
}

/** Adds to x [B, C, T] two convolutions of 3 taps and 1 tap, the first after a group norm. */
export function residualBlock(net: Net, name: string, x: Value): Value {
  const { graph } = net;
  const filters = fixed(x.shape[1]);
  const normal = groupNorm(net, `${name}.norm`, x, largestDivisor(filters, 8));
  const hidden = convolution(net, `${name}.conv1`, silu(graph, normal), { filters, taps: 3, padding: 1 });
  return add(graph, x, convolution(net, `${name}.conv2`, silu(graph, hidden), { filters }));
}

/** Returns the largest divisor of `count` that is at most `most`. */
function largestDivisor(count: number, most: number): number {
  let divisor = most;
  while (count % divisor !== 0) divisor--;
  return divisor;
}
