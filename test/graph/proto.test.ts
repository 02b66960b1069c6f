// Encoded models can be read back; incomplete or corrupt ones are rejected with a message; shape errors name the shapes.

import { describe, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { gradients } from '#lib/graph/autodiff.js';
import { decodeGraph } from '#lib/graph/decode.js';
import { Graph } from '#lib/graph/graph.js';
import { decodeModelHeader } from '#lib/graph/header.js';
import { add } from '#lib/graph/ops/add.js';
import { concat } from '#lib/graph/ops/concat.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { matmul } from '#lib/graph/ops/matmul.js';
import { reshape } from '#lib/graph/ops/reshape.js';
import { slice } from '#lib/graph/ops/slice.js';
import { encodedName, encodeModel, opsetVersion } from '#lib/graph/proto.js';

function model(): Uint8Array {
  const graph = new Graph('sum');
  const x = graph.input('x', 'float32', ['N', 3]);
  const weight = graph.initializer('weight', Float32Array.of(1, 2, 3), [3]);
  graph.initializer('unused', new Float32Array(1000), [1000]);
  graph.output('y', add(graph, x, weight));
  return encodeModel(graph, { threshold: '0.5', note: 'ü' });
}

describe('a model', () => {
  test('can be read back: ports, metadata, opset', () => {
    expect(decodeModelHeader(model())).toEqual({
      producer: 'pqrst',
      opset: opsetVersion,
      metadata: { threshold: '0.5', note: 'ü' },
      inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 3] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 3] }],
    });
  });

  test('names a value after its first output', () => {
    const graph = new Graph('names');
    const x = graph.input('x', 'float32', [3]);
    const [inner, outer] = [add(graph, x, x), add(graph, x, graph.constant(1))];
    graph.output('y', outer);
    graph.output('z', outer);
    graph.output('same', x);
    graph.output('sum', add(graph, inner, outer));
    expect([x, inner, outer].map((value) => encodedName(graph, value))).toEqual(['x', inner.name, 'y']);
    const { nodes } = decodeGraph(encodeModel(graph));
    expect(nodes.flatMap(({ outputs }) => outputs).sort()).toEqual(
      [inner.name, 'same', 'sum', 'y', 'z'].sort(),
    );
  });

  test('contains only nodes that the outputs need', () => {
    expect(model().length).toBeLessThan(400);
  });

  test('is rejected wherever it is cut, or is read without the metadata at its end', () => {
    const bytes = model();
    for (let end = 0; end < bytes.length; end++) {
      try {
        expect(decodeModelHeader(bytes.subarray(0, end)).outputs).toHaveLength(1);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_MODEL' });
      }
    }
    expect(() => decodeModelHeader(bytes.subarray(0, 100), 'a.onnx')).toThrow(
      /a\.onnx is incomplete: it has 100 bytes, and the model takes at least \d+/,
    );
  });

  test('never crashes the reader, even with random bytes', () => {
    const stream = randomStream(1, 'corrupt');
    for (let round = 0; round < 500; round++) {
      const bytes = model();
      for (let hits = 0; hits < 4; hits++) bytes[stream.below(bytes.length)] = stream.below(256);
      try {
        decodeModelHeader(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_MODEL' });
      }
    }
  });

  test('is rejected if the file is something else', () => {
    expect(() => decodeModelHeader(Buffer.from('<html>not a model</html>'))).toThrow(
      expect.objectContaining({ code: 'ERR_MODEL' }),
    );
    expect(() => decodeModelHeader(new Uint8Array())).toThrow(/is empty \(0 bytes\)/);
  });
});

describe('shapes that do not fit', () => {
  const graph = new Graph('bad');
  const a = graph.input('a', 'float32', [2, 3]);
  const b = graph.input('b', 'float32', [2, 4]);
  const ecg = graph.input('ecg', 'float32', ['N', 1, 8]);
  test.each([
    ['add', () => add(graph, a, b), /cannot broadcast a \[2, 3\] with b \[2, 4\]/],
    ['matmul', () => matmul(graph, a, b), /cannot multiply a \[2, 3\] by b \[2, 4\]/],
    ['reshape', () => reshape(graph, a, [4, 2]), /cannot be reshaped to \[4, 2\]/],
    ['slice', () => slice(graph, a, 1, 2, 9), /outside axis 1 of a \[2, 3\]/],
    ['concat', () => concat(graph, [a, b], 0), /b \[2, 4\] does not fit \[2, 3\]/],
    [
      'conv1d',
      () => conv1d(graph, ecg, graph.input('w', 'float32', [4, 2, 3])),
      /cannot apply w \[4, 2, 3\]/,
    ],
    ['a free dimension', () => slice(graph, ecg, 0, 0, 1), /dimension "N" is free/],
    ['a name twice', () => graph.input('a', 'float32', [1]), /"a" is empty or taken/],
    ['a gradient of no scalar', () => gradients(graph, a, [b]), /only a scalar/],
  ])('%s', (_name, build, sentence) => {
    expect(build).toThrow(
      expect.objectContaining({ code: 'ERR_GRAPH', message: expect.stringMatching(sentence) }),
    );
  });
});
