// ResNets in one dimension: He et al. 2015 (arXiv 1512.03385), table 1 and figure 5, after torchvision's plan with every
// k x k turned into k: 7/2 stem, 3/2 max-pool, stages of 64-128-256-512 channels, global average pool. As torchvision,
// a bottleneck takes its stride at the 3-tap convolution, not at the first as the paper does.
// Left out: torchvision's option to start a block's last scale at zero.

import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { maxPool1d } from '../../graph/ops/max-pool.js';
import { reduceMean } from '../../graph/ops/reduce-mean.js';
import { relu } from '../../graph/ops/relu.js';
import { batchNorm, conv, linear } from '../layers.js';
import type { Net } from '../net.js';
import { type Architecture, architecture } from './architecture.js';

/** x [B, C, L] -> the same shape, or [B, Co, ceil(L / stride)], Co the stage's channels times the block's expansion. */
type Block = (net: Net, name: string, x: Value, channels: number, stride: number) => Value;

const stageChannels = [64, 128, 256, 512];

export const resnet18 = resnet(18, basicBlock, [2, 2, 2, 2]);
export const resnet34 = resnet(34, basicBlock, [3, 4, 6, 3]);
export const resnet50 = resnet(50, bottleneck, [3, 4, 6, 3]);

/** Table 1: `depth` layers, `counts` blocks by stage. */
function resnet(depth: number, block: Block, counts: readonly number[]): Architecture {
  return architecture({
    name: `resnet${depth}`,
    title: `ResNet-${depth}, 1-D`,
    paper: 'He et al. 2015, arXiv 1512.03385',
    minLengthSamples: 32,
    hyperParameters: {},
    backbone: (net, ecg, { backboneOut }) => {
      let x = convNorm(net, 'stem', '', ecg, 64, 7, 2);
      x = maxPool1d(net.graph, relu(net.graph, x), { kernel: 3, stride: 2, padding: 1 });
      for (const [stage, channels] of stageChannels.entries()) {
        for (let at = 0; at < counts[stage]!; at++) {
          x = block(net, `stage${stage + 1}.block${at}`, x, channels, stage > 0 && at === 0 ? 2 : 1);
        }
      }
      return linear(net, 'backbone.linear', reduceMean(net.graph, x, [2]), backboneOut);
    },
  });
}

/** Figure 5, left: two 3-tap convolutions beside a shortcut. */
function basicBlock(net: Net, name: string, x: Value, channels: number, stride: number): Value {
  let y = relu(net.graph, convNorm(net, name, '1', x, channels, 3, stride));
  y = convNorm(net, name, '2', y, channels, 3);
  return relu(net.graph, add(net.graph, y, shortcut(net, name, x, channels, stride)));
}

/** Figure 5, right: 1-tap convolutions reduce and restore the channels around the 3-tap one; four times as many go out. */
function bottleneck(net: Net, name: string, x: Value, channels: number, stride: number): Value {
  let y = relu(net.graph, convNorm(net, name, '1', x, channels, 1));
  y = relu(net.graph, convNorm(net, name, '2', y, channels, 3, stride));
  y = convNorm(net, name, '3', y, 4 * channels, 1);
  return relu(net.graph, add(net.graph, y, shortcut(net, name, x, 4 * channels, stride)));
}

/** The input itself, or a 1-tap convolution of it where the shape changes (the paper's option B). */
function shortcut(net: Net, name: string, x: Value, channels: number, stride: number): Value {
  const isSameShape = stride === 1 && x.shape[1] === channels;
  return isSameShape ? x : convNorm(net, `${name}.shortcut`, '', x, channels, 1, stride);
}

/** Convolution `name.conv<at>` and its batch norm `name.norm<at>`; a stride of 1 keeps the length. */
function convNorm(
  net: Net,
  name: string,
  at: string,
  x: Value,
  channels: number,
  taps: number,
  stride = 1,
): Value {
  const y = conv(net, `${name}.conv${at}`, x, channels, taps, { stride, padding: (taps - 1) / 2 });
  return batchNorm(net, `${name}.norm${at}`, y);
}
