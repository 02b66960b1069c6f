// Converts a graph to half precision: weights and intermediate values become float16, inputs and outputs remain float32.
// The file has half the size. Values have three decimal digits and are at most 65504.

import { floatToHalf } from '../base/half.js';
import { type Graph, type GraphContent, graphError, type Initializer, type Value } from './graph.js';
import { rewrite } from './rewrite.js';

/** Codes of onnx.TensorProto.DataType. */
const [float32Code, float16Code] = [1, 10];

/**
 * Returns a copy in float16.
 *
 * @throws PqrstError ERR_GRAPH: when a weight is too large for a half.
 */
export function toFloat16(graph: GraphContent): Graph {
  const halved = <V extends Value>(value: V): V =>
    value.dtype === 'float32' ? { ...value, dtype: 'float16' } : value;
  const cast = (copy: Graph, value: Value, dtype: 'float32' | 'float16') =>
    copy.emitOne(
      'Cast',
      [value],
      { ...value, dtype },
      { to: dtype === 'float32' ? float32Code : float16Code },
    );
  return rewrite(graph, {
    input: (copy, { name, dtype, shape }) => {
      const input = copy.input(name, dtype, shape);
      return dtype === 'float32' ? cast(copy, input, 'float16') : input;
    },
    initializer: (copy, initializer) => {
      if (!(initializer.data instanceof Float32Array)) return undefined;
      return copy.initializer(
        initializer.name,
        halvesOf(initializer, initializer.data),
        initializer.shape as number[],
      );
    },
    node: (copy, { type, outputs, attributes }, inputs) => {
      const isToFloat = type === 'Cast' && attributes.to === float32Code;
      return copy.emit(type, inputs, outputs.map(halved), isToFloat ? { to: float16Code } : attributes);
    },
    output: (copy, value) => (value.dtype === 'float16' ? cast(copy, value, 'float32') : value),
  });
}

function halvesOf({ name }: Initializer, values: Float32Array): Uint16Array {
  const halves = floatToHalf(values);
  const at = halves.findIndex((half, n) => (half & 0x7fff) === 0x7c00 && Number.isFinite(values[n]));
  if (at < 0) return halves;
  throw graphError(
    `${name} holds ${values[at]}, and float16 ends at 65504; export this model as float32 or int8`,
  );
}
