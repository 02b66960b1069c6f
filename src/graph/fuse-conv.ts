// Merges what follows a convolution with it:
// - a sum with one number per channel, [C, 1], becomes its bias;
// - a batch normalisation, because normalisation with fixed statistics is linear: w' = s w and b' = beta - s mean, with
//   s = gamma / sqrt(variance + epsilon).
// The new weights and biases are nodes of the graph; foldConstants computes them.

import type { Graph, GraphContent, Node, Value } from './graph.js';
import { add } from './ops/add.js';
import { div } from './ops/div.js';
import { mul } from './ops/mul.js';
import { reshape } from './ops/reshape.js';
import { sqrt } from './ops/sqrt.js';
import { sub } from './ops/sub.js';
import { rewrite } from './rewrite.js';

/** Returns a copy in which each convolution without bias contains the sum or the normalisation that is its only reader. */
export function fuseConv(graph: GraphContent): Graph {
  const readers = new Map<string, number>();
  const read = [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ value }) => value)];
  for (const { name } of read) readers.set(name, (readers.get(name) ?? 0) + 1);
  const convolutions = new Map<string, { conv: Node; inputs: readonly Value[] }>();
  return rewrite(graph, {
    node: (copy, node, inputs) => {
      const [output] = node.outputs;
      if (node.type === 'Conv' && inputs.length === 2 && readers.get(output!.name) === 1) {
        convolutions.set(output!.name, { conv: node, inputs });
      }
      const found = convolutions.get(node.inputs[0]?.name ?? '');
      if (found === undefined) return undefined;
      const [x, w] = found.inputs as [Value, Value];
      if (node.type === 'Add') {
        const [, added] = inputs as [Value, Value];
        const [filters] = w.shape;
        if (added.shape.length !== 2 || added.shape[0] !== filters || added.shape[1] !== 1) return undefined;
        const bias = reshape(copy, added, [filters!]);
        return copy.emit('Conv', [x, w, bias], node.outputs, found.conv.attributes);
      }
      if (node.type !== 'BatchNormalization') return undefined;
      const [, gamma, beta, mean, variance] = inputs as [Value, Value, Value, Value, Value];
      const { epsilon } = node.attributes as { epsilon: { float: number } };
      const scale = div(copy, gamma, sqrt(copy, add(copy, variance, copy.constant(epsilon.float))));
      const perFilter = reshape(copy, scale, [w.shape[0]!, ...w.shape.slice(1).map(() => 1)]);
      const bias = sub(copy, beta, mul(copy, mean, scale));
      return copy.emit('Conv', [x, mul(copy, w, perFilter), bias], node.outputs, found.conv.attributes);
    },
  });
}
