// Counts the multiply-adds of a graph from its shapes: those of convolutions, matrix products and recurrent layers.
// Element-wise operators (activations, norms, Adam) do not count, as is usual in papers.

import { type Dim, fixed, type GraphContent, type Node, type Shape } from './graph.js';
import { needed } from './rewrite.js';

/**
 * Returns the multiply-adds of the nodes that the outputs need, with `batch` as the size of a free dimension. Twice this
 * number is the number of floating-point operations.
 */
export function multiplyAdds(graph: GraphContent, batch = 1): number {
  const size = (dim: Dim | undefined) => (typeof dim === 'string' ? batch : fixed(dim));
  const sizeOf = (shape: Shape) => shape.reduce<number>((product, dim) => product * size(dim), 1);
  const productsOf = ({ type, inputs, outputs, attributes }: Node): number => {
    const [a, b, r] = inputs.map(({ shape }) => shape);
    const out = outputs[0]!.shape;
    // w [Co, Ci / groups, K]: each output sums over Ci / groups channels and K taps.
    if (type === 'Conv') return sizeOf(out) * sizeOf(b!.slice(1));
    if (type === 'Gemm') return sizeOf(out) * size(a![attributes.transA === 1 ? 0 : 1]);
    if (type === 'MatMul') return sizeOf(out) * size(a!.at(-1));
    // x [T, B, C], W [D, G H, C], R [D, G H, H]
    if (type === 'LSTM' || type === 'GRU') return sizeOf(a!.slice(0, 2)) * (sizeOf(b!) + sizeOf(r!));
    return 0;
  };
  return needed(graph).nodes.reduce((sum, node) => sum + productsOf(node), 0);
}
