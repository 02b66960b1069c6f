// Luna, linear unified nested attention: Ma et al. 2021 (arXiv 2106.01540), section 3, eq. 4-6. Steps do not attend to each
// other directly. A learned sequence P of l steps attends to the record X and packs it, Y_P = Attn(P, X); then the record
// attends to the packed sequence, Y_X = Attn(X, Y_P). This needs two maps of l x T and no map of T x T. P passes through the
// layers in parallel with the record: X' = LN(X + Y_X), followed by the feed-forward net with a sum and a norm;
// P' = LN(P + Y_P).
// Attn is the multi-head attention of Vaswani et al. in both parts, projected to `qkv` features; keys and values have
// separate weights. Both are as in the related code of Nonaka and Seita 2026, whose additional linear maps before the
// projections are equivalent to one map. Feature and positions are as in transformer.ts.
// Residual dropout is 0.1, as in the authors' long-range-arena code. Not included: dropout of attention weights and inside
// the feed-forward net, the causal form, and the norm of P in the last layer, whose result is not used.

import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { mul } from '../../graph/ops/mul.js';
import { attention } from '../attention.js';
import { chunkParameters, embedChunks } from '../chunks.js';
import { normal } from '../init.js';
import { layerNorm, linear } from '../layers.js';
import type { Net } from '../net.js';
import { addPositions, feedForward, selectFeature, sequenceParameters } from '../sequence.js';
import { architecture } from './architecture.js';

const dropoutRate = 0.1;

/** Luna. */
export const luna = architecture({
  name: 'luna',
  title: 'Luna',
  paper: 'Ma et al. 2021, arXiv 2106.01540',
  minLengthSamples: 1,
  hyperParameters: {
    ...chunkParameters,
    ...sequenceParameters,
    depth: { kind: 'whole', low: 3, high: 6, default: 3, about: 'layers' },
    heads: {
      kind: 'choice',
      of: [4, 8, 16, 32, 64],
      default: 8,
      about: 'attention heads; a divisor of qkv',
    },
    qkv: { kind: 'choice', of: [16, 32, 64], default: 64, about: 'features of queries, keys and values' },
    context: { kind: 'choice', of: [16, 32, 64], default: 16, about: 'steps of the packed sequence' },
    feedForward: {
      kind: 'choice',
      of: [32, 64, 128, 256],
      default: 64,
      about: 'hidden features of the feed-forward net',
    },
  },
  backbone(net, ecg, values) {
    const { graph } = net;
    const { depth, context, width, backboneOut } = values;
    let x = addPositions(net, embedChunks(net, ecg, { ...values, classToken: true }), values.positions);
    // Initialised and scaled as in the authors' code: small weights, scaled to unit variance in the graph.
    const learned = net.weight('packed', [1, context, width], normal(1 / Math.sqrt(width)));
    let packed: Value | undefined = mul(graph, learned, graph.constant(Math.sqrt(width)));
    for (let index = 0; index < depth; index++) {
      const isLast = index === depth - 1;
      [x, packed] = lunaLayer(net, `layer${index}`, x, packed!, values, isLast);
    }
    return linear(net, 'backbone.linear', selectFeature(net, x, values.feature), backboneOut);
  },
});

interface LunaLayerOptions {
  readonly heads: number;
  readonly qkv: number;
  readonly feedForward: number;
}

/** Maps x [B, T, F] and packed [B or 1, l, F] to both after the layer. The last layer has no packed result. */
function lunaLayer(
  net: Net,
  name: string,
  x: Value,
  packed: Value,
  { heads, qkv, feedForward: hidden }: LunaLayerOptions,
  isLast: boolean,
): [Value, Value | undefined] {
  const residual = (part: string, before: Value, y: Value) => {
    const dropped = net.dropout(`${name}.${part}.dropout`, y, dropoutRate);
    return layerNorm(net, `${name}.${part}.norm`, add(net.graph, before, dropped));
  };
  const pack = attention(net, `${name}.pack`, packed, x, { heads, inner: qkv });
  const unpack = attention(net, `${name}.unpack`, x, pack, { heads, inner: qkv });
  const attended = residual('unpack', x, unpack);
  const y = residual('feedForward', attended, feedForward(net, `${name}.feedForward`, attended, hidden));
  return [y, isLast ? undefined : residual('pack', packed, pack)];
}
