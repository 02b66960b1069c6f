// Copies a graph with changes; folding, fusing and changes of precision use it. Only nodes that the outputs need are
// copied. The copy has no tape, so it cannot be trained. Not suitable for graphs with subgraphs in attributes (Scan),
// because values that a subgraph reads from outside are not found.

import { Graph, type GraphContent, type Initializer, type Node, type Value } from './graph.js';

/** The changes of the copy. Parts without a rule, or for which a rule returns undefined, are copied unchanged. */
export interface Rules {
  input?(copy: Graph, input: Value): Value | undefined;
  initializer?(copy: Graph, initializer: Initializer): Value | undefined;
  /** `inputs` are the inputs of the node in the copy; the result replaces its outputs, index by index. */
  node?(copy: Graph, node: Node, inputs: readonly Value[]): readonly Value[] | undefined;
  output?(copy: Graph, value: Value): Value | undefined;
}

/** Returns a copy of `parts`, changed by `rules`. */
export function rewrite(parts: GraphContent, rules: Rules): Graph {
  const copy = new Graph(parts.name);
  const copies = new Map<string, Value>();
  // An omitted optional input has no name, no maker and no copy.
  const copyOf = (value: Value) => copies.get(value.name) ?? value;
  const { nodes, initializers } = needed(parts);
  for (const input of parts.inputs) {
    const made = rules.input?.(copy, input);
    copies.set(input.name, made ?? copy.input(input.name, input.dtype, input.shape));
  }
  for (const initializer of initializers) {
    const { name, data, shape, dtype } = initializer;
    const made = rules.initializer?.(copy, initializer);
    copies.set(name, made ?? copy.initializer(name, data, shape as readonly number[], dtype));
  }
  for (const node of nodes) {
    const inputs = node.inputs.map(copyOf);
    const made = rules.node?.(copy, node, inputs);
    const outputs = made ?? copy.emit(node.type, inputs, node.outputs, node.attributes);
    for (const [at, { name }] of node.outputs.entries()) copies.set(name, outputs[at]!);
  }
  for (const { name, value } of parts.outputs) {
    const made = copyOf(value);
    copy.output(name, rules.output?.(copy, made) ?? made);
  }
  return copy;
}

/** Returns the nodes and initializers that the outputs need, in the order of the graph. */
export function needed(parts: GraphContent): { nodes: Node[]; initializers: Initializer[] } {
  const names = new Set(parts.outputs.map(({ value }) => value.name));
  const nodes = parts.nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some(({ name }) => names.has(name));
    if (isNeeded) for (const { name } of node.inputs) names.add(name);
    return isNeeded;
  });
  const initializers = parts.initializers.filter(({ name }) => names.has(name));
  return { nodes: nodes.reverse(), initializers };
}
