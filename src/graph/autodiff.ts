// Reverse-mode differentiation: walks the tape backwards, and each entry appends the nodes of its gradient. Supports first
// derivatives only. Nodes that no output needs are removed when the graph is serialised.

import type { Graph, Value } from './graph.js';
import { graphError } from './graph.js';
import { add } from './ops/add.js';

/**
 * Returns the gradients of the scalar `loss` with respect to `wanted`, in that order. Each gradient has the shape of its
 * value.
 *
 * @throws PqrstError ERR_GRAPH: when `loss` is not a scalar or does not depend on one of the values.
 */
export function gradients(graph: Graph, loss: Value, wanted: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) {
    throw graphError(`only a scalar can be differentiated, ${loss.name} is [${loss.shape.join(', ')}]`);
  }
  return graph.unrecorded(() => {
    const entries = reaching(graph, wanted);
    const flowing = new Map<Value, Value>([[loss, graph.constant(1)]]);
    for (const entry of entries.reverse()) {
      const dOutputs = entry.outputs.map((output) => flowing.get(output));
      if (dOutputs.every((gradient) => gradient === undefined)) continue;
      for (const output of entry.outputs) flowing.delete(output);
      entry.gradient(...dOutputs).forEach((gradient, index) => {
        const input = entry.inputs[index];
        if (gradient === undefined || input === undefined) return;
        const earlier = flowing.get(input);
        flowing.set(input, earlier === undefined ? gradient : add(graph, earlier, gradient));
      });
    }
    return wanted.map((value) => {
      const gradient = flowing.get(value);
      if (gradient === undefined) throw graphError(`${loss.name} does not depend on ${value.name}`);
      return gradient;
    });
  });
}

/** Returns the entries of the tape that depend on a wanted value, in the order in which they were recorded. */
function reaching(graph: Graph, wanted: readonly Value[]) {
  const live = new Set<Value>(wanted);
  return graph.tape.filter(({ inputs, outputs }) => {
    const isLive = inputs.some((input) => live.has(input));
    if (isLive) for (const output of outputs) live.add(output);
    return isLive;
  });
}
