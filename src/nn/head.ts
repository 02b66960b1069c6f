// The head of every architecture, Linear -> 32 -> ReLU -> dropout 0.25 -> outputs (Nonaka and Seita 2026, related code).

import type { Value } from '../graph/graph.js';
import { relu } from '../graph/ops/relu.js';
import { reshape } from '../graph/ops/reshape.js';
import { sigmoid } from '../graph/ops/sigmoid.js';
import { softmax } from '../graph/ops/softmax.js';
import type { Outputs } from '../signal/outputs.js';
import { linear } from './layers.js';
import type { Net } from './net.js';

/** features [B, F] -> logits, shaped as `Outputs` says. */
export function head(net: Net, features: Value, outputs: Outputs): Value {
  const hidden = relu(net.graph, linear(net, 'head.linear1', features, 32));
  const dropped = net.dropout('head.dropout', hidden, 0.25);
  const logit = linear(net, 'head.linear2', dropped, outputs.kind === 'binary' ? 1 : outputs.count);
  return outputs.kind === 'binary' ? reshape(net.graph, logit, [features.shape[0]!]) : logit;
}

/** Logits to probabilities of the same shape: softmax over exclusive classes, else sigmoid. */
export function probabilityOutput(net: Net, logit: Value, { kind }: Outputs): Value {
  return kind === 'multiclass' ? softmax(net.graph, logit) : sigmoid(net.graph, logit);
}
