// Multi-head scaled dot-product attention: Vaswani et al. 2017 (arXiv 1706.03762), eq. 1 and section 3.2.2, over
// sequences [B, T, F]. It is self-attention if queries and context are the same sequence, otherwise cross-attention.
// Not included: masks (every step attends to every step) and dropout of the attention weights.

import { PqrstError } from '../base/errors.js';
import { fixed, type Value } from '../graph/graph.js';
import { matmul } from '../graph/ops/matmul.js';
import { mul } from '../graph/ops/mul.js';
import { reshape } from '../graph/ops/reshape.js';
import { softmax } from '../graph/ops/softmax.js';
import { transpose } from '../graph/ops/transpose.js';
import { linear } from './layers.js';
import type { Net } from './net.js';

/** Options of an attention layer. */
export interface AttentionOptions {
  readonly heads: number;
  /** Number of features of queries, keys and values over all heads; default that of the queries. */
  readonly inner?: number;
}

/**
 * Maps queries [B, Q, F] (or [1, Q, F], the same for every record) and context [B, T, G] to [B, Q, F]. Each head computes
 * softmax(q k^T / sqrt(inner / heads)) v; the heads are concatenated and mapped linearly to F.
 *
 * @throws PqrstError ERR_RANGE: when `heads` does not divide `inner`.
 */
export function attention(
  net: Net,
  name: string,
  queries: Value,
  context: Value,
  options: AttentionOptions,
): Value {
  const { graph } = net;
  const width = fixed(queries.shape[2]);
  const { heads, inner = width } = options;
  if (inner % heads !== 0) {
    throw new PqrstError(
      'ERR_RANGE',
      `heads must divide the ${inner} features that they share, got ${heads} heads; take a divisor of ${inner}`,
    );
  }
  // [B, T, inner] -> [B, T, heads, inner / heads], with the axes permuted by `order`.
  const byHead = (x: Value, order: readonly number[]) =>
    transpose(graph, reshape(graph, x, [x.shape[0]!, x.shape[1]!, heads, inner / heads]), order);
  const scale = graph.constant(1 / Math.sqrt(inner / heads));
  const query = byHead(mul(graph, linear(net, `${name}.query`, queries, inner), scale), [0, 2, 1, 3]);
  const key = byHead(linear(net, `${name}.key`, context, inner), [0, 2, 3, 1]);
  const value = byHead(linear(net, `${name}.value`, context, inner), [0, 2, 1, 3]);
  const weights = softmax(graph, matmul(graph, query, key));
  const byStep = transpose(graph, matmul(graph, weights, value), [0, 2, 1, 3]);
  const [batch, steps] = byStep.shape;
  return linear(net, `${name}.output`, reshape(graph, byStep, [batch!, steps!, inner]), width);
}
