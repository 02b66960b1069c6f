import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { Graph } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { mul } from '#lib/graph/ops/mul.js';
import { encodeModel } from '#lib/graph/proto.js';
import { scan } from '#lib/graph/scan.js';

/** sum.next = sum + x, twice = 2 sum.next; two values, and a scalar that is added once per step. */
function counter(): Graph {
  const graph = new Graph('counter');
  const x = graph.input('x', 'float32', [2]);
  const sum = graph.input('sum', 'float32', [2]);
  const shift = graph.input('shift', 'float32', []);
  const next = add(graph, add(graph, sum, x), shift);
  graph.output('twice', mul(graph, next, graph.constant(2)));
  graph.output('sum.next', next);
  return graph;
}

describe('scan', () => {
  test('carries a value through any number of steps and stacks the rest', async () => {
    const outer = scan(counter(), [{ name: 'sum', next: 'sum.next' }]);
    expect(outer.inputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['sum', [2]],
      ['x', ['K', 2]],
      ['shift', ['K']],
    ]);
    const session = await InferenceSession.create(encodeModel(outer), { logSeverityLevel: 3 });
    for (const steps of [1, 3]) {
      const x = Float32Array.from({ length: 2 * steps }, (_, at) => at);
      const shift = new Float32Array(steps).fill(100);
      const { twice, 'sum.next': sum } = await session.run({
        sum: new Tensor('float32', Float32Array.of(10, 20), [2]),
        x: new Tensor('float32', x, [steps, 2]),
        shift: new Tensor('float32', shift, [steps]),
      });
      const after = [
        [110, 121],
        [212, 224],
        [316, 329],
      ].slice(0, steps);
      expect([...(sum!.data as Float32Array)]).toEqual(after.at(-1));
      expect(twice!.dims).toEqual([steps, 2]);
      expect([...(twice!.data as Float32Array)]).toEqual(after.flat().map((value) => 2 * value));
    }
    await session.release();
  });

  test('rejects a carried value that the body does not have', () => {
    expect(() => scan(counter(), [{ name: 'total', next: 'sum.next' }])).toThrow('carries "total"');
    expect(() => scan(counter(), [{ name: 'sum', next: 'none' }])).toThrow('carries "none"');
  });
});
