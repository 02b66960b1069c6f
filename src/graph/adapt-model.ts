// Adapts the bytes of an ONNX file of any program to an engine that takes and gives float32 tensors: converts other number
// formats by Cast nodes, frees dimensions that a file states as 0 or less, and removes ZipMap, which turns probabilities
// into a list of maps. The values that the model computes stay the same.

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { editMessage, type FieldEdit, joinPieces, messageField, type Pieces } from './edit-bytes.js';
import { fields, typeCodes } from './proto.js';

/** The operator `ZipMap` of scikit-learn exports, whose output is a list of maps from class labels to probabilities. */
export interface ZipMap {
  /** The tensor [N, classes] that it turns into maps. */
  readonly input: string;
  readonly output: string;
  /** Labels of the columns, as text. */
  readonly classes: readonly string[];
}

/** The port that the engine uses, and whether a Cast converts it. */
export interface AdaptedPort {
  readonly name: string;
  /** The number format of the file, if it is not float32. */
  readonly castCode?: number;
}

/** The codes of the number formats that Cast converts to and from float32 without a change of meaning. */
export const floatCodes: Readonly<Record<string, number>> = {
  ...{ float32: typeCodes.float32, float16: typeCodes.float16, float64: 11, bfloat16: 16 },
};

/** Returns the ZipMap nodes of a model. */
export function zipMapsOf(model: Uint8Array): ZipMap[] {
  const found: ZipMap[] = [];
  editGraph(model, {
    1: (bytes) => {
      const zipMap = readZipMap(bytes);
      if (zipMap !== undefined) found.push(zipMap);
      return undefined;
    },
  });
  return found;
}

/** Returns the model without a ZipMap: its output is the tensor that the ZipMap received. */
export function withoutZipMap(model: Uint8Array, { input, output, classes }: ZipMap): Uint8Array {
  return editGraph(model, {
    1: (bytes) => (readZipMap(bytes)?.output === output ? 'remove' : undefined),
    12: (bytes) => {
      const name = nameOf(bytes);
      if (name === input) return 'remove';
      return name === output ? [floatTensor(input, [undefined, classes.length])] : undefined;
    },
  });
}

/**
 * Returns a model whose dimensions of 0 or less are free, with Cast nodes after an input and before an output that are not
 * float32, and the names of both ports in it.
 */
export function withFloatPorts(model: Uint8Array, input: AdaptedPort, output: AdaptedPort) {
  const [before, after]: [Uint8Array[], Uint8Array[]] = [[], []];
  const adapted = (port: AdaptedPort): string => {
    if (port.castCode === undefined) return port.name;
    const name = `${port.name} as float32`;
    if (port === input) before.push(...castNode(name, port.name, port.castCode));
    else after.push(...castNode(port.name, name, typeCodes.float32));
    return name;
  };
  const [inputName, outputName] = [adapted(input), adapted(output)];
  const editPort =
    (port: AdaptedPort, name: string): FieldEdit =>
    (bytes) =>
      editValueInfo(bytes, nameOf(bytes) === port.name && port.castCode !== undefined ? name : undefined);
  const edits = { 11: editPort(input, inputName), 12: editPort(output, outputName) };
  return { bytes: editGraph(model, edits, { before, after }), inputName, outputName };
}

/** Returns the model with the inner float32 tensor `name` [N, width] as a further output. */
export function withInnerOutput(model: Uint8Array, name: string, width: number): Uint8Array {
  return editGraph(model, {}, { after: messageField(12, [floatTensor(name, [undefined, width])]) });
}

function editGraph(
  model: Uint8Array,
  edits: Readonly<Record<number, FieldEdit>>,
  ends: { before?: Pieces; after?: Pieces } = {},
): Uint8Array {
  const pieces = editMessage(model, { 7: (graph) => editMessage(graph, edits, ends) });
  return pieces === undefined ? model : joinPieces(pieces);
}

/** Frees the dimensions of a port, and makes it a float32 tensor of the name `renamed`, if one is given. */
function editValueInfo(bytes: Uint8Array, renamed: string | undefined): Pieces | undefined {
  const editDim: FieldEdit = (dim) => (isFreed(dim) ? [] : undefined);
  const editShape: FieldEdit = (shape) => editMessage(shape, { 1: editDim });
  const float = new BinaryWriter().tag(1, WireType.Varint).int32(typeCodes.float32).finish();
  const editTensor: FieldEdit = (tensor) =>
    renamed === undefined
      ? editMessage(tensor, { 2: editShape })
      : editMessage(tensor, { 1: 'remove', 2: editShape }, { before: [float] });
  return editMessage(bytes, {
    ...(renamed !== undefined && { 1: () => [Buffer.from(renamed)] }),
    2: (type) => editMessage(type, { 1: editTensor }),
  });
}

function isFreed(dim: Uint8Array): boolean {
  let isFree = false;
  fields(dim, {
    1: (reader) => {
      isFree = Number(reader.int64()) <= 0;
    },
  });
  return isFree;
}

function nameOf(valueInfo: Uint8Array): string {
  let name = '';
  fields(valueInfo, {
    1: (reader) => {
      name = reader.string();
    },
  });
  return name;
}

function readZipMap(node: Uint8Array): ZipMap | undefined {
  let [type, input, output] = ['', '', ''];
  const classes: string[] = [];
  fields(node, {
    1: (reader) => {
      const name = reader.string();
      input ||= name;
    },
    2: (reader) => {
      const name = reader.string();
      output ||= name;
    },
    4: (reader) => {
      type = reader.string();
    },
    5: (reader) => {
      const bytes = reader.bytes();
      fields(bytes, {
        8: (attribute, wireType) => {
          const packed = wireType === WireType.LengthDelimited ? attribute.bytes() : undefined;
          const wholes = packed === undefined ? attribute : new BinaryReader(packed);
          while (packed === undefined || wholes.pos < wholes.len) {
            classes.push(String(wholes.int64()));
            if (packed === undefined) return;
          }
        },
        9: (attribute) => classes.push(Buffer.from(attribute.bytes()).toString()),
      });
    },
  });
  return type === 'ZipMap' ? { input, output, classes } : undefined;
}

/** Returns a graph node field: a Cast from one tensor to another. */
function castNode(from: string, to: string, code: number): Pieces {
  const attribute = new BinaryWriter();
  attribute.tag(1, WireType.LengthDelimited).string('to');
  attribute.tag(3, WireType.Varint).int64(code).tag(20, WireType.Varint).int32(2);
  const node = new BinaryWriter();
  node.tag(1, WireType.LengthDelimited).string(from);
  node.tag(2, WireType.LengthDelimited).string(to);
  node.tag(3, WireType.LengthDelimited).string(`Cast of ${from}`);
  node.tag(4, WireType.LengthDelimited).string('Cast');
  node.tag(5, WireType.LengthDelimited).bytes(attribute.finish());
  return messageField(1, [node.finish()]);
}

/** Returns the ValueInfo of a float32 tensor; an undefined dimension is free. */
function floatTensor(name: string, shape: readonly (number | undefined)[]): Uint8Array {
  const dims = new BinaryWriter();
  for (const dim of shape) {
    const size = new BinaryWriter();
    if (dim !== undefined) size.tag(1, WireType.Varint).int64(dim);
    dims.tag(1, WireType.LengthDelimited).bytes(size.finish());
  }
  const tensor = new BinaryWriter().tag(1, WireType.Varint).int32(typeCodes.float32);
  tensor.tag(2, WireType.LengthDelimited).bytes(dims.finish());
  const type = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(tensor.finish());
  const info = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
  return info.tag(2, WireType.LengthDelimited).bytes(type.finish()).finish();
}
