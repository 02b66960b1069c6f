// EfficientNet-B0: its plan compared with table 1 and torchvision's count, depthwise convolution compared with plain loops,
// and stochastic depth.

import { describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { Graph, type Initializer } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { depthwiseConv1d } from '#lib/graph/ops/depthwise-conv.js';
import { buildNetwork, outlineNetwork, parameterCount, resolveArch } from '#lib/nn/models/index.js';
import { Net } from '#lib/nn/net.js';
import { compile } from '../../graph/run-graph.js';

const b0 = resolveArch('efficientnet-b0');

/** Table 1: expansion, taps, stride, channels, blocks; then one row per block with its input channels. */
const table = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const;
let before = 32;
const rows = table.flatMap(([expansion, taps, stride, channels, count]) =>
  Array.from({ length: count }, (_, at) => {
    const row = { before, inside: before * expansion, taps, stride: at === 0 ? stride : 1, channels };
    before = channels;
    return row;
  }),
);

/** Counts the parameters up to the pooled features, for signals with `leads` channels in `dimensions` dimensions. */
function backboneParameters(dimensions: number, leads: number): number {
  const convNorm = (from: number, to: number, taps: number) => from * to * taps ** dimensions + 2 * to;
  const ends = convNorm(leads, 32, 3) + convNorm(320, 1280, 1);
  return rows.reduce((sum, { before, inside, taps, channels }) => {
    const squeezed = before / 4;
    const excite = (inside + 1) * squeezed + (squeezed + 1) * inside;
    const expand = inside === before ? 0 : convNorm(before, inside, 1);
    return sum + expand + convNorm(1, inside, taps) + excite + convNorm(inside, channels, 1);
  }, ends);
}

describe('the plan', () => {
  test('has the parameters of its plan, which has those of torchvision in two dimensions', () => {
    expect(backboneParameters(2, 3) + 1281 * 1000).toBe(5_288_548);
    const linears = (1280 + 1) * 64 + (64 + 1) * 32 + (32 + 1);
    expect(parameterCount(b0)).toBe(backboneParameters(1, 1) + linears);
    expect(parameterCount(b0, {}, { leads: 12 })).toBe(backboneParameters(1, 12) + linears);
  });

  test('has the shapes of table 1 in each block', () => {
    const { graph } = outlineNetwork(b0, {}, { lengthSamples: 1000 });
    const convOf = (name: string) =>
      graph.nodes.find(({ inputs }) => inputs[1]?.name === `${name}.conv.weight`);
    const shapeOf = (name: string) => convOf(name)?.outputs[0]?.shape;
    expect(shapeOf('stem')).toEqual(['N', 32, 500]);
    let length = 500;
    for (const [at, { inside, taps, stride, channels }] of rows.entries()) {
      length = Math.ceil(length / stride);
      expect(shapeOf(`block${at + 1}.depthwise`)).toEqual(['N', inside, length]);
      const attributes = { kernel_shape: [taps], strides: [stride], group: inside };
      expect(convOf(`block${at + 1}.depthwise`)!.attributes).toMatchObject(attributes);
      expect(shapeOf(`block${at + 1}.project`)).toEqual(['N', channels, length]);
    }
    expect(length).toBe(32);
    expect(shapeOf('block1.expand')).toBeUndefined();
    expect(shapeOf('top')).toEqual(['N', 1280, 32]);
  });

  test('rejects unknown hyper-parameters', () => {
    expect(() => b0.parse({ backboneOut: 8 })).toThrow(/16-1024, got 8/);
    expect(() => b0.parse({ width: 2 })).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});

describe('depthwise convolution', () => {
  test.each([
    [3, 1, 1],
    [5, 2, 2],
    [5, 3, 0],
  ])(
    'with %i taps, stride %i, padding %i applies a separate filter to each channel',
    async (taps, stride, padding) => {
      const [batch, channels, length] = [2, 3, 11];
      const graph = new Graph('depthwise');
      const x = graph.input('x', 'float32', [batch, channels, length]);
      const w = graph.input('w', 'float32', [channels, 1, taps]);
      graph.output('y', depthwiseConv1d(graph, x, w, { stride, padding }));
      const stream = randomStream(4, 'depthwise');
      const draw = (count: number) => Float32Array.from({ length: count }, () => stream.normal());
      const feeds = { x: draw(batch * channels * length), w: draw(channels * taps) };
      const runner = await compile(graph);
      const { y } = await runner.run(feeds);
      await runner.release();
      const lengthOut = Math.floor((length + 2 * padding - taps) / stride) + 1;
      expect(y).toHaveLength(batch * channels * lengthOut);
      for (const [at, value] of y!.entries()) {
        const row = Math.floor(at / lengthOut);
        let sum = 0;
        for (let tap = 0; tap < taps; tap++) {
          const sample = (at % lengthOut) * stride + tap - padding;
          if (sample < 0 || sample >= length) continue;
          sum += feeds.x[row * length + sample]! * feeds.w[(row % channels) * taps + tap]!;
        }
        expect(value).toBeCloseTo(sum, 4);
      }
    },
  );

  test('rejects filters for other channels', () => {
    const graph = new Graph('depthwise');
    const x = graph.input('x', 'float32', [2, 3, 11]);
    const w = graph.input('w', 'float32', [3, 3, 3]);
    expect(() => depthwiseConv1d(graph, x, w)).toThrow(/cannot apply w \[3, 3, 3\] to x \[2, 3, 11\]/);
  });
});

describe('stochastic depth', () => {
  const network = (mode: 'training' | 'inference') => {
    const net = new Net(new Graph(mode), mode, (graph, { name, shape }) =>
      graph.input(name, 'float32', shape),
    );
    const ecg = net.graph.input('ecg', 'float32', [4, 1, 64]);
    net.graph.output('logit', buildNetwork(net, ecg, b0, {}, { kind: 'binary' }));
    return net;
  };

  test('a dropped record skips the branch, a kept one has it scaled', async () => {
    const net = new Net(new Graph('depth'), 'training', () => {
      throw new Error('no weights');
    });
    const x = net.graph.input('x', 'float32', [3, 2, 2]);
    const branch = net.graph.input('branch', 'float32', [3, 2, 2]);
    net.graph.output('y', add(net.graph, net.stochasticDepth('depth', branch, 0.2), x));
    const runner = await compile(net.graph);
    const { y } = await runner.run({
      x: Float32Array.from({ length: 12 }, (_, at) => at),
      branch: new Float32Array(12).fill(4),
      'depth.uniform': Float32Array.of(0.1, 0.2, 0.9),
    });
    await runner.release();
    expect([...y!]).toEqual([0, 1, 2, 3, 9, 10, 11, 12, 13, 14, 15, 16]);
  });

  test('takes one random number per record; its rate rises linearly to 0.2', () => {
    const { graph, uniforms } = network('training');
    const draws = uniforms.filter(({ name }) => name.endsWith('.depth.uniform'));
    const withShortcut = rows.flatMap(({ before, stride, channels }, at) =>
      stride === 1 && before === channels ? [at] : [],
    );
    expect(draws.map(({ name }) => name)).toEqual(withShortcut.map((at) => `block${at + 1}.depth.uniform`));
    for (const [index, draw] of draws.entries()) {
      expect(draw.shape).toEqual([4, 1, 1]);
      const [, rate] = graph.nodes.find(({ inputs }) => inputs[0] === draw)!.inputs;
      expect((rate as Initializer).data[0]).toBeCloseTo((0.2 * withShortcut[index]!) / 16, 6);
    }
  });

  test('has no effect in inference', () => {
    const { graph, uniforms } = network('inference');
    expect(uniforms).toEqual([]);
    expect(graph.inputs.some(({ name }) => name.endsWith('.uniform'))).toBe(false);
    expect(graph.nodes.map(({ type }) => type)).not.toContain('GreaterOrEqual');
  });
});
