// Decides which nodes of a program run, and in which order. A training step has two parts. The nodes that the loss needs
// run under tfjs's tape. The other nodes that the outputs need (Adam, running statistics) run afterwards, with the
// gradients of tfjs. The nodes that compute gradients in the program itself do not run.

import { type DecodedGraph, type DecodedNode, decodeGraph } from '../../graph/decode.js';
import type { Program } from '../engine.js';
import { operators } from './operators.js';

/** The nodes of a program in order of execution. */
export interface Plan extends DecodedGraph {
  /** Nodes that run under the tape; empty for a program without derivative. */
  readonly taped: readonly DecodedNode[];
  /** Nodes that run afterwards. */
  readonly rest: readonly DecodedNode[];
  /** Values of `taped` that `rest` or the outputs read. */
  readonly bridge: readonly string[];
  /** Results of a run: outputs and the next values of the state. */
  readonly results: readonly string[];
}

/**
 * Plans a program.
 *
 * @throws PqrstError ERR_GRAPH: when its bytes are not a graph.
 * @throws Error: when it contains an operator that the engine does not know.
 */
export function planOf(program: Program): Plan {
  const graph = decodeGraph(program.bytes);
  const results = [
    ...program.outputs.map(({ name }) => name),
    ...program.state.flatMap(({ next }) => next ?? []),
  ];
  const { derivative } = program;
  const taped = derivative === undefined ? [] : leadingTo([derivative.loss], graph.nodes, new Set());
  const made = new Set(taped.flatMap(({ outputs }) => outputs));
  const given = new Set([...made, ...(derivative?.gradients ?? [])]);
  const rest = leadingTo(results, graph.nodes, given);
  const read = new Set([...rest.flatMap(({ inputs }) => inputs), ...results]);
  expectKnown([...taped, ...rest]);
  return { ...graph, taped, rest, bridge: [...read].filter((name) => made.has(name)), results };
}

/** Returns the nodes that `targets` need, in order. Values in `given` need no nodes. */
function leadingTo(
  targets: readonly string[],
  nodes: readonly DecodedNode[],
  given: ReadonlySet<string>,
): DecodedNode[] {
  const needed = new Set(targets.filter((name) => !given.has(name)));
  const found = nodes.toReversed().filter(({ inputs, outputs }) => {
    const isNeeded = outputs.some((name) => needed.has(name));
    if (isNeeded) for (const name of inputs) if (!given.has(name)) needed.add(name);
    return isNeeded;
  });
  return found.reverse();
}

function expectKnown(nodes: readonly DecodedNode[]): void {
  const unknown = new Set(nodes.map(({ type }) => type).filter((type) => !Object.hasOwn(operators, type)));
  if (unknown.size > 0) {
    throw new Error(
      `the tensorflow engine does not know the operator ${[...unknown].join(', ')}; run this program on onnxruntime`,
    );
  }
}
