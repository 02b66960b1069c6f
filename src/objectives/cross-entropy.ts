// Cross-entropy losses on logits, weighted by class and by record, like BCEWithLogits and CrossEntropy of PyTorch. PyTorch
// divides by the sum of the class weights; here the mean is over records.
// binary, multilabel: L = -(p y log s + (1 - y) log(1 - s)) with s = sigmoid(z), where p is the weight of the positive
// class (the ratio of negatives to positives in the training set).
// multiclass: L = -sum(p y log softmax(z)) with one-hot y.

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

/** The targets of a batch. */
export interface Targets {
  /** [B], or [B, count]: 0 or 1. With exclusive classes, each row has exactly one 1. */
  readonly label: Value;
  /** [B]: weight of each record. */
  readonly sampleWeight: Value;
  /** [], or [count]: weight p of the positive class, or of each class. */
  readonly positiveWeight: Value;
}

/** Returns a scalar: the mean over records, weighted by `sampleWeight` (with a sum above 0), and over labels. */
export function crossEntropy(graph: Graph, logit: Value, kind: Outputs['kind'], targets: Targets): Value {
  const losses =
    kind === 'multiclass' ? exclusive(graph, logit, targets) : independent(graph, logit, targets);
  const { sampleWeight } = targets;
  const perRecord = kind === 'multilabel' ? reduceMean(graph, losses, [1]) : losses;
  return div(graph, reduceSum(graph, mul(graph, perRecord, sampleWeight)), reduceSum(graph, sampleWeight));
}

/** Computes (1 - y) z + (1 + (p - 1) y) softplus(-z), which does not overflow for large |z|. */
function independent(graph: Graph, logit: Value, { label, positiveWeight }: Targets): Value {
  const one = graph.constant(1);
  const classWeight = add(graph, one, mul(graph, label, sub(graph, positiveWeight, one)));
  const wrong = mul(graph, sub(graph, one, label), logit);
  return add(graph, wrong, mul(graph, classWeight, softplus(graph, neg(graph, logit))));
}

/** Computes the loss of each record [B] for exclusive classes. */
function exclusive(graph: Graph, logit: Value, { label, positiveWeight }: Targets): Value {
  const weighted = mul(graph, mul(graph, label, positiveWeight), logSoftmax(graph, logit));
  return neg(graph, reduceSum(graph, weighted, [1]));
}
