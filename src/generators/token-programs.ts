// The networks of TimeVQVAE as programs with their weights as state, and as graphs with their weights as constants, for
// the files of a generator. Shapes: N records, C leads, L samples, n low and 2 n high tokens, K codes, D features.

import type { Program, State } from '../engine/engine.js';
import type { Graph, Value } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { cast } from '../graph/ops/cast.js';
import { gatherRows } from '../graph/ops/gather-rows.js';
import { nearestCode } from '../graph/ops/nearest-code.js';
import { flip } from '../graph/ops/transpose.js';
import { constantGraph, inferenceProgram } from '../model/program.js';
import type { ArchOptions } from '../nn/models/architecture.js';
import type { Net } from '../nn/net.js';
import { decode } from '../nn/tokenizer/decoder.js';
import { encode } from '../nn/tokenizer/encoder.js';
import { highPrior, lowPrior } from '../nn/tokenizer/prior.js';
import { codebook } from '../nn/tokenizer/quantizer.js';
import { analyse, type Band, bands, synthesise } from '../nn/tokenizer/stft.js';
import { type TimeVqvaeValues, timeVqvae, tokenCounts } from '../nn/tokenizer/time-vqvae.js';

/** The records of a tokenizer, and its sizes. */
export interface TokenizerPlan {
  readonly lengthSamples: number;
  /** Default 1. */
  readonly leads?: number;
  /** Hyper-parameters of TimeVQVAE; default those of the size `small`. */
  readonly options?: ArchOptions;
}

/** A tokenizer and its prior. */
export interface PriorPlan extends TokenizerPlan {
  /** Number of labels, without the null label. */
  readonly labels: number;
}

/** The networks of the tokenizer: `features` are the encoder's outputs before the quantiser. */
export type TokenizerNetwork = 'features' | 'encoder' | 'decoder';
/** The networks of the prior. */
export type PriorNetwork = 'lowPrior' | 'highPrior';

type Build<Plan> = (net: Net, plan: Plan, values: TimeVqvaeValues) => void;

/**
 * Builds a network of the tokenizer, with its weights and codebooks as state. N is free.
 *
 * - `encoder`: `ecg` [N, C, L] to the codes `low` [N, n] and `high` [N, 2 n], int32;
 * - `decoder`: `low` [N, n] and `high` [N, 2 n], int64, to `ecg` [N, C, L];
 * - `features`: `ecg` [N, C, L] to `low` [N, n, D] and `high` [N, 2 n, D].
 *
 * @throws PqrstError ERR_RANGE, ERR_OPTION: when the plan is not one of a tokenizer.
 */
export function buildTokenizerProgram(network: TokenizerNetwork, plan: TokenizerPlan): Program {
  return programOf(tokenizerNetworks[network], plan);
}

/**
 * Builds a network of the tokenizer with the weights of `state` as constants.
 *
 * @throws PqrstError ERR_CHECKPOINT: when `state` lacks a tensor, or has one of another size.
 */
export function buildTokenizerGraph(network: TokenizerNetwork, plan: TokenizerPlan, state: State): Graph {
  return graphOf(network, tokenizerNetworks[network], plan, state);
}

/**
 * Builds a network of the prior, with its weights as state. N is free. A code of K is a masked token.
 *
 * - `lowPrior`: `low` [N, n], int64, and `label` [N, labels + 1] to `logits` [N, n, K];
 * - `highPrior`: `low` [N, n] without masked tokens, `high` [N, 2 n], int64, and `label` to `logits` [N, 2 n, K].
 *
 * @throws PqrstError ERR_RANGE, ERR_OPTION: when the plan is not one of a prior.
 */
export function buildPriorProgram(network: PriorNetwork, plan: PriorPlan): Program {
  return programOf(priorNetworks[network], plan);
}

/**
 * Builds a network of the prior with the weights of `state` as constants.
 *
 * @throws PqrstError ERR_CHECKPOINT: when `state` lacks a tensor, or has one of another size.
 */
export function buildPriorGraph(network: PriorNetwork, plan: PriorPlan, state: State): Graph {
  return graphOf(network, priorNetworks[network], plan, state);
}

/** Returns the encoder's features of a band, [N, T, D]. */
export function bandFeatures(net: Net, ecg: Value, band: Band, values: TimeVqvaeValues): Value {
  return flip(net.graph, encode(net, band, analyse(net.graph, ecg, band), values));
}

/** Returns a band's part of the signal, [N, C, L], from quantised tokens [N, T, D]. */
export function bandSignal(
  net: Net,
  tokens: Value,
  band: Band,
  plan: TokenizerPlan,
  values: TimeVqvaeValues,
): Value {
  const { leads = 1, lengthSamples } = plan;
  const rows = decode(net, band, flip(net.graph, tokens), values, { leads, lengthSamples });
  return synthesise(net.graph, rows, band);
}

/** Returns the codebook of a band, [K, D]. */
export function bandCodebook(net: Net, band: Band, { codes, codeFeatures }: TimeVqvaeValues): Value {
  return codebook(net, band, codes, codeFeatures);
}

const tokenizerNetworks: Readonly<Record<TokenizerNetwork, Build<TokenizerPlan>>> = {
  features: (net, plan, values) => {
    const ecg = ecgInput(net, plan);
    for (const band of bands) net.graph.output(band, bandFeatures(net, ecg, band, values));
  },
  encoder: (net, plan, values) => {
    const ecg = ecgInput(net, plan);
    for (const band of bands) {
      const features = bandFeatures(net, ecg, band, values);
      const codes = nearestCode(net.graph, features, bandCodebook(net, band, values));
      net.graph.output(band, cast(net.graph, codes, 'int32'));
    }
  },
  decoder: (net, plan, values) => {
    const parts = bands.map((band) => {
      const tokens = gatherRows(net.graph, bandCodebook(net, band, values), codeInput(net, band, plan));
      return bandSignal(net, tokens, band, plan, values);
    });
    net.graph.output('ecg', add(net.graph, parts[0]!, parts[1]!));
  },
};

const priorNetworks: Readonly<Record<PriorNetwork, Build<PriorPlan>>> = {
  lowPrior: (net, plan, values) => {
    const input = { low: codeInput(net, 'low', plan), label: labelInput(net, plan) };
    net.graph.output('logits', lowPrior(net, input, values));
  },
  highPrior: (net, plan, values) => {
    const [low, high] = bands.map((band) => codeInput(net, band, plan)) as [Value, Value];
    net.graph.output('logits', highPrior(net, { low, high, label: labelInput(net, plan) }, values));
  },
};

function ecgInput(net: Net, { leads = 1, lengthSamples }: TokenizerPlan): Value {
  return net.graph.input('ecg', 'float32', ['N', leads, lengthSamples]);
}

function codeInput(net: Net, band: Band, { lengthSamples }: TokenizerPlan): Value {
  return net.graph.input(band, 'int64', ['N', tokenCounts(lengthSamples)[band]]);
}

function labelInput(net: Net, { labels }: PriorPlan): Value {
  return net.graph.input('label', 'float32', ['N', labels + 1]);
}

function programOf<Plan extends TokenizerPlan>(build: Build<Plan>, plan: Plan): Program {
  return inferenceProgram('inference', (net) => build(net, plan, timeVqvae.parse(plan.options ?? {})));
}

function graphOf<Plan extends TokenizerPlan>(
  name: string,
  build: Build<Plan>,
  plan: Plan,
  state: State,
): Graph {
  return constantGraph(name, (net) => build(net, plan, timeVqvae.parse(plan.options ?? {})), state);
}
