// The encoder of the Transformer: Vaswani et al. 2017 (arXiv 1706.03762), section 3.1, with GELU instead of ReLU. The norms
// follow each residual sum (post, as in the paper and in the related code of Nonaka and Seita 2026) or precede each sub-layer
// (pre, Xiong et al. 2020, arXiv 2002.04745, with one more norm at the end).
// The tokens are a class token and the embedded chunks. Nonaka and Seita do not mention a positional encoding, and the
// classifier in their related code has none; the encoder then cannot know the order of the chunks. Here positions are
// sinusoidal by default (section 3.5; also in the pre-training of the related code). They have no weights, so they work for
// any length of record.
// The feature is as in the related code: a learned sum over the steps (fc), their mean, or the class token (last).
// Residual dropout is 0.1, as in section 5.4. Not included: dropout of attention weights and inside the feed-forward net.

import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { attention } from '../attention.js';
import { chunkParameters, embedChunks } from '../chunks.js';
import { layerNorm, linear } from '../layers.js';
import type { Net } from '../net.js';
import { addPositions, feedForward, selectFeature, sequenceParameters } from '../sequence.js';
import { architecture } from './architecture.js';

const dropoutRate = 0.1;

/** The encoder of the Transformer. */
export const transformer = architecture({
  name: 'transformer',
  title: 'Transformer encoder',
  paper: 'Vaswani et al. 2017, arXiv 1706.03762',
  minLengthSamples: 1,
  hyperParameters: {
    ...chunkParameters,
    ...sequenceParameters,
    depth: { kind: 'whole', low: 1, high: 4, default: 2, about: 'encoder layers' },
    heads: {
      kind: 'choice',
      of: [4, 8, 16, 32, 64],
      default: 8,
      about: 'attention heads; a divisor of the width',
    },
    feedForward: {
      kind: 'choice',
      of: [4, 8, 16, 32, 64],
      default: 64,
      about: 'hidden features of the feed-forward net',
    },
    norm: {
      kind: 'choice',
      of: ['pre', 'post'],
      default: 'post',
      about: 'layer norm before each sub-layer (pre) or after each residual sum (post)',
    },
  },
  backbone(net, ecg, values) {
    const { depth, norm, backboneOut } = values;
    let x = embedChunks(net, ecg, { ...values, classToken: true });
    x = addPositions(net, x, values.positions);
    for (let index = 0; index < depth; index++) x = encoderLayer(net, `layer${index}`, x, values);
    if (norm === 'pre') x = layerNorm(net, 'norm', x);
    return linear(net, 'backbone.linear', selectFeature(net, x, values.feature), backboneOut);
  },
});

/** Options of an encoder layer. */
export interface EncoderLayerOptions {
  readonly heads: number;
  readonly feedForward: number;
  readonly norm: 'pre' | 'post';
}

/** Applies self-attention and then the feed-forward net to x [B, T, F], each with a residual connection. */
export function encoderLayer(net: Net, name: string, x: Value, options: EncoderLayerOptions): Value {
  const { heads, feedForward: hidden, norm } = options;
  const residual = (part: string, input: Value, sublayer: (x: Value) => Value) => {
    const normalise = (value: Value) => layerNorm(net, `${name}.${part}.norm`, value);
    const y = sublayer(norm === 'pre' ? normalise(input) : input);
    const sum = add(net.graph, input, net.dropout(`${name}.${part}.dropout`, y, dropoutRate));
    return norm === 'pre' ? sum : normalise(sum);
  };
  const attended = residual('attention', x, (y) => attention(net, `${name}.attention`, y, y, { heads }));
  return residual('feedForward', attended, (y) => feedForward(net, `${name}.feedForward`, y, hidden));
}
