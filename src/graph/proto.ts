// Encodes a Graph as an ONNX model, and reads the fields of a message. header.ts reads the header of a file.
// Field numbers are those of onnx.proto (IR version 8, opset 18).

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Attribute, DType, GraphContent, Initializer, Node, Value } from './graph.js';

/** Version of the ONNX operator set in encoded models. */
export const opsetVersion = 18;
const irVersion = 8;

/** The code of each element type in onnx.TensorProto.DataType. */
export const typeCodes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** Encodes a model. Nodes and constants that no output needs are omitted. */
export function encodeModel(
  graph: GraphContent,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(irVersion);
  text(writer, 2, 'pqrst');
  message(writer, 7, (body) => writeGraph(body, graph));
  message(writer, 8, (opset) => opset.tag(2, WireType.Varint).int64(opsetVersion));
  for (const [key, value] of Object.entries(metadata)) {
    message(writer, 14, (entry) => {
      text(entry, 1, key);
      text(entry, 2, value);
    });
  }
  return writer.finish();
}

/** Returns the name of a value in the encoded graph: a value that is an output has the name of the output there. */
export function encodedName(graph: GraphContent, { name }: Value): string {
  return nameOutputs(graph).rename.get(name) ?? name;
}

function writeGraph(writer: BinaryWriter, graph: GraphContent): void {
  const needed = new Set(graph.outputs.map((output) => output.value.name));
  const nodes = graph.nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some((output) => needed.has(output.name));
    if (isNeeded) for (const input of node.inputs) needed.add(input.name);
    return isNeeded;
  });
  const { rename, copies } = nameOutputs(graph);
  for (const node of [...nodes.reverse(), ...copies])
    message(writer, 1, (body) => writeNode(body, node, rename));
  text(writer, 2, graph.name);
  for (const initializer of graph.initializers) {
    if (needed.has(initializer.name)) message(writer, 5, (body) => writeTensor(body, initializer));
  }
  for (const input of graph.inputs) message(writer, 11, (body) => writeValueInfo(body, input));
  for (const { name, value } of graph.outputs) {
    message(writer, 12, (body) => writeValueInfo(body, { ...value, name }));
  }
}

/** Renames values to their output names, so that the runtime writes them in place. Identity copies a second name. */
function nameOutputs(graph: GraphContent): { rename: Map<string, string>; copies: Node[] } {
  const taken = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  const rename = new Map<string, string>();
  const copies: Node[] = [];
  for (const { name, value } of graph.outputs) {
    if (taken.has(value.name)) {
      copies.push({ type: 'Identity', inputs: [value], outputs: [{ ...value, name }], attributes: {} });
    } else {
      taken.add(value.name);
      rename.set(value.name, name);
    }
  }
  return { rename, copies };
}

function writeNode(writer: BinaryWriter, node: Node, rename: ReadonlyMap<string, string>): void {
  const nameOf = (value: Value) => rename.get(value.name) ?? value.name;
  for (const input of node.inputs) text(writer, 1, nameOf(input));
  for (const output of node.outputs) text(writer, 2, nameOf(output));
  text(writer, 3, node.outputs[0]?.name ?? node.type);
  text(writer, 4, node.type);
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, 5, (body) => writeAttribute(body, name, value));
  }
}

function writeAttribute(writer: BinaryWriter, name: string, value: Attribute): void {
  text(writer, 1, name);
  const kind = (code: number) => writer.tag(20, WireType.Varint).int32(code);
  if (typeof value === 'number') {
    writer.tag(3, WireType.Varint).int64(value);
    kind(2);
  } else if (typeof value === 'string') {
    text(writer, 4, value);
    kind(3);
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    kind(1);
  } else if ('graph' in value) {
    message(writer, 6, (body) => writeGraph(body, value.graph));
    kind(5);
  } else {
    for (const whole of value) writer.tag(8, WireType.Varint).int64(whole);
    kind(7);
  }
}

function writeTensor(writer: BinaryWriter, { name, dtype, shape, data }: Initializer): void {
  for (const dim of shape) writer.tag(1, WireType.Varint).int64(dim);
  writer.tag(2, WireType.Varint).int32(typeCodes[dtype]);
  text(writer, 8, name);
  writer
    .tag(9, WireType.LengthDelimited)
    .bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo(writer: BinaryWriter, { name, dtype, shape }: Value): void {
  text(writer, 1, name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      tensor.tag(1, WireType.Varint).int32(typeCodes[dtype]);
      message(tensor, 2, (dims) => {
        for (const dim of shape) {
          message(dims, 1, (body) => {
            if (typeof dim === 'number') body.tag(1, WireType.Varint).int64(dim);
            else text(body, 2, dim);
          });
        }
      });
    }),
  );
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function message(writer: BinaryWriter, field: number, body: (inner: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  body(writer);
  writer.join();
}

/** Reads a message and skips fields without a handler. Throws if the bytes end inside a field. */
export function fields(
  bytes: Uint8Array,
  handlers: Readonly<Record<number, (reader: BinaryReader, wireType: WireType) => void>>,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const handler = handlers[field];
    if (handler === undefined) reader.skip(wireType, field);
    else handler(reader, wireType);
  }
  if (reader.pos > reader.len) throw new RangeError('a field runs past the end');
}
