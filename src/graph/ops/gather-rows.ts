// Takes the rows of a table that the codes in a value name (ONNX Gather on axis 0). takeRows takes constant places. The
// gradient of the table is the product of the one-hot codes and dY, because its order of sums does not depend on the number
// of threads, unlike that of ScatterND.

import { expectRank, fixed, type Graph, sizeOf, type Value } from '../graph.js';
import { gemm } from './gemm.js';
import { expectCodes, oneHot } from './one-hot.js';
import { reshape } from './reshape.js';

/**
 * Returns [..., D]: for each of the int64 codes [...] that row of `table` [K, D]. Codes are 0 ... K - 1. The runtime refuses
 * greater ones; the caller must not feed smaller ones, which ONNX counts from the end.
 *
 * @throws PqrstError ERR_GRAPH: when `codes` are not int64, or `table` does not have two dimensions.
 */
export function gatherRows(graph: Graph, table: Value, codes: Value): Value {
  expectRank('gatherRows', table, 2);
  expectCodes('gatherRows', codes);
  const [rows, width] = table.shape.map(fixed) as [number, number];
  const shape = [...codes.shape, width];
  const y = graph.emitOne('Gather', [table, codes], { dtype: table.dtype, shape }, { axis: 0 });
  graph.record([table], [y], (d) => {
    const count = sizeOf(codes.shape);
    const places = oneHot(graph, reshape(graph, codes, [count]), rows);
    return [gemm(graph, places, reshape(graph, d!, [count, width]), { transposeA: true })];
  });
  return y;
}
