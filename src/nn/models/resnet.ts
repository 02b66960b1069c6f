// ResNets in one dimension: He et al. 2015 (arXiv 1512.03385), table 1 and figure 5, with torchvision's plan, in which every
// k x k filter is replaced by k taps: a stem of 7 taps with stride 2, max pooling of 3 taps with stride 2, stages with 64,
// 128, 256 and 512 channels, and global average pooling. As in torchvision, a bottleneck has its stride in the convolution
// with 3 taps; in the paper it is in the first convolution.
// Not included: torchvision's option to start the last scale of a block at zero.

import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { maxPool1d } from '../../graph/ops/max-pool.js';
import { reduceMean } from '../../graph/ops/reduce-mean.js';
import { relu } from '../../graph/ops/relu.js';
import { batchNorm, conv, linear } from '../layers.js';
import type { Net } from '../net.js';
import { type Architecture, architecture } from './architecture.js';

/**
 * Maps x [B, C, L] to [B, Co, ceil(L / stride)], where Co is the channels of the stage times the expansion of the
 * block.
 */
type Block = (net: Net, name: string, x: Value, channels: number, stride: number) => Value;

const stageChannels = [64, 128, 256, 512];

/** ResNet-18 in one dimension. */
export const resnet18 = resnet(18, basicBlock, [2, 2, 2, 2]);
/** ResNet-34 in one dimension. */
export const resnet34 = resnet(34, basicBlock, [3, 4, 6, 3]);
/** ResNet-50 in one dimension. */
export const resnet50 = resnet(50, bottleneck, [3, 4, 6, 3]);

/** Makes the architecture with `depth` layers and `counts` blocks per stage (table 1). */
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

/** Applies two convolutions with 3 taps and adds a shortcut (figure 5, left). */
function basicBlock(net: Net, name: string, x: Value, channels: number, stride: number): Value {
  let y = relu(net.graph, convNorm(net, name, '1', x, channels, 3, stride));
  y = convNorm(net, name, '2', y, channels, 3);
  return relu(net.graph, add(net.graph, y, shortcut(net, name, x, channels, stride)));
}

/**
 * Applies convolutions with 1, 3 and 1 taps and adds a shortcut (figure 5, right). The first reduces the channels, the
 * last expands them to four times as many.
 */
function bottleneck(net: Net, name: string, x: Value, channels: number, stride: number): Value {
  let y = relu(net.graph, convNorm(net, name, '1', x, channels, 1));
  y = relu(net.graph, convNorm(net, name, '2', y, channels, 3, stride));
  y = convNorm(net, name, '3', y, 4 * channels, 1);
  return relu(net.graph, add(net.graph, y, shortcut(net, name, x, 4 * channels, stride)));
}

/** Returns the input itself, or a 1-tap convolution of it if the shape changes (option B of the paper). */
function shortcut(net: Net, name: string, x: Value, channels: number, stride: number): Value {
  const isSameShape = stride === 1 && x.shape[1] === channels;
  return isSameShape ? x : convNorm(net, `${name}.shortcut`, '', x, channels, 1, stride);
}

/** Applies the convolution `name.conv<at>` and the batch norm `name.norm<at>`; a stride of 1 keeps the length. */
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
