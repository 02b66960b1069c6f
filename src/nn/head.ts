// The head of every architecture: linear layer to 32 features, ReLU, dropout 0.25, linear layer to the outputs (Nonaka and
// Seita 2026, related code).

import type { Value } from '../graph/graph.js';
import { relu } from '../graph/ops/relu.js';
import { reshape } from '../graph/ops/reshape.js';
import { sigmoid } from '../graph/ops/sigmoid.js';
import { softmax } from '../graph/ops/softmax.js';
import type { Outputs } from '../signal/outputs.js';
import { linear } from './layers.js';
import type { Net } from './net.js';

const outputLayer = 'head.linear2';

/** Returns whether a tensor is one of the last layer, whose outputs are those of a task. */
export function isOfOutputLayer(tensor: string): boolean {
  return tensor.startsWith(`${outputLayer}.`);
}

/** Maps features [B, F] to logits: [B] for a binary output, otherwise [B, outputs.count]. */
export function head(net: Net, features: Value, outputs: Outputs): Value {
  const hidden = relu(net.graph, linear(net, 'head.linear1', features, 32));
  const dropped = net.dropout('head.dropout', hidden, 0.25);
  const logit = linear(net, outputLayer, dropped, outputs.kind === 'binary' ? 1 : outputs.count);
  return outputs.kind === 'binary' ? reshape(net.graph, logit, [features.shape[0]!]) : logit;
}

/** Converts logits to probabilities of the same shape: softmax for exclusive classes, otherwise sigmoid. */
export function probabilityOutput(net: Net, logit: Value, { kind }: Outputs): Value {
  return kind === 'multiclass' ? softmax(net.graph, logit) : sigmoid(net.graph, logit);
}
