// Reads the header of any ONNX file: inputs, outputs and metadata, but no weights. Field numbers are those of onnx.proto.

import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { PqrstError } from '../base/errors.js';
import { excerpt } from '../base/text.js';
import type { Shape } from './graph.js';
import { lengthOfWhole, otherKindOf } from './not-onnx.js';
import { fields, typeCodes } from './proto.js';

/** The names of the element types in messages, by their code in onnx.TensorProto.DataType. */
const typeNames: Readonly<Record<number, string>> = {
  ...Object.fromEntries(Object.entries(typeCodes).map(([name, code]) => [code, name])),
  ...{ 4: 'uint16', 5: 'int16', 8: 'string', 11: 'float64', 12: 'uint32', 13: 'uint64' },
  ...{ 14: 'complex64', 15: 'complex128', 16: 'bfloat16' },
};

/** Values that are not a tensor, by their field in onnx.TypeProto. */
const otherTypes: Readonly<Record<number, string>> = {
  ...{ 4: 'sequence', 5: 'map', 8: 'sparse tensor', 9: 'optional' },
};

/** An input or output of any ONNX file. A free dimension without a name is `?`. */
export interface ModelPort {
  readonly name: string;
  /** The element type of a tensor (`float32`, `float64`, `string`), or the kind of another value (`sequence`). */
  readonly dtype: string;
  readonly shape: Shape;
}

/** The header of an ONNX file. */
export interface ModelHeader {
  readonly producer: string;
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Without inputs that only declare the type of an initializer. */
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
}

/**
 * Reads names, types, shapes and metadata.
 *
 * @throws PqrstError ERR_MODEL: when `bytes` are incomplete or not an ONNX model.
 */
export function decodeModelHeader(bytes: Uint8Array, source = 'the model'): ModelHeader {
  const other = otherKindOf(bytes);
  if (other !== undefined) throw new PqrstError('ERR_MODEL', `${source} ${other}`);
  try {
    const header = readModel(bytes);
    if (header.outputs.length > 0 && header.opset > 0) return header;
  } catch (cause) {
    throw notWhole(bytes, source, cause as Error);
  }
  throw new PqrstError(
    'ERR_MODEL',
    `${source} holds no ONNX graph with outputs; give a model made by an ONNX export`,
  );
}

function notWhole(bytes: Uint8Array, source: string, cause: Error): PqrstError {
  const [has, whole] = [bytes.length, lengthOf(bytes)];
  const what =
    whole === undefined
      ? `is not an ONNX file, or is damaged (${excerpt(cause.message)})`
      : `is incomplete: it has ${has} bytes, and the model takes at least ${whole}`;
  return new PqrstError('ERR_MODEL', `${source} ${what}; export or copy it again`, { cause });
}

/** Returns the least length of a file that was cut; undefined if it was not cut, or is not a model. */
function lengthOf(bytes: Uint8Array): number | undefined {
  try {
    return lengthOfWhole(bytes);
  } catch (error) {
    // The bytes end inside a number, so no length can be read.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function readModel(bytes: Uint8Array): ModelHeader {
  const metadata: [string, string][] = [];
  let header = { producer: '', opset: 0, inputs: [] as ModelPort[], outputs: [] as ModelPort[] };
  fields(bytes, {
    2: (reader) => {
      header.producer = reader.string();
    },
    7: (reader) => {
      header = { ...header, ...readGraph(reader.bytes()) };
    },
    8: (reader) => {
      const opset = readOpset(reader.bytes());
      if (opset.domain === '' || opset.domain === 'ai.onnx') header.opset = opset.version;
    },
    14: (reader) => metadata.push(readEntry(reader.bytes())),
  });
  return { ...header, metadata: Object.fromEntries(metadata) };
}

function readGraph(bytes: Uint8Array): { inputs: ModelPort[]; outputs: ModelPort[] } {
  const [inputs, outputs] = [[] as ModelPort[], [] as ModelPort[]];
  const constants = new Set<string>();
  fields(bytes, {
    5: (reader) =>
      fields(reader.bytes(), {
        8: (tensor) => constants.add(tensor.string()),
      }),
    11: (reader) => inputs.push(readPort(reader.bytes())),
    12: (reader) => outputs.push(readPort(reader.bytes())),
  });
  return { inputs: inputs.filter((input) => !constants.has(input.name)), outputs };
}

function readPort(bytes: Uint8Array): ModelPort {
  let name = '';
  let dtype = 'unknown type';
  const shape: (number | string)[] = [];
  const readDim = (dim: Uint8Array) => {
    let size: number | string = '?';
    fields(dim, {
      1: (reader) => {
        // Some exporters write 0 or -1 for a free dimension.
        const value = Number(reader.int64());
        size = value > 0 ? value : '?';
      },
      2: (reader) => {
        size = reader.string();
      },
    });
    shape.push(size);
  };
  const readTensorType = (tensor: Uint8Array) =>
    fields(tensor, {
      1: (reader) => {
        const code = reader.int32();
        dtype = typeNames[code] ?? `type ${code}`;
      },
      2: (reader) => fields(reader.bytes(), { 1: (dims) => readDim(dims.bytes()) }),
    });
  const setKind = (kind: string) => (reader: BinaryReader) => {
    dtype = kind;
    reader.bytes();
  };
  fields(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) =>
      fields(reader.bytes(), {
        1: (type) => readTensorType(type.bytes()),
        ...Object.fromEntries(Object.entries(otherTypes).map(([field, kind]) => [field, setKind(kind)])),
      }),
  });
  return { name, dtype, shape };
}

function readOpset(bytes: Uint8Array): { domain: string; version: number } {
  let [domain, version] = ['', 0];
  fields(bytes, {
    1: (reader) => {
      domain = reader.string();
    },
    2: (reader) => {
      version = Number(reader.int64());
    },
  });
  return { domain, version };
}

function readEntry(bytes: Uint8Array): [string, string] {
  let [key, value] = ['', ''];
  fields(bytes, {
    1: (reader) => {
      key = reader.string();
    },
    2: (reader) => {
      value = reader.string();
    },
  });
  return [key, value];
}
