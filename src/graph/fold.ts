// Constant folding: what depends on initializers alone is computed once and becomes an initializer, so that a file
// holds S4's kernel and not the formula of its kernel. It computes nothing itself; the caller lends an engine.

import {
  type Graph,
  type GraphContent,
  graphError,
  type Initializer,
  type Node,
  type TypedData,
} from './graph.js';
import { rewrite } from './rewrite.js';

/** Runs a graph that has no inputs: the values of its outputs by name. */
export type Compute = (constants: Graph) => Promise<Readonly<Record<string, TypedData>>>;

/** `graph` without the nodes whose inputs are all constant. Rejects as `compute` does. */
export async function foldConstants(graph: GraphContent, compute: Compute): Promise<Graph> {
  const constant = new Set(graph.initializers.map(({ name }) => name));
  // An optional input that is left out has no name.
  const isConstant = ({ inputs }: Node) =>
    inputs.length > 0 && inputs.every(({ name }) => name === '' || constant.has(name));
  const [folded, kept] = [[], []] as [Node[], Node[]];
  for (const node of graph.nodes) {
    if (isConstant(node)) for (const { name } of node.outputs) constant.add(name);
    (isConstant(node) ? folded : kept).push(node);
  }
  const read = new Set(
    [...kept.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ value }) => value)].map(
      ({ name }) => name,
    ),
  );
  const frontier = folded.flatMap(({ outputs }) => outputs.filter(({ name }) => read.has(name)));
  if (frontier.length === 0) return rewrite(graph, {});
  const outputs = frontier.map((value, at) => ({ name: `folded.${at}`, value }));
  const values = await compute(
    rewrite({ ...graph, name: 'constants', inputs: [], nodes: folded, outputs }, {}),
  );
  const made = outputs.map(({ name, value }): Initializer => {
    const data = values[name];
    if (data === undefined) throw graphError(`the constant part of ${graph.name} gave no ${value.name}`);
    return { ...value, data };
  });
  return rewrite({ ...graph, initializers: [...graph.initializers, ...made], nodes: kept }, {});
}
