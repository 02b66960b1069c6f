import { describe, expect, it } from 'vitest';
import { Graph } from '#lib/graph/graph.js';
import { multiplyAdds } from '#lib/graph/multiply-adds.js';
import { conv1d } from '#lib/graph/ops/conv1d.js';
import { gemm } from '#lib/graph/ops/gemm.js';
import { gruInference } from '#lib/graph/ops/gru.js';
import { lstmInference } from '#lib/graph/ops/lstm.js';
import { matmul } from '#lib/graph/ops/matmul.js';
import { relu } from '#lib/graph/ops/relu.js';

describe('multiply-adds', () => {
  const input = (graph: Graph, name: string, ...shape: (number | string)[]) =>
    graph.input(name, 'float32', shape);

  it('of a convolution: each output sums over channels and taps', () => {
    const graph = new Graph('conv');
    const y = conv1d(graph, input(graph, 'x', 'N', 3, 100), input(graph, 'w', 8, 3, 7), {
      stride: 2,
      padding: 3,
    });
    graph.output('y', relu(graph, y));
    expect(multiplyAdds(graph)).toBe(50 * 8 * 3 * 7);
    expect(multiplyAdds(graph, 32)).toBe(32 * 50 * 8 * 3 * 7);
  });

  it('of a dilated convolution: only its taps count, not the samples between them', () => {
    const graph = new Graph('dilated');
    const x = input(graph, 'x', 'N', 3, 100);
    graph.output('y', conv1d(graph, x, input(graph, 'w', 8, 3, 7), { dilation: 16, padding: 48 }));
    expect(multiplyAdds(graph)).toBe(100 * 8 * 3 * 7);
  });

  it.each([false, true])('of a matrix product, transposed or not (%s)', (transposeA) => {
    const graph = new Graph('gemm');
    const a = transposeA ? input(graph, 'a', 5, 11) : input(graph, 'a', 11, 5);
    graph.output('y', gemm(graph, a, input(graph, 'b', 5, 7), { transposeA }));
    expect(multiplyAdds(graph)).toBe(11 * 5 * 7);
  });

  it('of a stack of matrix products', () => {
    const graph = new Graph('matmul');
    graph.output('y', matmul(graph, input(graph, 'a', 'N', 4, 11, 5), input(graph, 'b', 'N', 4, 5, 7)));
    expect(multiplyAdds(graph, 3)).toBe(3 * 4 * 11 * 5 * 7);
  });

  it('of recurrent layers: gates x units x (inputs + units), each step, each direction', () => {
    for (const [layer, gates] of [
      [lstmInference, 4],
      [gruInference, 3],
    ] as const) {
      const graph = new Graph('recurrent');
      const weights = {
        inputWeight: input(graph, 'w', 2, gates * 16, 9),
        recurrentWeight: input(graph, 'r', 2, gates * 16, 16),
        bias: input(graph, 'b', 2, 2 * gates * 16),
      };
      graph.output('y', layer(graph, input(graph, 'x', 20, 'N', 9), weights));
      expect(multiplyAdds(graph, 6)).toBe(20 * 6 * 2 * gates * 16 * (9 + 16));
    }
  });

  it('ignores nodes that no output needs', () => {
    const graph = new Graph('rest');
    const x = input(graph, 'x', 4, 4);
    gemm(graph, x, x);
    graph.output('y', relu(graph, x));
    expect(multiplyAdds(graph)).toBe(0);
  });
});
