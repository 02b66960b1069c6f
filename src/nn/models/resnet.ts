// ResNet in one dimension: He et al. 2015 (arXiv 1512.03385), table 1 and figure 5 left, after torchvision's plan with
// every k x k turned into k: 7/2 stem, 3/2 max-pool, stages of 64-128-256-512 channels, global average pool.
// Left out: bottleneck blocks (ResNet-50) and torchvision's option to start a block's last scale at zero.

import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { maxPool1d } from '../../graph/ops/max-pool.js';
import { reduceMean } from '../../graph/ops/reduce-mean.js';
import { relu } from '../../graph/ops/relu.js';
import { batchNorm, conv, linear } from '../layers.js';
import type { Net } from '../net.js';
import { architecture } from './architecture.js';

const stageChannels = [64, 128, 256, 512];

export const resnet18 = architecture({
  name: 'resnet18',
  title: 'ResNet-18, 1-D',
  paper: 'He et al. 2015, arXiv 1512.03385',
  minLengthSamples: 32,
  hyperParameters: {},
  backbone: (net, ecg, { backboneOut }) => resnet(net, ecg, [2, 2, 2, 2], backboneOut),
});

/** [B, leads, L] -> [B, features]; `blocks` is the number of basic blocks by stage, [2, 2, 2, 2] for ResNet-18. */
function resnet(net: Net, ecg: Value, blocks: readonly number[], features: number): Value {
  const { graph } = net;
  let x = conv(net, 'stem.conv', ecg, 64, 7, { stride: 2, padding: 3 });
  x = relu(graph, batchNorm(net, 'stem.norm', x));
  x = maxPool1d(graph, x, { kernel: 3, stride: 2, padding: 1 });
  stageChannels.forEach((channels, stage) => {
    for (let block = 0; block < (blocks[stage] ?? 0); block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = basicBlock(net, `stage${stage + 1}.block${block}`, x, channels, stride);
    }
  });
  return linear(net, 'backbone.linear', reduceMean(graph, x, [2]), features);
}

/** Two 3-tap convolutions beside a shortcut; the shortcut is a 1-tap convolution where the shape changes. */
function basicBlock(net: Net, name: string, x: Value, channels: number, stride: number): Value {
  const { graph } = net;
  let y = conv(net, `${name}.conv1`, x, channels, 3, { stride, padding: 1 });
  y = relu(graph, batchNorm(net, `${name}.norm1`, y));
  y = conv(net, `${name}.conv2`, y, channels, 3, { padding: 1 });
  y = batchNorm(net, `${name}.norm2`, y);
  const isSameShape = stride === 1 && x.shape[1] === channels;
  const shortcut = isSameShape
    ? x
    : batchNorm(net, `${name}.shortcut.norm`, conv(net, `${name}.shortcut.conv`, x, channels, 1, { stride }));
  return relu(graph, add(graph, y, shortcut));
}
