// The nearest row of a codebook, as in vector quantisation (van den Oord et al. 2017, arXiv 1711.00937, eq. 1): the least
// |z - c|^2 is the greatest 2 z.c - |c|^2, because |z|^2 is the same for all codes. No gradient; a straight-through estimator
// is z + detach(row - z).

import { expectRank, type Graph, graphError, type Value } from '../graph.js';
import { gemm } from './gemm.js';
import { matmul } from './matmul.js';
import { mul } from './mul.js';
import { reduceSum } from './reduce-sum.js';
import { sub } from './sub.js';
import { transpose } from './transpose.js';

/**
 * Returns int64 [...]: for each row of z [..., D] the row of `codebook` [K, D] at the least distance, the first of equal
 * ones. Distances that differ by less than their rounding in float32 count as equal or in either order.
 *
 * @throws PqrstError ERR_GRAPH: when the rows of the two are not as wide, or the codebook is not a matrix.
 */
export function nearestCode(graph: Graph, z: Value, codebook: Value): Value {
  expectRank('nearestCode', codebook, 2);
  if (z.shape.length < 2 || z.shape.at(-1) !== codebook.shape[1]) {
    throw graphError(
      `nearestCode takes rows of one width, ${z.name} is [${z.shape.join(', ')}] and ` +
        `${codebook.name} [${codebook.shape.join(', ')}]`,
    );
  }
  const axis = z.shape.length - 1;
  return graph.unrecorded(() => {
    const products =
      axis === 1
        ? gemm(graph, z, codebook, { transposeB: true })
        : matmul(graph, z, transpose(graph, codebook, [1, 0]));
    const squares = reduceSum(graph, mul(graph, codebook, codebook), [1]);
    const nearness = sub(graph, mul(graph, products, graph.constant(2)), squares);
    const signature = { dtype: 'int64', shape: z.shape.slice(0, -1) } as const;
    return graph.emitOne('ArgMax', [nearness], signature, { axis, keepdims: 0 });
  });
}
