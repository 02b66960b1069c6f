// The denoisers without an engine: names, sizes, parameters, shapes, and the records that they refuse.

import { describe, expect, test } from 'vitest';
import { Graph, sizeOf } from '#lib/graph/graph.js';
import {
  denoiserInputs,
  denoiserParameters,
  outlineDenoiser,
  resolveDenoiser,
} from '#lib/nn/denoisers/index.js';
import { Net } from '#lib/nn/net.js';

const shape = { lengthSamples: 1000, leads: 1, labels: 2 };
const diffwave = resolveDenoiser('diffwave');
const timeDiffusion = resolveDenoiser('time-diffusion');

test('an unknown denoiser is reported with the nearest name', () => {
  expect(() => resolveDenoiser('difwave')).toThrow(/unknown denoiser "difwave"; did you mean "diffwave"\?/);
  expect(() => resolveDenoiser('toString')).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_ARCH' }));
});

describe('parameters', () => {
  test('DiffWave of the size of SC09 has 24.0 million without labels', () => {
    const { slots } = outlineDenoiser(diffwave, { ...diffwave.sizes.paper, cycle: 12 }, shape);
    const ofLabels = /label\.weight$/;
    const count = slots
      .filter(({ name }) => !ofLabels.test(name))
      .reduce((sum, slot) => sum + sizeOf(slot.shape), 0);
    // By hand: the level, then per block the level, the dilated convolution with its bias, skip and residual; input, output.
    const [level, channels] = [512, 256];
    const embedding = 128 * level + level + level * level + level;
    const block =
      (level + 1) * channels + 3 * channels * 2 * channels + 2 * channels + 2 * channels * channels;
    const ends = 2 * channels + channels + channels * (channels + 1) + channels + 1;
    expect(count).toBe(embedding + 36 * block - channels * channels + ends);
    expect(count / 1e6).toBeCloseTo(24.0, 1);
  });

  test.each([
    ['diffwave', 0.5e6, 0.7e6],
    ['time-diffusion', 0.5e6, 0.8e6],
  ])('%s: the size small fits a processor', (name, least, most) => {
    const count = denoiserParameters(resolveDenoiser(name), {}, shape);
    expect(count).toBeGreaterThan(least);
    expect(count).toBeLessThan(most);
  });

  test('the U-Net of one published block per level has 11 million', () => {
    const count = denoiserParameters(timeDiffusion, { ...timeDiffusion.sizes.paper, blocks: 1 }, shape);
    expect(count / 1e6).toBeGreaterThan(8);
    expect(count / 1e6).toBeLessThan(14);
  });
});

describe.each([diffwave, timeDiffusion])('$name', (denoiser) => {
  test.each([1, 8])('maps %d leads to as many, in training and in inference', (leads) => {
    for (const size of ['small', 'paper'] as const) {
      const { graph } = outlineDenoiser(denoiser, denoiser.sizes[size], { ...shape, leads });
      expect(graph.outputs.map(({ name, value }) => [name, value.shape])).toEqual([
        ['prediction', ['N', leads, 1000]],
      ]);
    }
    const net = new Net(new Graph('training'), 'training', (graph, slot) =>
      graph.input(slot.name, 'float32', slot.shape),
    );
    expect(denoiser.build(net, denoiserInputs(net, 4, { ...shape, leads }), {}).shape).toEqual([
      4,
      leads,
      1000,
    ]);
  });

  test('describes its hyper-parameters; their defaults are the size small', () => {
    for (const { about } of Object.values(denoiser.hyperParameters)) expect(about).toMatch(/\w{4}/);
    expect(denoiser.sizes.small).toEqual({});
    expect(denoiser.parse({})).toEqual(
      Object.fromEntries(
        Object.entries(denoiser.hyperParameters).map(([name, parameter]) => [name, parameter.default]),
      ),
    );
    expect(denoiser.parse(denoiser.sizes.paper)).toMatchObject(denoiser.sizes.paper);
  });

  test.each([
    [{ patch: 3 }, 'ERR_RANGE', /patch must be one of 1, 2, 4, 8, got 3/],
    [{ blocks: 0 }, 'ERR_RANGE', /blocks must be a whole number in 1-\d+, got 0/],
    [{ chanels: 8 }, 'ERR_OPTION', /has no option "chanels"/],
  ])('refuses %o', (options, code, sentence) => {
    expect(() => denoiser.parse(options)).toThrow(expect.objectContaining({ code }));
    expect(() => denoiser.parse(options)).toThrow(sentence);
  });

  test('refuses a length that its patches do not fill', () => {
    expect(() => outlineDenoiser(denoiser, {}, { ...shape, lengthSamples: 1001 })).toThrow(
      /a multiple of \d samples, got 1001; choose a smaller patch/,
    );
  });
});

test('DiffWave refuses a record that one position cannot see as a whole', () => {
  // Dilations 1 to 64 and 1, 2, 4: 2 x 134 + 1 positions of 4 samples.
  const outline = (lengthSamples: number) => outlineDenoiser(diffwave, {}, { ...shape, lengthSamples });
  expect(() => outline(4 * 269)).not.toThrow();
  expect(() => outline(4 * 270)).toThrow(/sees 269 positions, but the record has 270; choose a longer cycle/);
});
