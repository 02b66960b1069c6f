// Builds a graph that runs another graph several times, so that several training steps run without leaving the runtime.
// Uses ONNX Scan (opset 16): some values are carried from step to step; other inputs and outputs are stacked along a new
// leading axis. Has no gradient, because the body already contains its gradients.

import { Graph, type GraphContent, type GraphOutput, graphError, type Shape, type Value } from './graph.js';

/** A value that the body reads as input `name` and passes to the next step as its output `next`. */
export interface Carried {
  readonly name: string;
  readonly next: string;
}

/**
 * Returns a graph that runs `body` once per row of its inputs that are not carried. These inputs, and the outputs that are
 * not carried, have a new leading axis 'K', which is free. Carried inputs take the value before the first step; carried
 * outputs have the value after the last step.
 */
export function scan(body: GraphContent, carried: readonly Carried[]): Graph {
  const find = <T extends { name: string }>(list: readonly T[], name: string): T => {
    const found = list.find((one) => one.name === name);
    if (found === undefined)
      throw graphError(`scan carries "${name}", which graph ${body.name} does not have`);
    return found;
  };
  const rest = <T extends { name: string }>(list: readonly T[], names: readonly string[]) =>
    list.filter(({ name }) => !names.includes(name));
  const names = { first: carried.map(({ name }) => name), next: carried.map(({ next }) => next) };
  const [before, fed] = [names.first.map((name) => find(body.inputs, name)), rest(body.inputs, names.first)];
  const [after, collected] = [
    names.next.map((name) => find(body.outputs, name)),
    rest(body.outputs, names.next),
  ];

  const outer = new Graph(`${body.name} steps`);
  const stacked = (shape: Shape): Shape => ['K', ...shape];
  const inputs = [
    ...before.map(({ name, dtype, shape }) => outer.input(name, dtype, shape)),
    ...fed.map(({ name, dtype, shape }) => outer.input(name, dtype, stacked(shape))),
  ];
  const result = ({ name, value }: GraphOutput, shapeOf: (shape: Shape) => Shape) => {
    const output: Value = { name: `${name} of scan`, dtype: value.dtype, shape: shapeOf(value.shape) };
    outer.output(name, output);
    return output;
  };
  const outputs = [
    ...after.map((output) => result(output, (shape) => shape)),
    ...collected.map((output) => result(output, stacked)),
  ];
  const graph = { ...contentOf(body), inputs: [...before, ...fed], outputs: [...after, ...collected] };
  outer.nodes.push({
    type: 'Scan',
    inputs,
    outputs,
    attributes: { body: { graph }, num_scan_inputs: fed.length },
  });
  return outer;
}

function contentOf({ name, nodes, initializers }: GraphContent) {
  return { name, nodes, initializers };
}
