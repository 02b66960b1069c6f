// Finds nodes of a model that onnxruntime's WebGPU provider computes wrongly, so that they run on the processor instead.
// In version 1.30, a Conv with one tap and stride 1 that pads only at the end ignores the pads and uses wrong rows.

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { fields } from '../graph/proto.js';

/**
 * Returns the names of the nodes that WebGPU computes wrongly, also in subgraphs. Nodes without a name cannot be
 * excluded from the device.
 */
export function flawedNodes(model: Uint8Array): string[] {
  const names: string[] = [];
  fields(model, { 7: (reader) => readGraph(reader.bytes(), names) });
  return names.filter((name) => name !== '');
}

function readGraph(bytes: Uint8Array, names: string[]): void {
  fields(bytes, { 1: (reader) => readNode(reader.bytes(), names) });
}

function readNode(bytes: Uint8Array, names: string[]): void {
  let [name, type] = ['', ''];
  const attributes = new Map<string, number[]>();
  fields(bytes, {
    3: (node) => {
      name = node.string();
    },
    4: (node) => {
      type = node.string();
    },
    5: (node) => attributes.set(...readAttribute(node.bytes(), names)),
  });
  const all = (key: string, value: number) => (attributes.get(key) ?? []).every((one) => one === value);
  const pads = attributes.get('pads') ?? [];
  const [start, end] = [pads.slice(0, pads.length / 2), pads.slice(pads.length / 2)];
  const isUnpaddedInFront = start.every((pad) => pad === 0) && end.some((pad) => pad > 0);
  const isOneTap = attributes.has('kernel_shape') && all('kernel_shape', 1) && all('strides', 1);
  if (type === 'Conv' && isOneTap && isUnpaddedInFront) names.push(name);
}

/** Returns the name and the integers of an attribute, and searches a subgraph in it. */
function readAttribute(bytes: Uint8Array, names: string[]): [string, number[]] {
  let name = '';
  const wholes: number[] = [];
  fields(bytes, {
    1: (attribute) => {
      name = attribute.string();
    },
    6: (attribute) => readGraph(attribute.bytes(), names),
    8: (attribute, wireType) => {
      const packed = wireType === WireType.LengthDelimited ? attribute.bytes() : undefined;
      const ints = packed === undefined ? attribute : new BinaryReader(packed);
      do wholes.push(Number(ints.int64()));
      while (packed !== undefined && ints.pos < ints.len);
    },
  });
  return [name, wholes];
}
