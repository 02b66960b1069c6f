// Luna, linear unified nested attention: Ma et al. 2021 (arXiv 2106.01540), section 3, eq. 4-6. Instead of every step
// attending to every step, a learned sequence P of l steps attends to the record X and packs it, Y_P = Attn(P, X), and
// the record attends to what was packed, Y_X = Attn(X, Y_P): two maps of l x T, none of T x T. P goes through the
// layers beside the record: X' = LN(X + Y_X), then the feed-forward net, summed and normalised; P' = LN(P + Y_P).
// Attn is Vaswani et al.'s multi-head attention in both halves, projected to `qkv` features; keys and values are not
// tied (both as in the related code of Nonaka and Seita 2026, whose further linear maps in front of the projections
// would be one map with them). Feature and positions as in the Transformer here.
// Residual dropout 0.1 as in the authors' long-range-arena code; left out: dropout of attention weights and within the
// feed-forward net, the causal form, and the norm of the last layer's P, which nothing reads.

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
      about: 'attention heads; they divide qkv',
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
    // Drawn and scaled as the authors do: small in the weight, of unit variance in the graph.
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

/** x [B, T, F] and packed [B or 1, l, F] -> both after the layer; the last layer's packed sequence is not made. */
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
