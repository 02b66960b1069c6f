// Constant folding: values that depend only on initializers are computed once and become initializers. For example, a file
// then contains the kernel of S4 and not its formula. The caller supplies an engine for the computation.

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

/** Runs a graph without inputs and returns the values of its outputs by name. */
export type Compute = (constants: Graph) => Promise<Readonly<Record<string, TypedData>>>;

/**
 * Operators that rearrange or repeat values. If they end a constant part and make its result several times larger (the
 * Toeplitz matrix of a kernel), they are not folded: the file stays small, and a runtime runs them once while loading it.
 */
const layouts = new Set(['Pad', 'Reshape', 'Slice', 'Transpose', 'Concat', 'Expand', 'Tile', 'MatMul']);
const severalTimes = 4;

/**
 * Returns `graph` without the nodes whose inputs are all constant.
 *
 * @throws The error of `compute`: when it fails.
 */
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

/** Returns the nodes that do not depend on an input, in the order of the graph. */
function constantNodes({ nodes, initializers }: GraphContent): Set<Node> {
  // An omitted optional input has an empty name.
  const names = new Set(['', ...initializers.map(({ name }) => name)]);
  const found = new Set<Node>();
  for (const node of nodes) {
    if (node.inputs.length === 0 || !node.inputs.every(({ name }) => names.has(name))) continue;
    found.add(node);
    for (const { name } of node.outputs) names.add(name);
  }
  return found;
}

/** Returns the nodes that rearrange `value`, back to its smallest form. Returns no node if that saves little. */
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
