// Parts that the denoisers share: patches, convolutions with a bias, and the embeddings of level and label.

import { fixed, type Value } from '../../graph/graph.js';
import { concat } from '../../graph/ops/concat.js';
import { type Conv1dOptions, conv1d } from '../../graph/ops/conv1d.js';
import { cos } from '../../graph/ops/cos.js';
import { gemm } from '../../graph/ops/gemm.js';
import { mul } from '../../graph/ops/mul.js';
import { reshape } from '../../graph/ops/reshape.js';
import { sin } from '../../graph/ops/sin.js';
import { transpose } from '../../graph/ops/transpose.js';
import { type Initial, normal } from '../init.js';
import { convBias, linear } from '../layers.js';
import type { HyperParameters } from '../models/architecture.js';
import type { Net } from '../net.js';

/** The hyper-parameter of the patches; its default is that of the denoiser. */
export function patchParameter<const D extends 1 | 2 | 4 | 8>(samples: D) {
  return {
    patch: {
      kind: 'choice',
      of: [1, 2, 4, 8],
      default: samples,
      about: 'samples per patch; the samples of a patch are channels, so the network has fewer positions',
    },
  } as const satisfies HyperParameters;
}

/** The hyper-parameter of the rhythm. */
export const rhythmParameter = {
  rhythm: {
    kind: 'choice',
    of: ['drawn', 'learned'],
    default: 'drawn',
    about:
      'drawn: the beats of a record follow the RR intervals of a training record, and the network takes them as input; learned: ' +
      'the network decides where the beats are',
  },
} as const satisfies HyperParameters;

/** Returns x [B, C, L] as patches [B, C patch, L / patch]: the samples of a patch become channels. */
export function toPatches(net: Net, x: Value, patch: number): Value {
  const [batch, channels, length] = [x.shape[0]!, fixed(x.shape[1]), fixed(x.shape[2])];
  if (patch === 1) return x;
  const cut = reshape(net.graph, x, [batch, channels, length / patch, patch]);
  return reshape(net.graph, transpose(net.graph, cut, [0, 1, 3, 2]), [
    batch,
    channels * patch,
    length / patch,
  ]);
}

/** Returns patches [B, C patch, P] as signals [B, C, P patch]. */
export function fromPatches(net: Net, x: Value, patch: number): Value {
  const [batch, channels, positions] = [x.shape[0]!, fixed(x.shape[1]) / patch, fixed(x.shape[2])];
  if (patch === 1) return x;
  const cut = reshape(net.graph, x, [batch, channels, patch, positions]);
  return reshape(net.graph, transpose(net.graph, cut, [0, 1, 3, 2]), [batch, channels, positions * patch]);
}

/** Options of `convolution`. */
export interface ConvolutionOptions extends Conv1dOptions {
  readonly filters: number;
  /** Default 1. */
  readonly taps?: number;
  /** Whether a bias is added to each channel; default true. */
  readonly hasBias?: boolean;
  /** Initial weights; default He-normal by the number of inputs of a filter. */
  readonly initial?: Initial;
}

/** Convolves [B, C, L] to [B, filters, Lo]. */
export function convolution(net: Net, name: string, x: Value, options: ConvolutionOptions): Value {
  const { filters, taps = 1, hasBias = true, initial, ...windows } = options;
  const channels = fixed(x.shape[1]);
  const start = initial ?? normal(Math.sqrt(2 / (channels * taps)));
  const y = conv1d(net.graph, x, net.weight(`${name}.weight`, [filters, channels, taps], start), windows);
  return hasBias ? convBias(net, name, y) : y;
}

/** Returns [B, C] as [B, C, 1], which is the same at every position of a signal. */
export function atEachPosition(net: Net, x: Value): Value {
  return reshape(net.graph, x, [x.shape[0]!, x.shape[1]!, 1]);
}

/** Number of frequencies of the level's sinusoids. */
const frequencies = 64;

/**
 * Embeds levels t [B] as [B, 128]: the sines, then the cosines of t 10^(-4 i / 63), i = 0..63 (Kong et al. 2021,
 * section 3.2, with the sign of the exponent as in the code of philsyn/DiffWave-unconditional).
 */
export function levelSinusoids(net: Net, level: Value): Value {
  const { graph } = net;
  const rates = Array.from({ length: frequencies }, (_, at) => 10 ** ((-4 * at) / (frequencies - 1)));
  const column = reshape(graph, level, [level.shape[0]!, 1]);
  const angles = mul(graph, column, graph.constant(rates, [1, frequencies]));
  return concat(graph, [sin(graph, angles), cos(graph, angles)], 1);
}

/** Embeds levels [B] as [B, features]: sinusoids, linear, `activate`, linear. */
export function embedLevel(net: Net, level: Value, features: number, activate: (x: Value) => Value): Value {
  const hidden = activate(linear(net, 'level.linear1', levelSinusoids(net, level), features));
  return linear(net, 'level.linear2', hidden, features);
}

/** Embeds labels [B, K + 1] as [B, features]: the sum of the vectors of the labels of a record. */
export function embedLabel(net: Net, label: Value, features: number): Value {
  const table = net.weight('label.weight', [fixed(label.shape[1]), features], normal(1));
  return gemm(net.graph, label, table);
}
