// The vector quantiser of VQ-VAE (van den Oord, Vinyals and Kavukcuoglu 2017, arXiv 1711.00937, section 3 and appendix A.1):
// each token becomes the nearest of K codes, and the codes follow the means of their tokens. The gradient of a quantised
// token is that of the token before (straight through).
// The codebook is a statistic, not a weight: counts N and sums M of the tokens of each code are moving averages, in units
// of the mean count, so that an average code has N = 1. Codes = M / N', with N' = (N + e) / (sum N + K e) sum N.
// A code with few tokens is dead: it takes the place of a token of the batch. `revive` names one token per code, so that
// the step graph draws no random numbers.
// Shapes: B batch, T tokens, D features of a code, n = B T.

import { fixed, type Graph, type Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { cast } from '../../graph/ops/cast.js';
import { detach } from '../../graph/ops/detach.js';
import { div } from '../../graph/ops/div.js';
import { exp } from '../../graph/ops/exp.js';
import { gatherRows } from '../../graph/ops/gather-rows.js';
import { gemm } from '../../graph/ops/gemm.js';
import { log } from '../../graph/ops/log.js';
import { mul } from '../../graph/ops/mul.js';
import { nearestCode } from '../../graph/ops/nearest-code.js';
import { neg } from '../../graph/ops/neg.js';
import { oneHot } from '../../graph/ops/one-hot.js';
import { reduceMean } from '../../graph/ops/reduce-mean.js';
import { reduceSum } from '../../graph/ops/reduce-sum.js';
import { reshape } from '../../graph/ops/reshape.js';
import { sub } from '../../graph/ops/sub.js';
import { filled, type Initial, normal } from '../init.js';
import type { Net } from '../net.js';

/** The moving averages of a codebook. */
export const quantizerDefaults = {
  /** Share of the averages that a step keeps. */
  decay: 0.9,
  /** A code with fewer tokens than this share of the mean is dead. */
  deadShare: 0.1,
} as const;

const epsilon = 1e-5;

/** Options of `quantize`. */
export interface QuantizerOptions {
  /** K, the number of codes. */
  readonly codes: number;
  /** Default that of `quantizerDefaults`; 0 revives no code. */
  readonly deadShare?: number;
}

/** Quantised tokens of a training step. */
export interface Quantized {
  /** [B, T, D]: the codes of the tokens. Their gradient is that of the tokens. */
  readonly quantized: Value;
  /** Mean square of token - code, a scalar; its gradient moves the tokens alone. */
  readonly commitment: Value;
  /** exp(entropy) of the shares of the codes in the batch, a scalar: the number of codes in use. */
  readonly perplexity: Value;
}

/** Names of the tensors of a quantiser: the statistics, and the input of the tokens that replace dead codes. */
export function quantizerNames(name: string) {
  return {
    codebook: `${name}.codebook`,
    counts: `${name}.counts`,
    sums: `${name}.sums`,
    revive: `${name}.revive`,
  };
}

/** Returns the codebook [K, D] of a quantiser. */
export function codebook(net: Net, name: string, codes: number, features: number): Value {
  return net.statistic(quantizerNames(name).codebook, [codes, features], firstCodes(name));
}

/** Quantises z [B, T, D] in training, and updates the codebook. Adds the input `NAME.revive`, int64 [K], each below B T. */
export function quantize(net: Net, name: string, z: Value, options: QuantizerOptions): Quantized {
  const { graph } = net;
  const { codes: count, deadShare = quantizerDefaults.deadShare } = options;
  const [batch, tokens, features] = z.shape.map(fixed) as [number, number, number];
  const names = quantizerNames(name);
  const table = codebook(net, name, count, features);
  const rows = reshape(graph, z, [batch * tokens, features]);
  const codes = nearestCode(graph, rows, table);
  const nearest = reshape(graph, gatherRows(graph, table, codes), z.shape);
  const error = sub(graph, z, detach(graph, nearest));
  const update = graph.unrecorded(() => {
    const hits = oneHot(graph, codes, count);
    const shares = mul(graph, reduceSum(graph, hits, [0]), graph.constant(1 / (batch * tokens)));
    return {
      ...nextAverages(net, names, rows, hits, shares, deadShare),
      perplexity: perplexityOf(graph, shares),
    };
  });
  net.nextStatistics.set(names.counts, update.counts);
  net.nextStatistics.set(names.sums, update.sums);
  net.nextStatistics.set(names.codebook, update.codebook);
  return {
    quantized: add(graph, z, detach(graph, sub(graph, nearest, z))),
    commitment: reduceMean(graph, mul(graph, error, error)),
    perplexity: update.perplexity,
  };
}

/** Computes the statistics after a batch of tokens [n, D] with one-hot codes `hits` [n, K] and shares [K]. */
function nextAverages(
  net: Net,
  names: ReturnType<typeof quantizerNames>,
  rows: Value,
  hits: Value,
  shares: Value,
  deadShare: number,
) {
  const { graph } = net;
  const { decay } = quantizerDefaults;
  const number = (value: number) => graph.constant(value);
  const [tokens, features] = rows.shape.map(fixed) as [number, number];
  const count = fixed(hits.shape[1]);
  const revive = graph.input(names.revive, 'int64', [count]);
  const follow = (average: Value, fresh: Value) =>
    add(graph, mul(graph, average, number(decay)), mul(graph, fresh, number(1 - decay)));
  const counts = follow(net.statistic(names.counts, [count], filled(1)), mul(graph, shares, number(count)));
  const sums = follow(
    net.statistic(names.sums, [count, features], firstCodes(names.codebook.replace('.codebook', ''))),
    mul(graph, gemm(graph, hits, rows, { transposeA: true }), number(count / tokens)),
  );
  const isDead = graph.emitOne('Less', [counts, number(deadShare)], { dtype: 'bool', shape: [count] });
  const dead = cast(graph, isDead, 'float32');
  const deadRow = reshape(graph, dead, [count, 1]);
  const replaced = (value: Value, by: Value, mask: Value) =>
    add(graph, mul(graph, value, sub(graph, number(1), mask)), mul(graph, by, mask));
  const fresh = gatherRows(graph, rows, revive);
  const nextCounts = replaced(counts, number(deadShare), dead);
  const nextSums = replaced(sums, mul(graph, fresh, number(deadShare)), deadRow);
  const total = reduceSum(graph, nextCounts);
  const smooth = mul(
    graph,
    add(graph, nextCounts, number(epsilon)),
    div(graph, total, add(graph, total, number(count * epsilon))),
  );
  return {
    counts: nextCounts,
    sums: nextSums,
    codebook: div(graph, nextSums, reshape(graph, smooth, [count, 1])),
  };
}

/** Returns exp(-sum p ln p). A share of 0 adds 0. */
function perplexityOf(graph: Graph, shares: Value): Value {
  const logs = log(graph, add(graph, shares, graph.constant(1e-20)));
  return exp(graph, neg(graph, reduceSum(graph, mul(graph, shares, logs))));
}

/** Returns standard normal codes; the sums start at the same values, because each count starts at 1. */
function firstCodes(name: string): Initial {
  return (seed, _slot, size) => normal(1)(seed, `${name}.codebook`, size);
}
