// Decodes encoded programs: nodes in order, attributes of every kind, constants of every type.

import { expect, test } from 'vitest';
import { decodeGraph } from '#lib/graph/decode.js';
import { Graph } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { encodeModel } from '#lib/graph/proto.js';

test('reads nodes with their attributes, in order', () => {
  const graph = new Graph('attributes');
  const x = graph.input('x', 'float32', [2, 3]);
  const attributes = { axis: -1, epsilon: { float: 0.5 }, perm: [1, 0, 7], direction: 'reverse' };
  const y = graph.emitOne('First', [x], x, attributes);
  graph.output('y', graph.emitOne('Second', [y, x], x));
  const { nodes } = decodeGraph(encodeModel(graph));
  expect(nodes).toEqual([
    { type: 'First', inputs: ['x'], outputs: [y.name], attributes },
    { type: 'Second', inputs: [y.name, 'x'], outputs: ['y'], attributes: {} },
  ]);
});

test('reads constants with their types and shapes at any byte offset', () => {
  const graph = new Graph('constants');
  const given = {
    floats: { data: Float32Array.of(1.5, -2, 3), shape: [3, 1] },
    longs: { data: BigInt64Array.of(-1n, 2n ** 40n), shape: [2] },
    whole: { data: Int32Array.of(-7), shape: [] },
    flags: { data: Uint8Array.of(1, 0, 1), shape: [3] },
    small: { data: Int8Array.of(-3, 3), shape: [2] },
  };
  const values = Object.entries(given).map(([name, { data, shape }]) => graph.initializer(name, data, shape));
  graph.output('all', graph.emitOne('Any', values, { dtype: 'float32', shape: [] }));
  const bytes = encodeModel(graph);
  // A file is read as a Buffer, whose `slice` does not copy.
  for (const { constants } of [decodeGraph(bytes), decodeGraph(Buffer.from(bytes))]) {
    expect([...constants.keys()]).toEqual(Object.keys(given));
    for (const [name, { data, shape }] of Object.entries(given))
      expect(constants.get(name)).toMatchObject({ data, shape });
  }
});

test('rejects bytes that are cut short or not a graph, with a message', () => {
  const graph = new Graph('sum');
  const x = graph.input('x', 'float32', [2]);
  graph.output('y', add(graph, x, graph.constant([1, 2])));
  const bytes = encodeModel(graph);
  expect(() => decodeGraph(bytes.slice(0, 40))).toThrow(/not a complete ONNX graph .* build it again/);
  expect(() => decodeGraph(new Uint8Array())).toThrow(expect.objectContaining({ code: 'ERR_GRAPH' }));
});
