// Constant folding: what depends on initializers alone is computed once and becomes an initializer, so that a file
// holds S4's kernel and not the formula of its kernel. It computes nothing itself; the caller lends an engine.

import {
  type Graph,
  type GraphContent,
  graphError,
  type Initializer,
  type Node,
  sizeOf,
  type TypedData,
  type Value,
} from './graph.js';
import { rewrite } from './rewrite.js';

/** Runs a graph that has no inputs: the values of its outputs by name. */
export type Compute = (constants: Graph) => Promise<Readonly<Record<string, TypedData>>>;

/**
 * What lays values out anew. At the end of a constant part it stays where it makes them several times as many (a
 * kernel's Toeplitz matrix): the file stays small, and a runtime does it once, as it loads the file.
 */
const layouts = new Set(['Pad', 'Reshape', 'Slice', 'Transpose', 'Concat', 'Expand', 'Tile', 'MatMul']);
const severalTimes = 4;

/** `graph` without the nodes whose inputs are all constant. Rejects as `compute` does. */
export async function foldConstants(graph: GraphContent, compute: Compute): Promise<Graph> {
  const constant = constantNodes(graph);
  const makers = new Map(
    [...constant].flatMap((node) => node.outputs.map(({ name }): [string, Node] => [name, node])),
  );
  const readBy = (isReader: (node: Node) => boolean) => {
    const read = [
      ...graph.nodes.filter(isReader).flatMap(({ inputs }) => inputs),
      ...graph.outputs.map(({ value }) => value),
    ];
    return [
      ...new Map(read.filter(({ name }) => makers.has(name)).map((value) => [value.name, value])).values(),
    ];
  };
  const laidOut = new Set(readBy((node) => !constant.has(node)).flatMap((value) => layoutOf(value, makers)));
  const isFolded = (node: Node) => constant.has(node) && !laidOut.has(node);
  const frontier = readBy((node) => !isFolded(node)).filter(({ name }) => isFolded(makers.get(name)!));
  const outputs = frontier.map((value, at) => ({ name: `folded.${at}`, value }));
  const constants = rewrite({ ...graph, name: 'constants', inputs: [], nodes: [...constant], outputs }, {});
  const values = outputs.length === 0 ? {} : await compute(constants);
  const made = outputs.map(({ name, value }): Initializer => {
    const data = values[name];
    if (data === undefined) throw graphError(`the constant part of ${graph.name} gave no ${value.name}`);
    return { ...value, data };
  });
  const nodes = graph.nodes.filter((node) => !isFolded(node));
  return rewrite({ ...graph, initializers: [...graph.initializers, ...made], nodes }, {});
}

/** The nodes that depend on no input, in the graph's order. */
function constantNodes({ nodes, initializers }: GraphContent): Set<Node> {
  // An optional input that is left out has no name.
  const names = new Set(['', ...initializers.map(({ name }) => name)]);
  const found = new Set<Node>();
  for (const node of nodes) {
    if (node.inputs.length === 0 || !node.inputs.every(({ name }) => names.has(name))) continue;
    found.add(node);
    for (const { name } of node.outputs) names.add(name);
  }
  return found;
}

/** The nodes that lay `value` out, back to where it is smallest; none where that saves little. */
function layoutOf(value: Value, makers: ReadonlyMap<string, Node>): Node[] {
  const passed: Node[] = [];
  let [least, length] = [sizeOf(value.shape) / severalTimes, 0];
  let maker = makers.get(value.name);
  while (maker !== undefined && layouts.has(maker.type)) {
    const sources: Value[] = maker.inputs.filter(({ name }) => makers.has(name));
    const [source] = sources.length === 0 ? maker.inputs : sources;
    if (sources.length > 1 || source === undefined) break;
    passed.push(maker);
    if (sizeOf(source.shape) <= least) [least, length] = [sizeOf(source.shape), passed.length];
    maker = makers.get(source.name);
  }
  return passed.slice(0, length);
}
