// Matrix product over the last two axes (ONNX MatMul). Leading axes are equal on both sides or 1 on one side, or the right
// side is a single matrix.

import { fixed, type Graph, graphError, sizeOf, type Value } from '../graph.js';
import { unbroadcast } from './broadcast.js';
import { gemm } from './gemm.js';
import { reshape } from './reshape.js';
import { flip } from './transpose.js';

/** Returns a [..., M, K] times b [..., K, N] or [K, N]. Leading axes of size 1 are repeated. */
export function matmul(graph: Graph, a: Value, b: Value): Value {
  const [rankA, rankB] = [a.shape.length, b.shape.length];
  const leads = a.shape.slice(0, -2).map((dim, at) => (dim === 1 ? b.shape[at]! : dim));
  const fits = rankB === 2 || (rankA === rankB && leads.every((dim, at) => [dim, 1].includes(b.shape[at]!)));
  if (rankA < 2 || rankB < 2 || !fits || fixed(a.shape[rankA - 1]) !== b.shape[rankB - 2]) {
    throw graphError(
      `matmul cannot multiply ${a.name} [${a.shape.join(', ')}] by ${b.name} [${b.shape.join(', ')}]`,
    );
  }
  const outer = rankB === 2 ? a.shape.slice(0, -2) : leads;
  const shape = [...outer, a.shape[rankA - 2]!, b.shape[rankB - 1]!];
  const y = graph.emitOne('MatMul', [a, b], { dtype: a.dtype, shape });
  graph.record([a, b], [y], (d) => [
    unbroadcast(graph, matmul(graph, d!, flip(graph, b)), a),
    rankA === rankB
      ? unbroadcast(graph, matmul(graph, flip(graph, a), d!), b)
      : sharedGradient(graph, a, b, d!),
  ]);
  return y;
}

/** Computes the gradient of a single matrix b with one product over all rows, the fastest measured form. */
function sharedGradient(graph: Graph, a: Value, b: Value, d: Value): Value {
  const [inner, columns] = b.shape.map(fixed) as [number, number];
  const rows = sizeOf(a.shape) / inner;
  return gemm(graph, reshape(graph, a, [rows, inner]), reshape(graph, d, [rows, columns]), {
    transposeA: true,
  });
}
