// EfficientNet-B0 in one dimension: Tan and Le 2019 (arXiv 1905.11946), table 1. The block MBConv follows Sandler et al.
// 2018 (arXiv 1801.04381, figure 3d) with squeeze-and-excitation (Hu et al. 2017, arXiv 1709.01507, equations 2-4). The plan
// is that of torchvision with every k x k filter replaced by k taps. As in torchvision, the probability of dropping a block
// rises linearly to 0.2, and batch norm has an epsilon of 1e-5 and a momentum of 0.1 (1e-3 and 0.01 in TensorFlow's
// original). Linear layers have the same initial weights as in the other architectures here.
// Not included: the compound scaling to B1-B7 (equation 3).

import { fixed, type Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { depthwiseConv1d } from '../../graph/ops/depthwise-conv.js';
import { mul } from '../../graph/ops/mul.js';
import { reduceMean } from '../../graph/ops/reduce-mean.js';
import { reshape } from '../../graph/ops/reshape.js';
import { sigmoid } from '../../graph/ops/sigmoid.js';
import { silu } from '../../graph/ops/silu.js';
import { heNormalFanOut } from '../init.js';
import { batchNorm, conv, linear } from '../layers.js';
import type { Net } from '../net.js';
import { architecture } from './architecture.js';

interface Block {
  /** Ratio of the channels inside the block to the channels of its input. */
  readonly expansion: number;
  readonly taps: number;
  readonly stride: number;
  readonly channels: number;
}

/** Table 1, stages 2-8: expansion, taps, stride of the first block, channels, blocks. */
const stages = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const;

const blocks: readonly Block[] = stages.flatMap(([expansion, taps, stride, channels, count]) =>
  Array.from({ length: count }, (_, at) => ({ expansion, taps, stride: at === 0 ? stride : 1, channels })),
);

/** EfficientNet-B0 in one dimension. */
export const efficientnetB0 = architecture({
  name: 'efficientnet-b0',
  title: 'EfficientNet-B0, 1-D',
  paper: 'Tan and Le 2019, arXiv 1905.11946',
  minLengthSamples: 32,
  hyperParameters: {},
  backbone: (net, ecg, { backboneOut }) => {
    const { graph } = net;
    let x = conv(net, 'stem.conv', ecg, 32, 3, { stride: 2, padding: 1 });
    x = silu(graph, batchNorm(net, 'stem.norm', x));
    for (const [at, block] of blocks.entries()) {
      x = mbConv(net, `block${at + 1}`, x, block, (0.2 * at) / blocks.length);
    }
    x = silu(graph, batchNorm(net, 'top.norm', conv(net, 'top.conv', x, 1280, 1, {})));
    const pooled = net.dropout('top.dropout', reduceMean(graph, x, [2]), 0.2);
    return linear(net, 'backbone.linear', pooled, backboneOut);
  },
});

/** Maps [B, C, L] to [B, channels, ceil(L / stride)], with a shortcut if the shape does not change. */
function mbConv(net: Net, name: string, x: Value, block: Block, dropRate: number): Value {
  const { graph } = net;
  const { expansion, taps, stride, channels } = block;
  const before = fixed(x.shape[1]);
  let y = x;
  if (expansion !== 1) {
    y = conv(net, `${name}.expand.conv`, y, before * expansion, 1, {});
    y = silu(graph, batchNorm(net, `${name}.expand.norm`, y));
  }
  y = depthwise(net, `${name}.depthwise.conv`, y, taps, stride);
  y = silu(graph, batchNorm(net, `${name}.depthwise.norm`, y));
  y = squeezeExcite(net, `${name}.excite`, y, Math.floor(before / 4));
  y = batchNorm(net, `${name}.project.norm`, conv(net, `${name}.project.conv`, y, channels, 1, {}));
  if (stride !== 1 || before !== channels) return y;
  return add(graph, net.stochasticDepth(`${name}.depth`, y, dropRate), x);
}

function depthwise(net: Net, name: string, x: Value, taps: number, stride: number): Value {
  const channels = fixed(x.shape[1]);
  const weight = net.weight(`${name}.weight`, [channels, 1, taps], heNormalFanOut(channels * taps));
  return depthwiseConv1d(net.graph, x, weight, { stride, padding: (taps - 1) / 2 });
}

/** Multiplies each channel by a factor in (0, 1), which two linear layers compute from the means of all channels. */
function squeezeExcite(net: Net, name: string, x: Value, hidden: number): Value {
  const { graph } = net;
  const [batch, channels] = [x.shape[0]!, fixed(x.shape[1])];
  const squeezed = silu(graph, linear(net, `${name}.linear1`, reduceMean(graph, x, [2]), hidden));
  const factor = sigmoid(graph, linear(net, `${name}.linear2`, squeezed, channels));
  return mul(graph, x, reshape(graph, factor, [batch, channels, 1]));
}
