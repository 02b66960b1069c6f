// Finds the last dense layer of a classifier that `encodeModel` wrote, and makes the tensor before it an output, so that a
// run returns the features of the network beside its answer.

import { decodeGraph } from './decode.js';

/** The input of the last dense layer of a network. */
export interface LastLayer {
  /** Name of the tensor. */
  readonly input: string;
  /** Number of features per record. */
  readonly width: number;
}

/** Nodes between the last dense layer and an output, which change no number or only its scale. */
const passed: ReadonlySet<string> = new Set(['Reshape', 'Add', 'Squeeze', 'Identity', 'Sigmoid', 'Softmax']);

/**
 * Returns the last dense layer before an output; undefined if the output does not end in one with float32 weights, or if
 * its input is the input of the model.
 *
 * @param model - the bytes of a model.
 * @param output - name of an output of the model.
 * @throws PqrstError ERR_GRAPH: when `model` is not a graph that `encodeModel` wrote.
 */
export function lastLayer(model: Uint8Array, output: string): LastLayer | undefined {
  const { nodes, constants } = decodeGraph(model);
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let node = makers.get(output);
  while (node !== undefined && passed.has(node.type)) node = makers.get(node.inputs[0]!);
  if (node?.type !== 'Gemm' && node?.type !== 'MatMul') return undefined;
  const [input, weights] = node.inputs as [string, string];
  const matrix = constants.get(weights);
  if (matrix?.dtype !== 'float32' || matrix.shape.length !== 2 || !makers.has(input)) return undefined;
  return { input, width: matrix.shape[node.attributes.transB === 1 ? 1 : 0]! };
}
