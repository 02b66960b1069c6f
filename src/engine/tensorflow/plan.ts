// Which nodes of a program are run, and when. A training step is cut in two: what the loss needs is run under tfjs's
// tape, what the outputs need beyond that (Adam, running statistics) afterwards, from the gradients that tfjs derived.
// The nodes that made our own gradients are in neither part.

import { type DecodedGraph, type DecodedNode, decodeGraph } from '../../graph/decode.js';
import type { Program } from '../engine.js';
import { operators } from './operators.js';

export interface Plan extends DecodedGraph {
  /** Empty where nothing is derived. */
  readonly taped: readonly DecodedNode[];
  readonly rest: readonly DecodedNode[];
  /** Values of `taped` that `rest` or the outputs read. */
  readonly bridge: readonly string[];
  /** What a run leaves: outputs and the state's next values. */
  readonly results: readonly string[];
}

/** Throws where the program holds an operator that is not known, or is no graph. */
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

/** The nodes that `targets` need, in order; what is `given` needs none. */
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
