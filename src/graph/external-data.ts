// Finds the tensors of an ONNX file whose values are in other files (external data), and puts the values into the model.
// The caller reads the other files, so that the runtime never opens a file that a model names.

import { WireType } from '@bufbuild/protobuf/wire';
import { editMessage, type FieldEdit, joinPieces, messageField, type Pieces } from './edit-bytes.js';
import { fields } from './proto.js';

/** The values of one tensor in another file. The texts are those of the model file, not yet checked. */
export interface ExternalTensor {
  readonly name: string;
  /** The path of the other file, relative to the folder of the model. Undefined if the model does not name one. */
  readonly location: string | undefined;
  /** The first byte; undefined: the start of the file. */
  readonly offset: string | undefined;
  /** The number of bytes; undefined: to the end of the file. */
  readonly length: string | undefined;
}

/** A model may contain graphs inside the nodes of its graph, up to this depth. */
const mostNested = 64;

/** Returns the tensors with external data, in the order of the file. */
export function externalTensors(model: Uint8Array): ExternalTensor[] {
  const found: ExternalTensor[] = [];
  editTensors(model, (tensor) => {
    const external = readExternal(tensor);
    if (external !== undefined) found.push(external);
    return undefined;
  });
  return found;
}

/** Returns the model with the given values, one array per tensor of `externalTensors`, in the same order. */
export function withTensorValues(model: Uint8Array, values: readonly Uint8Array[]): Uint8Array {
  let at = 0;
  const pieces = editTensors(model, (tensor) => {
    if (readExternal(tensor) === undefined) return undefined;
    const raw = messageField(9, [values[at++]!]);
    return editMessage(tensor, { 9: 'remove', 13: 'remove', 14: 'remove' }, { after: raw });
  });
  return pieces === undefined ? model : joinPieces(pieces);
}

/**
 * Returns the external data of a tensor. The two parts of the statement (the place and the mark that the place counts) are
 * taken for external data even alone, so that none of them reaches the runtime.
 */
function readExternal(tensor: Uint8Array): ExternalTensor | undefined {
  let name = '';
  let isExternal = false;
  const entries = new Map<string, string>();
  fields(tensor, {
    8: (reader) => {
      name = reader.string();
    },
    13: (reader) => {
      isExternal = true;
      let [key, value] = ['', ''];
      fields(reader.bytes(), {
        1: (entry) => {
          key = entry.string();
        },
        2: (entry) => {
          value = entry.string();
        },
      });
      entries.set(key, value);
    },
    14: (reader, wireType) => {
      if (wireType !== WireType.Varint) return reader.skip(wireType, 14);
      if (reader.int32() === 1) isExternal = true;
    },
  });
  if (!isExternal) return undefined;
  const [location, offset, length] = ['location', 'offset', 'length'].map((key) => entries.get(key));
  return { name, location, offset, length };
}

/** Applies `edit` to every tensor of a model: in its graph, in the nodes, in inner graphs and in functions. */
function editTensors(model: Uint8Array, edit: FieldEdit): Pieces | undefined {
  const sparse: FieldEdit = (bytes) => editMessage(bytes, { 1: edit, 2: edit });
  const attribute = (depth: number): FieldEdit => {
    const inner: FieldEdit = (bytes) => graph(depth + 1)(bytes);
    const edits = { 5: edit, 6: inner, 10: edit, 11: inner, 22: sparse, 23: sparse };
    return (bytes) => editMessage(bytes, edits);
  };
  const node = (depth: number): FieldEdit => {
    const ofNode = attribute(depth);
    return (bytes) => editMessage(bytes, { 5: ofNode });
  };
  const graph = (depth: number): FieldEdit => {
    if (depth > mostNested) throw new RangeError(`its graphs are nested deeper than ${mostNested}`);
    const edits = { 1: node(depth), 5: edit, 15: sparse };
    return (bytes) => editMessage(bytes, edits);
  };
  const ofFunction: FieldEdit = (bytes) => editMessage(bytes, { 7: node(0), 11: attribute(0) });
  const ofTraining: FieldEdit = (bytes) => editMessage(bytes, { 1: graph(0), 2: graph(0) });
  return editMessage(model, { 7: graph(0), 20: ofTraining, 25: ofFunction });
}
