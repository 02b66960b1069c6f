// A graph whose large weights are bytes. Matrix products are quantised dynamically: the activations are rounded to
// eight bits by their range in the batch at hand, multiplied as integers and scaled back. Other weights (convolutions,
// LSTM, GRU) are stored as bytes, times a scale: the runtime computes their floats as it loads the file.
// Biases, normalisations and small weights stay float32. The range is that of a whole tensor, so an answer depends a
// little on what else stands in the batch. By measurement (docs/engines.md): integer convolutions took three times as
// long as those of floats.

import {
  fixed,
  type Graph,
  type GraphContent,
  type Initializer,
  type Node,
  sizeOf,
  type Value,
} from './graph.js';
import { add } from './ops/add.js';
import { mul } from './ops/mul.js';
import { rewrite } from './rewrite.js';

/**
 * A weight of up to so many values stays as it is, that of the head among them: its bytes hardly count, its precision
 * does (measured: answers 1.3 to 4 times as far off with it).
 */
const smallWeight = 2048;
/** onnx.TensorProto.DataType */
const float32Code = 1;

/** A copy with weights of eight bits. */
export function toInt8(graph: GraphContent): Graph {
  const weights = new Map(
    graph.initializers
      .filter(({ dtype, data }) => dtype === 'float32' && data.length > smallWeight)
      .map((initializer) => [initializer.name, initializer]),
  );
  return rewrite(graph, {
    node: (copy, node, inputs) => {
      const weightAt = (at: number) => weights.get(node.inputs[at]?.name ?? '');
      const matrix = node.type === 'MatMul' || node.type === 'Gemm' ? weightAt(1) : undefined;
      if (matrix?.shape.length === 2 && node.attributes.transA !== 1) {
        return [product(copy, node, inputs, matrix)];
      }
      const axis = channelAxis[node.type];
      if (axis === undefined) return undefined;
      const restored = inputs.map((input, at) => {
        const weight = weightAt(at);
        // The biases of LSTM and GRU have two dimensions.
        return weight?.shape.length === 3 ? stored(copy, weight, axis) : input;
      });
      return copy.emit(node.type, restored, node.outputs, node.attributes);
    },
  });
}

/**
 * Where the channels of a node's stored weights lie: filters of Conv [Co, Ci, K], gates of LSTM and GRU [D, G, I], and
 * the matrices of a product with one for each channel.
 */
const channelAxis: Readonly<Record<string, number>> = { Conv: 0, LSTM: 1, GRU: 1, MatMul: 0 };

/**
 * x w + bias by integers. The weights are unsigned bytes around 128: the product of an unsigned and a signed byte
 * saturates on x86 processors without VNNI (measured: a third of the range lost).
 */
function product(
  copy: Graph,
  { type, attributes, outputs }: Node,
  inputs: readonly Value[],
  weight: Initializer,
): Value {
  const [x, , bias] = inputs as [Value, Value, Value | undefined];
  const isTurned = type === 'Gemm' && attributes.transB === 1;
  const [rows, columns] = weight.shape.map(fixed) as [number, number];
  const { bytes, scale } = quantize(weight, isTurned ? 0 : 1);
  const matrix = constant(copy, `${weight.name}.${isTurned ? 'turned' : 'bytes'}`, () => ({
    data: Uint8Array.from(isTurned ? turned(bytes, rows, columns) : bytes, (byte) => byte + 128),
    shape: isTurned ? [columns, rows] : [rows, columns],
  }));
  const middle = constant(copy, 'bytes.middle', () => ({ data: Uint8Array.of(128), shape: [] }));
  const [small, step, offset] = copy.emit(
    'DynamicQuantizeLinear',
    [x],
    [
      { dtype: 'uint8', shape: x.shape },
      { dtype: 'float32', shape: [] },
      { dtype: 'uint8', shape: [] },
    ],
  ) as [Value, Value, Value];
  const { shape } = outputs[0]!;
  const whole = copy.emitOne('MatMulInteger', [small, matrix, offset, middle], { dtype: 'int32', shape });
  const real = copy.emitOne('Cast', [whole], { dtype: 'float32', shape }, { to: float32Code });
  const scales = constant(copy, `${weight.name}.scale`, () => ({ data: scale, shape: [scale.length] }));
  const y = mul(copy, real, mul(copy, step, scales));
  return bias === undefined ? y : add(copy, y, bias);
}

/** The weight as bytes, and the nodes that give its floats back. */
function stored(copy: Graph, weight: Initializer, axis: number): Value {
  const { bytes, scale } = quantize(weight, axis);
  const shape = weight.shape as readonly number[];
  const data = constant(copy, `${weight.name}.bytes`, () => ({ data: bytes, shape }));
  const perChannel = shape.map((dim, at) => (at === axis ? dim : 1));
  const scales = constant(copy, `${weight.name}.scale`, () => ({ data: scale, shape: perChannel }));
  return mul(copy, copy.emitOne('Cast', [data], { dtype: 'float32', shape }, { to: float32Code }), scales);
}

/** The initializer of that name; a weight that several nodes read is made once. */
function constant(
  copy: Graph,
  name: string,
  make: () => { data: Uint8Array | Int8Array | Float32Array; shape: readonly number[] },
): Value {
  const known = copy.initializers.find((initializer) => initializer.name === name);
  if (known !== undefined) return known;
  const { data, shape } = make();
  return copy.initializer(name, data, shape, data instanceof Uint8Array ? 'uint8' : undefined);
}

/** w = scale * byte, the scale by channel along `axis`; a channel of zeros has scale 1. */
function quantize({ shape, data }: Initializer, axis: number): { bytes: Int8Array; scale: Float32Array } {
  const values = data as Float32Array;
  const channels = fixed(shape[axis]);
  const inner = sizeOf(shape.slice(axis + 1));
  const channelOf = (at: number) => Math.floor(at / inner) % channels;
  const scale = new Float32Array(channels);
  for (const [at, value] of values.entries()) {
    const channel = channelOf(at);
    scale[channel] = Math.max(scale[channel]!, Math.abs(value));
  }
  for (const [channel, largest] of scale.entries()) scale[channel] = largest === 0 ? 1 : largest / 127;
  const bytes = Int8Array.from(values, (value, at) => Math.round(value / scale[channelOf(at)]!));
  return { bytes, scale };
}

/** [rows, columns] -> [columns, rows]. */
function turned(matrix: Int8Array, rows: number, columns: number): Int8Array {
  return matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]!);
}
