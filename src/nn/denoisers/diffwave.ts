// DiffWave: Kong et al. 2021 (arXiv 2009.09761), section 3 and figure 2, as a class-conditional network: a stack of gated
// dilated convolutions (3 taps, not causal) with a shared sum of skips.
// - Level: sinusoids, two linear layers with SiLU, and a linear layer to the input of each block.
// - Label: a table of vectors, and a linear layer per block to the two halves of the gate. It is the same at each position
//   (SSSD-ECG, AI4HealthUOL, uses the same global label).
// - The last convolution starts at zero, so that an untrained network answers 0.
// - Patches: the network works on patches of P samples as P channels. P = 1 is the published network. P = 4 needs a
//   quarter of the positions.
// The size `paper` is that of philsyn/DiffWave-unconditional for SC09 (36 blocks of 256 channels, 24.0 M weights without
// labels) with a cycle of 10 instead of 12, because 2^9 positions already span a record of 1,000 samples.
// Biases that other biases make redundant are left out: that of the dilated convolution (the label has one), that of the
// residual (the level of the next block has one), and all but one of the skips. The last block has no residual.
// Not included: weight normalisation.

import { PqrstError } from '../../base/errors.js';
import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { mul } from '../../graph/ops/mul.js';
import { relu } from '../../graph/ops/relu.js';
import { sigmoid } from '../../graph/ops/sigmoid.js';
import { silu } from '../../graph/ops/silu.js';
import { split } from '../../graph/ops/split.js';
import { tanh } from '../../graph/ops/tanh.js';
import { filled } from '../init.js';
import { convBias, linear } from '../layers.js';
import type { Net } from '../net.js';
import { denoiser, positionsOf } from './denoiser.js';
import {
  atEachPosition,
  convolution,
  embedLabel,
  embedLevel,
  fromPatches,
  patchParameter,
  rhythmParameter,
  toPatches,
} from './parts.js';

/** The denoiser DiffWave. */
export const diffwave = denoiser({
  name: 'diffwave',
  title: 'DiffWave',
  paper: 'Kong et al. 2021, arXiv 2009.09761',
  hyperParameters: {
    ...patchParameter(4),
    ...rhythmParameter,
    blocks: {
      kind: 'whole',
      low: 1,
      high: 64,
      default: 10,
      about: 'blocks with one dilated convolution each',
    },
    channels: { kind: 'whole', low: 4, high: 512, default: 64, about: 'channels of a block' },
    cycle: {
      kind: 'whole',
      low: 1,
      high: 12,
      default: 7,
      about: 'blocks until the dilation starts again at 1; it doubles from block to block',
    },
    levelFeatures: {
      kind: 'whole',
      low: 8,
      high: 512,
      default: 128,
      about: 'features of the level of noise',
    },
    labelFeatures: { kind: 'whole', low: 8, high: 512, default: 128, about: 'features of the label' },
  },
  published: { rhythm: 'learned', patch: 1, blocks: 36, channels: 256, cycle: 10, levelFeatures: 512 },
  build(net, { x, level, label }, values, leads) {
    const { graph } = net;
    const { patch, blocks, channels, cycle, levelFeatures, labelFeatures } = values;
    const positions = positionsOf('diffwave', x, patch, 'choose a smaller patch or another length');
    expectReach(blocks, cycle, positions);
    const patches = toPatches(net, x, patch);
    const embedded = {
      level: silu(
        graph,
        embedLevel(net, level, levelFeatures, (hidden) => silu(graph, hidden)),
      ),
      label: embedLabel(net, label, labelFeatures),
    };
    let h = relu(graph, convolution(net, 'input', patches, { filters: channels }));
    let skips: Value | undefined;
    for (let at = 0; at < blocks; at++) {
      const gated = gate(net, `block${at}`, h, { ...embedded, dilation: 2 ** (at % cycle) });
      const pointwise = (name: string) =>
        convolution(net, `block${at}.${name}`, gated, { filters: channels, hasBias: false });
      const skip = pointwise('skip');
      skips = skips === undefined ? skip : add(graph, skips, skip);
      if (at < blocks - 1) h = mul(graph, add(graph, h, pointwise('residual')), graph.constant(Math.SQRT1_2));
    }
    const sum = convBias(net, 'skips', mul(graph, skips!, graph.constant(1 / Math.sqrt(blocks))));
    const hidden = relu(graph, convolution(net, 'output1', sum, { filters: channels }));
    const output = convolution(net, 'output2', hidden, { filters: leads * patch, initial: filled(0) });
    return fromPatches(net, output, patch);
  },
});

/** What a block takes besides the signal. */
interface GateInput {
  readonly level: Value;
  readonly label: Value;
  readonly dilation: number;
}

/** Maps h [B, C, P] to tanh(filter) sigmoid(gate), [B, C, P]. */
function gate(net: Net, name: string, h: Value, { level, label, dilation }: GateInput): Value {
  const { graph } = net;
  const channels = h.shape[1] as number;
  const shifted = add(graph, h, atEachPosition(net, linear(net, `${name}.level`, level, channels)));
  const mixed = convolution(net, `${name}.conv`, shifted, {
    filters: 2 * channels,
    taps: 3,
    padding: dilation,
    dilation,
    hasBias: false,
  });
  const given = atEachPosition(net, linear(net, `${name}.label`, label, 2 * channels));
  const [filter, opening] = split(graph, add(graph, mixed, given), 1, [channels, channels]);
  return mul(graph, tanh(graph, filter!), sigmoid(graph, opening!));
}

/** Checks that one position of the output sees all positions of the input: rhythm spans the whole record. */
function expectReach(blocks: number, cycle: number, positions: number): void {
  const dilations = Array.from({ length: blocks }, (_, at) => 2 ** (at % cycle));
  const reach = 1 + 2 * dilations.reduce((sum, dilation) => sum + dilation, 0);
  if (reach >= positions) return;
  throw new PqrstError(
    'ERR_RANGE',
    `diffwave with ${blocks} blocks and a cycle of ${cycle} sees ${reach} positions, but the record has ${positions}; ` +
      'choose a longer cycle, more blocks or a larger patch',
  );
}
