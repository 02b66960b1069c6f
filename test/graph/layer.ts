// Layers of a network as operators, for the tables of operators.

import type { Graph, Value } from '#lib/graph/graph.js';
import { Net } from '#lib/nn/net.js';

/** Returns a layer as an operator: its inputs after `x` are its weights, in the order in which it creates them. */
export function ofNet(layer: (net: Net, x: Value) => Value) {
  return (graph: Graph, x: Value, ...weights: Value[]): Value => {
    const left = [...weights];
    return layer(new Net(graph, 'training', () => left.shift()!), x);
  };
}
