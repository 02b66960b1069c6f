// The transform against a plain DFT in double precision, its inverse, and the sum of the two bands.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { Graph } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { analyse, type Band, bands, frameCount, synthesise } from '#lib/nn/tokenizer/stft.js';
import { compile } from '../../graph/run-graph.js';

const stream = randomStream(3, 'stft');
const normals = (size: number) => Float32Array.from({ length: size }, () => stream.normal());

/** Returns [bins x (re, im)][frames] of one signal, from the definition. */
function plainTransform(signal: Float32Array, bins: readonly number[]): number[][] {
  const length = signal.length;
  const at = (place: number) => {
    const inside = place < 0 ? -place : place >= length ? 2 * (length - 1) - place : place;
    return signal[inside]!;
  };
  const window = Array.from({ length: 8 }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / 8));
  return bins.flatMap((bin) =>
    [Math.cos, (angle: number) => -Math.sin(angle)].map((wave) =>
      Array.from({ length: length / 2 + 1 }, (_, frame) =>
        window.reduce(
          (sum, weight, n) =>
            sum + (weight * at(2 * frame + n - 4) * wave((2 * Math.PI * bin * n) / 8)) / Math.sqrt(8),
          0,
        ),
      ),
    ),
  );
}

const binsOf: Record<Band, number[]> = { low: [0], high: [1, 2, 3, 4] };

test.each([1, 3])('equals a DFT in double precision, %i channels', async (channels) => {
  const length = 50;
  const graph = new Graph('stft');
  const x = graph.input('x', 'float32', ['N', channels, length]);
  for (const band of bands) graph.output(band, analyse(graph, x, band));
  const runner = await compile(graph, 2);
  const signal = normals(2 * channels * length);
  const rows = await runner.run({ x: signal });
  for (const band of bands) {
    const expected = Array.from({ length: 2 * channels }, (_, at) =>
      plainTransform(signal.subarray(at * length, (at + 1) * length), binsOf[band]),
    ).flat(2);
    expect(rows[band]).toHaveLength(expected.length);
    const worst = Math.max(...expected.map((value, at) => Math.abs(value - rows[band]![at]!)));
    expect(worst).toBeLessThan(1e-5);
  }
  await runner.release();
});

test.each([
  [10, 1],
  [1000, 1],
  [126, 8],
])('the parts of %i samples of %i channels sum to the signal', async (length, channels) => {
  const graph = new Graph('parts');
  const x = graph.input('x', 'float32', ['N', channels, length]);
  const [low, high] = bands.map((band) => synthesise(graph, analyse(graph, x, band), band));
  graph.output('low', low!);
  graph.output('sum', add(graph, low!, high!));
  const runner = await compile(graph, 2);
  const signal = normals(2 * channels * length);
  const { low: part, sum } = await runner.run({ x: signal });
  const worst = Math.max(...signal.map((value, at) => Math.abs(value - sum![at]!)));
  expect(worst).toBeLessThan(1e-5);
  const power = (values: Float32Array) => values.reduce((total, value) => total + value ** 2, 0);
  expect(power(part!) / power(signal)).toBeGreaterThan(0.05);
  expect(power(part!) / power(signal)).toBeLessThan(0.6);
  await runner.release();
});

test('a constant signal is in the low band alone, a wave of a quarter of the rate in the high one', async () => {
  const graph = new Graph('bands');
  const x = graph.input('x', 'float32', [2, 1, 40]);
  for (const band of bands) graph.output(band, synthesise(graph, analyse(graph, x, band), band));
  const runner = await compile(graph);
  const [level, wave] = [
    new Array(40).fill(1),
    Array.from({ length: 40 }, (_, at) => [1, 0, -1, 0][at % 4]!),
  ];
  const { low, high } = await runner.run({ x: Float32Array.from([...level, ...wave]) });
  // The window of bin 0 also passes a third of each neighbour, so a level needs both bands: 2/3 of it is low.
  expect(low![20]).toBeCloseTo(2 / 3, 5);
  expect(high![20]).toBeCloseTo(1 / 3, 5);
  for (let at = 46; at < 74; at++) {
    expect(low![at]).toBeCloseTo(0, 5);
    expect(high![at]).toBeCloseTo(wave[at - 40]!, 5);
  }
  await runner.release();
});

test.each([9, 8, 0, 1001, 12.5, Number.NaN])('%d samples are refused', (length) => {
  expect(() => frameCount(length)).toThrow(
    expect.objectContaining({
      code: 'ERR_RANGE',
      message: expect.stringContaining(`even number of at least 10 samples, got ${length}`),
    }),
  );
});
