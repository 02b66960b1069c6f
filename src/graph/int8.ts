// Converts the large weights of a graph to bytes. Matrix products are quantised dynamically: activations are rounded to
// eight bits by their range in the current batch, multiplied as integers and scaled back. Other weights (convolutions,
// LSTM, GRU) are stored as bytes with a scale, and the runtime converts them to floats while loading the file, because
// integer convolutions took three times as long as float ones (measured, docs/engines.md).
// Biases, normalisations and small weights remain float32. The range of activations is that of a whole tensor, so an
// output depends slightly on the other records in the batch.

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
 * Weights with at most this many values are not converted, for example those of the head. They take little space, but
 * converting them makes the error of the outputs 1.3 to 4 times larger (measured).
 */
const smallWeight = 2048;
/** Code of float32 in onnx.TensorProto.DataType. */
const float32Code = 1;

/** Returns a copy with weights of eight bits. */
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
 * The channel axis of the stored weights of a node: filters of Conv [Co, Ci, K], gates of LSTM and GRU [D, G, I], and the
 * matrices of a product with one matrix per channel.
 */
const channelAxis: Readonly<Record<string, number>> = { Conv: 0, LSTM: 1, GRU: 1, MatMul: 0 };

/**
 * Computes x w + bias with integers. The weights are unsigned bytes around 128, because the product of an unsigned and a
 * signed byte saturates on x86 processors without VNNI (measured: a third of the range is lost).
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

/** Stores a weight as bytes and appends the nodes that convert it back to floats. */
function stored(copy: Graph, weight: Initializer, axis: number): Value {
  const { bytes, scale } = quantize(weight, axis);
  const shape = weight.shape as readonly number[];
  const data = constant(copy, `${weight.name}.bytes`, () => ({ data: bytes, shape }));
  const perChannel = shape.map((dim, at) => (at === axis ? dim : 1));
  const scales = constant(copy, `${weight.name}.scale`, () => ({ data: scale, shape: perChannel }));
  return mul(copy, copy.emitOne('Cast', [data], { dtype: 'float32', shape }, { to: float32Code }), scales);
}

/** Returns the initializer `name`, created once even if several nodes read it. */
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

/** Quantises w = scale * byte, with one scale per channel along `axis`. A channel of zeros has scale 1. */
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

/** Transposes [rows, columns] to [columns, rows]. */
function turned(matrix: Int8Array, rows: number, columns: number): Int8Array {
  return matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]!);
}
