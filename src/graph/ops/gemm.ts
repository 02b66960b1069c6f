// Gemm: a product of two matrices, either read transposed, plus a bias by column.

import { fixed, type Graph, graphError, type Value } from '../graph.js';
import { reduceSum } from './reduce-sum.js';

export interface GemmOptions {
  readonly bias?: Value;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** a [M, K] times b [K, N] plus bias [N]; a is [K, M] or b is [N, K] where marked as transposed. */
export function gemm(graph: Graph, a: Value, b: Value, options: GemmOptions = {}): Value {
  const { bias, transposeA = false, transposeB = false } = options;
  const [rows, inner] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [innerB, columns] = transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  const fits = a.shape.length === 2 && b.shape.length === 2 && inner === innerB;
  if (!fits || (bias !== undefined && bias.shape[0] !== columns)) {
    throw graphError(
      `gemm cannot multiply ${a.name} [${a.shape.join(', ')}] by ${b.name} [${b.shape.join(', ')}]` +
        (bias === undefined ? '' : ` and add [${bias.shape.join(', ')}]`),
    );
  }
  const inputs = bias === undefined ? [a, b] : [a, b, bias];
  const shape = [rows!, fixed(columns)];
  const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
  const y = graph.emitOne('Gemm', inputs, { dtype: 'float32', shape }, attributes);
  graph.record(inputs, [y], (dOut) => {
    const d = dOut!;
    const dA = transposeA
      ? gemm(graph, b, d, { transposeA: transposeB, transposeB: true })
      : gemm(graph, d, b, { transposeB: !transposeB });
    const dB = transposeB
      ? gemm(graph, d, a, { transposeA: true, transposeB: transposeA })
      : gemm(graph, a, d, { transposeA: !transposeA });
    return [dA, dB, bias && reduceSum(graph, d, [0])];
  });
  return y;
}
