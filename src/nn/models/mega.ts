// Mega: Ma et al. 2022 (arXiv 2209.10655). A moving average gives each step information about its neighbours, one attention
// head about the whole record (or about its section of the record), and gates combine the two. X [B, T, d] is the input of a
// block, h the number of averages per feature, c the number of steps in a section of attention.
//   sections 2.2 and 3.1, eq. 4-6   multi-dimensional damped EMA, forwards and backwards, as one long convolution
//   section 3.2, eq. 7-16           single-head gated attention; softmax, b_rel is a learned number for each distance
//   section 3.5 (Mega-chunk)        attention within sections of c steps; the EMA crosses their borders
//   section 3.4                     block: Y = Norm(Mega(X)), Y' = Norm(FFN(Y) + Y), Norm by layer
// Not included: the Laplace attention function, dropout, other norms, and parts that are only in the authors' code (a skip
// connection around the EMA and a SiLU after it).

import { fixed, type Graph, type Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { concat } from '../../graph/ops/concat.js';
import { expand } from '../../graph/ops/expand.js';
import { matmul } from '../../graph/ops/matmul.js';
import { mul } from '../../graph/ops/mul.js';
import { reshape } from '../../graph/ops/reshape.js';
import { sigmoid } from '../../graph/ops/sigmoid.js';
import { silu } from '../../graph/ops/silu.js';
import { slice } from '../../graph/ops/slice.js';
import { softmax } from '../../graph/ops/softmax.js';
import { sub } from '../../graph/ops/sub.js';
import { transpose } from '../../graph/ops/transpose.js';
import { chunkParameters, embedChunks } from '../chunks.js';
import { filled, normal } from '../init.js';
import { layerNorm, linear } from '../layers.js';
import { longConv, meanOverSteps, toeplitz } from '../long-conv.js';
import type { Net } from '../net.js';
import { architecture, type ValuesOf } from './architecture.js';

const hyperParameters = {
  ...chunkParameters,
  depth: { kind: 'whole', low: 3, high: 6, default: 4, about: 'blocks' },
  averages: { kind: 'choice', of: [4, 8, 16, 32], default: 16, about: 'moving averages per feature (h)' },
  qkv: {
    kind: 'choice',
    of: [16, 32, 64],
    default: 64,
    about: 'features of queries and keys (z) and of values (v)',
  },
  feedForward: {
    kind: 'choice',
    of: [32, 64, 128, 256],
    default: 128,
    about: 'hidden features of the feed-forward net',
  },
  attentionSteps: {
    kind: 'whole',
    low: 0,
    high: 1024,
    default: 0,
    about: 'steps that attend to each other; 0 for the whole record',
  },
} as const;

type MegaValues = ValuesOf<typeof hyperParameters>;

/** Mega, reading in both directions. */
export const mega = architecture({
  name: 'mega',
  title: 'Mega, bidirectional',
  paper: 'Ma et al. 2022, arXiv 2209.10655',
  minLengthSamples: 1,
  hyperParameters,
  backbone: (net, ecg, values) => {
    let x = embedChunks(net, ecg, values);
    for (let index = 0; index < values.depth; index++) x = megaBlock(net, `block${index}`, x, values);
    return linear(net, 'backbone.linear', meanOverSteps(net.graph, x), values.backboneOut);
  },
});

/** Applies one block, [B, T, d] -> [B, T, d] (section 3.4). */
function megaBlock(net: Net, name: string, x: Value, values: MegaValues): Value {
  const { graph } = net;
  const width = fixed(x.shape[2]);
  const y = layerNorm(net, `${name}.norm1`, megaLayer(net, name, x, values));
  const hidden = silu(graph, linear(net, `${name}.feedForward1`, y, values.feedForward));
  return layerNorm(net, `${name}.norm2`, add(graph, linear(net, `${name}.feedForward2`, hidden, width), y));
}

/** Applies the Mega layer, [B, T, d] -> [B, T, d] (eq. 7-16). */
function megaLayer(net: Net, name: string, x: Value, values: MegaValues): Value {
  const { graph } = net;
  const { qkv } = values;
  const [steps, width] = [fixed(x.shape[1]), fixed(x.shape[2])];
  const stretch = values.attentionSteps === 0 ? steps : Math.min(values.attentionSteps, steps);
  const averaged = ema(net, `${name}.ema`, x, values.averages);
  const z = silu(graph, linear(net, `${name}.z`, averaged, qkv));
  const scaled = (of: string) => {
    const kappa = net.weight(`${name}.${of}.kappa`, [qkv], normal(0.02));
    return add(graph, mul(graph, z, kappa), net.weight(`${name}.${of}.mu`, [qkv], filled(0)));
  };
  const [query, key] = [scaled('query'), scaled('key')];
  const value = silu(graph, linear(net, `${name}.value`, x, qkv));
  const byDistance = net.weight(`${name}.relativeBias`, [1, 2 * stretch - 1], normal(0.02));
  const attended = attendWithin(graph, { query, key, value }, toeplitz(graph, byDistance));
  const reset = silu(graph, linear(net, `${name}.reset`, averaged, qkv));
  const update = sigmoid(graph, linear(net, `${name}.update`, averaged, width));
  // [X', gamma O] times the stacked matrices W_h and U_h.
  const both = concat(graph, [averaged, mul(graph, reset, attended)], 2);
  const candidate = silu(graph, linear(net, `${name}.candidate`, both, width));
  // update candidate + (1 - update) x
  return add(graph, x, mul(graph, update, sub(graph, candidate, x)));
}

/** Queries, keys and values. */
export interface AttentionInput {
  /** [B, T, z] */
  readonly query: Value;
  /** [B, T, z] */
  readonly key: Value;
  /** [B, T, v] */
  readonly value: Value;
}

/**
 * Computes softmax(Q K^T / sqrt z + bias) V within each section of c steps, with bias [1, c, c]. The result is [B, T, v].
 * The last section is shorter if c does not divide T.
 */
export function attendWithin(graph: Graph, { query, key, value }: AttentionInput, bias: Value): Value {
  const [steps, stretch] = [fixed(value.shape[1]), fixed(bias.shape[1])];
  const whole = steps - (steps % stretch);
  const within = (from: number, to: number, size: number): Value => {
    const [q, k, v] = [query, key, value].map((x) => {
      const part = slice(graph, x, 1, from, to);
      return reshape(graph, part, [x.shape[0]!, (to - from) / size, size, x.shape[2]!]);
    }) as [Value, Value, Value];
    const perRoot = mul(graph, q, graph.constant(1 / Math.sqrt(fixed(q.shape[3]))));
    const scores = matmul(graph, perRoot, transpose(graph, k, [0, 1, 3, 2]));
    const weights = softmax(
      graph,
      add(graph, scores, slice(graph, slice(graph, bias, 1, 0, size), 2, 0, size)),
    );
    return reshape(graph, matmul(graph, weights, v), [v.shape[0]!, to - from, v.shape[3]!]);
  };
  const parts = whole > 0 ? [within(0, whole, stretch)] : [];
  if (whole < steps) parts.push(within(whole, steps, steps - whole));
  return parts.length === 1 ? parts[0]! : concat(graph, parts, 1);
}

/** Weights of the averages, [2 d, h] each: the first d rows run forwards, the others backwards. */
export interface Averages {
  /** logit of alpha */
  readonly decay: Value;
  /** logit of delta */
  readonly damping: Value;
  /** beta */
  readonly expansion: Value;
  /** eta */
  readonly projection: Value;
}

/** Computes h averages per feature and direction and sums them with weights eta: [B, T, d] -> [B, T, d]. */
function ema(net: Net, name: string, x: Value, emaSize: number): Value {
  const [steps, width] = [fixed(x.shape[1]), fixed(x.shape[2])];
  const weight = (of: string, initial: Parameters<Net['weight']>[2]) =>
    net.weight(`${name}.${of}`, [2 * width, emaSize], initial);
  const averages = {
    decay: weight('alpha', normal(0.2)),
    damping: weight('delta', normal(0.2)),
    expansion: weight('beta', alternating(emaSize)),
    projection: weight('eta', normal(1 / Math.sqrt(emaSize))),
  };
  return longConv(net.graph, x, ...emaKernels(net.graph, averages, steps));
}

/**
 * Returns the initial beta of the authors' code: alternating +1 and -1 along the averages of a feature, with a little
 * noise.
 */
function alternating(emaSize: number): ReturnType<typeof normal> {
  const noise = normal(0.02);
  return (seed, name, size) =>
    noise(seed, name, size).map((value, at) => value + ((at % emaSize) % 2 === 0 ? 1 : -1));
}

/** Returns the forward and backward kernels, [d, T] each: eta alpha beta (1 - alpha delta)^lag summed over the averages. */
export function emaKernels(graph: Graph, averages: Averages, steps: number): [Value, Value] {
  const { decay, damping, expansion, projection } = averages;
  const [rows, emaSize] = decay.shape.map(fixed) as [number, number];
  const alpha = sigmoid(graph, decay);
  const kept = sub(graph, graph.constant(1), mul(graph, alpha, sigmoid(graph, damping)));
  const first = mul(graph, projection, mul(graph, alpha, expansion));
  const powers = powersOf(graph, reshape(graph, kept, [rows, emaSize, 1]), steps);
  const kernels = reshape(graph, matmul(graph, reshape(graph, first, [rows, 1, emaSize]), powers), [
    rows,
    steps,
  ]);
  return [slice(graph, kernels, 0, 0, rows / 2), slice(graph, kernels, 0, rows / 2, rows)];
}

/**
 * Returns the powers 0 to count - 1 of x [..., 1] as [..., count], by doubling, because the bits of a logarithm depend on
 * the number of threads.
 */
function powersOf(graph: Graph, x: Value, count: number): Value {
  const axis = x.shape.length - 1;
  let square = x;
  let powers = expand(graph, graph.constant(1), x.shape);
  // At least the powers 0 and 1, so that x has a gradient (of zeros) even if only the power 0 is needed.
  for (let length = 1; length < Math.max(2, count); length *= 2) {
    powers = concat(graph, [powers, mul(graph, powers, square)], axis);
    square = mul(graph, square, square);
  }
  return slice(graph, powers, axis, 0, count);
}
