// Decodes the bytes that `encodeModel` of proto.ts wrote to nodes and constants, for an engine that interprets them. Not a
// general reader of ONNX: it ignores fields that `encodeModel` never writes (packed attributes, typed data fields).

import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { excerpt } from '../base/text.js';
import { type Attribute, type DType, graphError, type TypedData } from './graph.js';
import { fields, typeCodes } from './proto.js';

/** A node with the names of its inputs and outputs. An omitted optional input has the name ''. */
export interface DecodedNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A constant of a graph. */
export interface Constant {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedData;
}

/** The nodes and constants of a graph. */
export interface DecodedGraph {
  /** In a valid order of execution. */
  readonly nodes: readonly DecodedNode[];
  readonly constants: ReadonlyMap<string, Constant>;
}

/**
 * Decodes a graph.
 *
 * @throws PqrstError ERR_GRAPH: when `bytes` are not a model that `encodeModel` wrote.
 */
export function decodeGraph(bytes: Uint8Array): DecodedGraph {
  const nodes: DecodedNode[] = [];
  const constants = new Map<string, Constant>();
  try {
    fields(bytes, {
      7: (model) =>
        fields(model.bytes(), {
          1: (graph) => nodes.push(readNode(graph.bytes())),
          5: (graph) => constants.set(...readConstant(graph.bytes())),
        }),
    });
  } catch (cause) {
    throw graphError(
      `the program is not a complete ONNX graph (${excerpt((cause as Error).message)}); build it again`,
    );
  }
  if (nodes.length === 0) throw graphError('the program holds no ONNX graph with nodes; build it again');
  return { nodes, constants };
}

function readNode(bytes: Uint8Array): DecodedNode {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes: [string, Attribute][] = [];
  let type = '';
  fields(bytes, {
    1: (node) => inputs.push(node.string()),
    2: (node) => outputs.push(node.string()),
    4: (node) => {
      type = node.string();
    },
    5: (node) => attributes.push(readAttribute(node.bytes())),
  });
  return { type, inputs, outputs, attributes: Object.fromEntries(attributes) };
}

function readAttribute(bytes: Uint8Array): [string, Attribute] {
  let name = '';
  let value: Attribute = [];
  const wholes: number[] = [];
  fields(bytes, {
    1: (attribute) => {
      name = attribute.string();
    },
    2: (attribute) => {
      value = { float: attribute.float() };
    },
    3: (attribute) => {
      value = Number(attribute.int64());
    },
    4: (attribute) => {
      value = attribute.string();
    },
    8: (attribute) => wholes.push(Number(attribute.int64())),
  });
  return [name, wholes.length > 0 ? wholes : value];
}

function readConstant(bytes: Uint8Array): [string, Constant] {
  const shape: number[] = [];
  let [name, code, raw] = ['', 0, new Uint8Array()];
  fields(bytes, {
    1: (tensor) => shape.push(Number(tensor.int64())),
    2: (tensor) => {
      code = tensor.int32();
    },
    8: (tensor: BinaryReader) => {
      name = tensor.string();
    },
    9: (tensor) => {
      // A copy that begins at byte 0 of its own buffer; `slice` of a Buffer would not copy.
      raw = new Uint8Array(tensor.bytes());
    },
  });
  const dtype = (Object.keys(typeCodes) as DType[]).find((key) => typeCodes[key] === code);
  if (dtype === undefined) throw new Error(`the constant ${name} has the unknown type ${code}`);
  return [name, { dtype, shape, data: typed(dtype, raw.buffer) }];
}

function typed(dtype: DType, buffer: ArrayBuffer): TypedData {
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'float16':
      return new Uint16Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}
