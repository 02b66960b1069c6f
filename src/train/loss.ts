// Binary cross-entropy on logits, weighted by class and by record. L = -(p y log s + (1 - y) log(1 - s)), s = sigmoid(z),
// p the weight of the positive class (negatives : positives in the training set), as PyTorch's BCEWithLogits.

import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { div } from '../graph/ops/div.js';
import { mul } from '../graph/ops/mul.js';
import { neg } from '../graph/ops/neg.js';
import { reduceSum } from '../graph/ops/reduce-sum.js';
import { softplus } from '../graph/ops/softplus.js';
import { sub } from '../graph/ops/sub.js';

/** All [B] but the scalar `positiveWeight`; labels are 0 or 1. */
export interface BinaryTargets {
  readonly label: Value;
  readonly sampleWeight: Value;
  readonly positiveWeight: Value;
}

/** Scalar: the mean over records by `sampleWeight` (their sum must be above 0). */
export function binaryCrossEntropy(graph: Graph, logit: Value, targets: BinaryTargets): Value {
  const { label, sampleWeight, positiveWeight } = targets;
  const one = graph.constant(1);
  // (1 - y) z + (1 + (p - 1) y) softplus(-z): no overflow at either end
  const classWeight = add(graph, one, mul(graph, label, sub(graph, positiveWeight, one)));
  const wrong = mul(graph, sub(graph, one, label), logit);
  const losses = add(graph, wrong, mul(graph, classWeight, softplus(graph, neg(graph, logit))));
  return div(graph, reduceSum(graph, mul(graph, losses, sampleWeight)), reduceSum(graph, sampleWeight));
}
