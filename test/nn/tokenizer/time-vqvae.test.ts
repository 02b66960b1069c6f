// The plan of TimeVQVAE: tokens per length, and manual counts of its weights and of its work.

import { describe, expect, test } from 'vitest';
import type { Program, State } from '#lib/engine/engine.js';
import {
  buildPriorGraph,
  buildPriorProgram,
  buildTokenizerGraph,
  buildTokenizerProgram,
} from '#lib/generators/token-programs.js';
import { sizeOf } from '#lib/graph/graph.js';
import { multiplyAdds } from '#lib/graph/multiply-adds.js';
import { timeVqvae, tokenCounts } from '#lib/nn/tokenizer/time-vqvae.js';

const plan = { lengthSamples: 1000, labels: 2 };

const weightsOf = ({ state }: Program) =>
  state.filter(({ name }) => !name.endsWith('.codebook')).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
const zeros = ({ state }: Program): State =>
  new Map(state.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))]));

test.each([
  [1000, 63, 126],
  [998, 63, 126],
  [1008, 64, 128],
  [5000, 313, 626],
  [10, 1, 2],
])('%i samples become %i low and %i high tokens', (length, low, high) => {
  expect(tokenCounts(length)).toEqual({ low, high });
});

test('the sizes are plans of networks', () => {
  for (const [size, options] of Object.entries(timeVqvae.sizes)) {
    expect(Object.keys(timeVqvae.parse(options)), size).toEqual(Object.keys(timeVqvae.hyperParameters));
  }
  expect(timeVqvae.parse(timeVqvae.sizes.paper)).toMatchObject({
    codes: 32,
    codeFeatures: 128,
    lowWidth: 256,
  });
});

describe('the size small', () => {
  const conv = (from: number, to: number, taps: number) => from * to * taps + to;
  const block = 2 * 64 + conv(64, 64, 3) + conv(64, 64, 1);

  test('counts 245,418 weights in the tokenizer', () => {
    const encoders = [2, 8].map((rows, at) => conv(rows, 64, 4) + (2 - at) * conv(64, 64, 4));
    const decoders = [2, 8].map((rows, at) => (2 - at) * conv(64, 64, 4) + conv(64, rows, 4));
    const encoder = encoders.reduce((sum, part) => sum + part + 2 * block + conv(64, 16, 1), 0);
    const decoder = decoders.reduce((sum, part) => sum + part + 2 * block + conv(16, 64, 3), 0);
    expect(weightsOf(buildTokenizerProgram('encoder', plan))).toBe(encoder);
    expect(weightsOf(buildTokenizerProgram('decoder', plan))).toBe(decoder);
    expect(encoder + decoder).toBe(245_418);
  });

  test('counts 670,464 and 240,000 weights in the prior', () => {
    const layer = (width: number) => 4 * width * (width + 1) + 4 * width * width + 3 * width + 4 * width;
    const common = (width: number, tokens: number, depth: number) =>
      depth * layer(width) + 513 * width + (tokens + 1) * width + 3 * width + 2 * width + (width + 1) * 512;
    const low = common(128, 63, 4);
    const high = common(64, 126, 2) + 512 * 64 + 2 * conv(64, 64, 7) + 64 * 129;
    expect(weightsOf(buildPriorProgram('lowPrior', plan))).toBe(low);
    expect(weightsOf(buildPriorProgram('highPrior', plan))).toBe(high);
    expect([low, high]).toEqual([670_464, 240_000]);
  });

  test('needs about 30 million multiply-adds per record in the tokenizer, and 64 million in the prior', () => {
    const millions = (['encoder', 'decoder'] as const).map((network) => {
      const program = buildTokenizerProgram(network, plan);
      return multiplyAdds(buildTokenizerGraph(network, plan, zeros(program))) / 1e6;
    });
    const prior = (['lowPrior', 'highPrior'] as const).map((network) => {
      const program = buildPriorProgram(network, plan);
      return multiplyAdds(buildPriorGraph(network, plan, zeros(program))) / 1e6;
    });
    expect(millions.reduce((sum, part) => sum + part)).toBeCloseTo(30, -1);
    expect(prior.reduce((sum, part) => sum + part)).toBeCloseTo(64, -1);
  });
});
