// Cross-entropies on logits, weighted by class and by record, as PyTorch's BCEWithLogits and CrossEntropy (whose mean
// over weighted classes divides by the weights' sum; ours is over records).
// binary, multilabel: L = -(p y log s + (1 - y) log(1 - s)), s = sigmoid(z), p the weight of the positive class
// (negatives : positives in the training set). multiclass: L = -sum(p y log softmax(z)), y one-hot.

import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { div } from '../graph/ops/div.js';
import { logSoftmax } from '../graph/ops/log-softmax.js';
import { mul } from '../graph/ops/mul.js';
import { neg } from '../graph/ops/neg.js';
import { reduceMean } from '../graph/ops/reduce-mean.js';
import { reduceSum } from '../graph/ops/reduce-sum.js';
import { softplus } from '../graph/ops/softplus.js';
import { sub } from '../graph/ops/sub.js';
import type { Outputs } from '../signal/outputs.js';

export interface Targets {
  /** [B], or [B, count]: 0 or 1; exactly one 1 per row where classes exclude each other. */
  readonly label: Value;
  /** [B] */
  readonly sampleWeight: Value;
  /** [], or [count] */
  readonly positiveWeight: Value;
}

/** Scalar: the mean over records by `sampleWeight` (their sum must be above 0), and over labels. */
export function crossEntropy(graph: Graph, logit: Value, kind: Outputs['kind'], targets: Targets): Value {
  const losses =
    kind === 'multiclass' ? exclusive(graph, logit, targets) : independent(graph, logit, targets);
  const { sampleWeight } = targets;
  const perRecord = kind === 'multilabel' ? reduceMean(graph, losses, [1]) : losses;
  return div(graph, reduceSum(graph, mul(graph, perRecord, sampleWeight)), reduceSum(graph, sampleWeight));
}

/** (1 - y) z + (1 + (p - 1) y) softplus(-z): no overflow at either end. */
function independent(graph: Graph, logit: Value, { label, positiveWeight }: Targets): Value {
  const one = graph.constant(1);
  const classWeight = add(graph, one, mul(graph, label, sub(graph, positiveWeight, one)));
  const wrong = mul(graph, sub(graph, one, label), logit);
  return add(graph, wrong, mul(graph, classWeight, softplus(graph, neg(graph, logit))));
}

/** [B] */
function exclusive(graph: Graph, logit: Value, { label, positiveWeight }: Targets): Value {
  const weighted = mul(graph, mul(graph, label, positiveWeight), logSoftmax(graph, logit));
  return neg(graph, reduceSum(graph, weighted, [1]));
}
