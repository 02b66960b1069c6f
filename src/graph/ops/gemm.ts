// Product of two matrices, each optionally transposed, plus a bias per column (ONNX Gemm).
// The runtime splits the longer side of the result among its threads, and splitting columns changes the order of sums.
// Therefore a result with more columns than rows is computed transposed, so that its bits do not depend on the number of
// threads. This uses MatMul, because the runtime would merge a Gemm with a following Transpose.

import { fixed, type Graph, graphError, type Shape, type Value } from '../graph.js';
import { add } from './add.js';
import { matmul } from './matmul.js';
import { reduceSum } from './reduce-sum.js';
import { transpose } from './transpose.js';

/** Options of `gemm`. */
export interface GemmOptions {
  /** [N], added to each row; default no bias. */
  readonly bias?: Value;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Returns a [M, K] times b [K, N] plus bias [N]. With `transposeA`, a is [K, M]; with `transposeB`, b is [N, K]. */
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
  const isWide = typeof rows === 'number' && rows < fixed(columns);
  const y = graph.unrecorded(() => {
    if (!isWide) return gemmNode(graph, inputs, [rows!, fixed(columns)], transposeA, transposeB);
    const [left, right] = [
      transposeB ? b : transpose(graph, b, [1, 0]),
      transposeA ? a : transpose(graph, a, [1, 0]),
    ];
    const product = transpose(graph, matmul(graph, left, right), [1, 0]);
    return bias === undefined ? product : add(graph, product, bias);
  });
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

function gemmNode(
  graph: Graph,
  inputs: readonly Value[],
  shape: Shape,
  transposeA: boolean,
  transposeB: boolean,
): Value {
  const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
  return graph.emitOne('Gemm', inputs, { dtype: 'float32', shape }, attributes);
}
