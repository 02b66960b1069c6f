// Time-Diffusion: a class-conditional U-Net in one dimension, our reading of a name that the literature uses without a
// definition. The plan is that of the U-Net of Ho et al. 2020 (arXiv 2006.11239, appendix B) in the 1-D form of
// lucidrains/denoising-diffusion-pytorch (Unet1D):
// - a convolution of 7 taps; levels with blocks and one linear attention each (Shen et al. 2018, arXiv 1812.01243), and a
//   convolution of 4 taps with stride 2 between them;
// - in the middle a block, full attention, a block;
// - the same levels upwards: each block takes the output of its counterpart as further channels, and each position is
//   repeated and convolved with 3 taps between the levels;
// - a block over the result and the first features, and a convolution of 1 tap, which starts at zero.
// Block: two times convolution of 3 taps, group norm (8 groups), SiLU; the first norm is scaled and shifted by a linear
// layer of the level and the label. The vector of the label is added to that of the level.
// Attentions are residual, with a norm of one group before them (and behind the linear one).
// Differences from that file: one norm of a single group in place of its layer norm by position, no bias in front of a
// norm, no weight standardisation, sinusoids of 64 frequencies for each width, patches.

import { fixed, type Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { concat } from '../../graph/ops/concat.js';
import { gelu } from '../../graph/ops/gelu.js';
import { matmul } from '../../graph/ops/matmul.js';
import { mul } from '../../graph/ops/mul.js';
import { reshape } from '../../graph/ops/reshape.js';
import { silu } from '../../graph/ops/silu.js';
import { softmax } from '../../graph/ops/softmax.js';
import { split } from '../../graph/ops/split.js';
import { flip, transpose } from '../../graph/ops/transpose.js';
import { attention } from '../attention.js';
import { filled, uniformFanIn } from '../init.js';
import { groupNorm, linear, type Modulation } from '../layers.js';
import type { ValuesOf } from '../models/architecture.js';
import type { Net } from '../net.js';
import { denoiser, positionsOf } from './denoiser.js';
import {
  atEachPosition,
  type ConvolutionOptions,
  convolution,
  embedLabel,
  embedLevel,
  fromPatches,
  patchParameter,
  rhythmParameter,
  toPatches,
} from './parts.js';

const groups = 8;

const hyperParameters = {
  ...patchParameter(2),
  ...rhythmParameter,
  width: { kind: 'choice', of: [8, 16, 32, 64, 128], default: 32, about: 'channels of the first level' },
  growth: {
    kind: 'choice',
    of: ['1-2', '1-2-3', '1-2-4', '1-2-4-8'],
    default: '1-2-3',
    about:
      'channels of each level, in multiples of the width; each level has half the positions of the one before',
  },
  blocks: { kind: 'whole', low: 1, high: 4, default: 1, about: 'blocks per level on each side' },
  heads: { kind: 'choice', of: [1, 2, 4, 8], default: 4, about: 'attention heads' },
  headWidth: { kind: 'choice', of: [4, 8, 16, 32], default: 8, about: 'features per attention head' },
  levelFeatures: {
    kind: 'whole',
    low: 8,
    high: 512,
    default: 128,
    about: 'features of the level of noise and of the label',
  },
} as const;

type Values = ValuesOf<typeof hyperParameters>;

/** The denoiser Time-Diffusion. */
export const timeDiffusion = denoiser({
  name: 'time-diffusion',
  title: 'Time-Diffusion (1-D U-Net)',
  paper: 'Ho et al. 2020, arXiv 2006.11239 (our reading)',
  hyperParameters,
  published: {
    rhythm: 'learned',
    patch: 1,
    width: 64,
    growth: '1-2-4-8',
    blocks: 2,
    headWidth: 32,
    levelFeatures: 256,
  },
  build(net, { x, level, label }, values, leads) {
    const { graph } = net;
    const { patch, width, growth, levelFeatures } = values;
    const widths = growth.split('-').map((times) => width * Number(times));
    const halvings = widths.length - 1;
    positionsOf(
      'time-diffusion',
      x,
      patch * 2 ** halvings,
      'choose a smaller patch or fewer levels (growth)',
    );
    const patches = toPatches(net, x, patch);
    const condition = silu(
      graph,
      add(
        graph,
        embedLevel(net, level, levelFeatures, (hidden) => gelu(graph, hidden)),
        embedLabel(net, label, levelFeatures),
      ),
    );
    const first = convolve(net, 'input', patches, { filters: width, taps: 7, padding: 3 });
    const skips: Value[] = [];
    let h = first;
    for (const [at, own] of widths.entries()) {
      for (let n = 0; n < values.blocks; n++) {
        h = block(net, `down${at}.block${n}`, h, condition, own);
        if (n === values.blocks - 1) h = linearAttention(net, `down${at}.attention`, h, values);
        skips.push(h);
      }
      if (at < halvings)
        h = convolve(net, `down${at}.halve`, h, { filters: widths[at + 1]!, taps: 4, stride: 2, padding: 1 });
    }
    const deepest = widths.at(-1)!;
    h = block(net, 'middle.block0', h, condition, deepest);
    h = fullAttention(net, 'middle.attention', h, values);
    h = block(net, 'middle.block1', h, condition, deepest);
    for (const [at, own] of [...widths.entries()].reverse()) {
      for (let n = 0; n < values.blocks; n++) {
        h = block(net, `up${at}.block${n}`, concat(graph, [h, skips.pop()!], 1), condition, own);
      }
      h = linearAttention(net, `up${at}.attention`, h, values);
      if (at > 0)
        h = convolve(net, `up${at}.double`, repeated(net, h), { filters: widths[at - 1]!, ...three });
    }
    h = block(net, 'output.block', concat(graph, [h, first], 1), condition, width);
    const output = convolution(net, 'output.conv', h, { filters: leads * patch, initial: filled(0) });
    return fromPatches(net, output, patch);
  },
});

const three = { taps: 3, padding: 1 } as const;

/** A convolution with the initial weights of PyTorch. */
function convolve(net: Net, name: string, x: Value, options: Omit<ConvolutionOptions, 'initial'>): Value {
  const initial = uniformFanIn(fixed(x.shape[1]) * (options.taps ?? 1));
  return convolution(net, name, x, { ...options, initial });
}

/** Maps x [B, C, P] to [B, width, P], scaled and shifted by the condition [B, E]. */
function block(net: Net, name: string, x: Value, condition: Value, width: number): Value {
  const { graph } = net;
  const both = atEachPosition(net, linear(net, `${name}.condition`, condition, 2 * width));
  const [scale, shift] = split(graph, both, 1, [width, width]);
  const convNorm = (at: number, input: Value, modulation?: Modulation) => {
    const convolved = convolve(net, `${name}.conv${at}`, input, { filters: width, ...three, hasBias: false });
    return silu(graph, groupNorm(net, `${name}.norm${at}`, convolved, groups, modulation));
  };
  const gain = add(graph, scale!, graph.constant(1));
  const hidden = convNorm(1, x, { gain, offset: shift! });
  const y = convNorm(2, hidden);
  return add(graph, y, x.shape[1] === width ? x : convolve(net, `${name}.shortcut`, x, { filters: width }));
}

/**
 * Adds a linear attention to x [B, C, P]: with q softmaxed over the features and k over the positions, the positions are
 * summed to k v^T first, so the work grows with P and not with its square.
 */
function linearAttention(net: Net, name: string, x: Value, { heads, headWidth }: Values): Value {
  const { graph } = net;
  const [batch, channels, positions] = [x.shape[0]!, fixed(x.shape[1]), x.shape[2]!];
  const normal = groupNorm(net, `${name}.norm1`, x, 1);
  const byHead = (part: string) =>
    reshape(graph, convolve(net, `${name}.${part}`, normal, { filters: heads * headWidth, hasBias: false }), [
      batch,
      heads,
      headWidth,
      positions,
    ]);
  const query = softmax(graph, flip(graph, byHead('query')));
  const key = softmax(graph, byHead('key'));
  const context = matmul(graph, key, flip(graph, byHead('value')));
  const scale = graph.constant(1 / Math.sqrt(headWidth));
  const answer = flip(graph, matmul(graph, query, mul(graph, context, scale)));
  const joined = reshape(graph, answer, [batch, heads * headWidth, positions]);
  const output = convolve(net, `${name}.output`, joined, { filters: channels, hasBias: false });
  return add(graph, x, groupNorm(net, `${name}.norm2`, output, 1));
}

/** Adds the attention of every position to every position to x [B, C, P]. */
function fullAttention(net: Net, name: string, x: Value, { heads, headWidth }: Values): Value {
  const { graph } = net;
  const steps = transpose(graph, groupNorm(net, `${name}.norm`, x, 1), [0, 2, 1]);
  const y = attention(net, name, steps, steps, { heads, inner: heads * headWidth });
  return add(graph, x, transpose(graph, y, [0, 2, 1]));
}

/** Repeats each position: [B, C, P] to [B, C, 2 P]. */
function repeated(net: Net, x: Value): Value {
  const [batch, channels, positions] = [x.shape[0]!, x.shape[1]!, fixed(x.shape[2])];
  const column = reshape(net.graph, x, [batch, channels, positions, 1]);
  return reshape(net.graph, concat(net.graph, [column, column], 3), [batch, channels, 2 * positions]);
}
