// Says what a file is that cannot be read as an ONNX model.

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

interface OtherKind {
  /** Bytes as Latin-1 text, of which the file has one. */
  readonly marks: readonly string[];
  /** The place of the bytes; default the start of the file. */
  readonly at?: number;
  readonly what: string;
  readonly remedy: string;
}

const exportIt = 'export the model as ONNX';

const otherKinds: readonly OtherKind[] = [
  {
    marks: ['version https://git-lfs'],
    what: 'a pointer of Git LFS to the model',
    remedy: 'run git lfs pull, or download the file itself',
  },
  {
    marks: ['PK\x03\x04'],
    what: 'a zip archive, as torch.save writes .pth files and Keras writes .keras files',
    remedy: `unpack it, or ${exportIt}`,
  },
  { marks: ['\x1f\x8b'], what: 'a gzip archive', remedy: 'unpack it' },
  { marks: ['\x89HDF\r\n'], what: 'an HDF5 file, as Keras writes .h5 files', remedy: exportIt },
  { marks: ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'], what: 'a Python pickle', remedy: exportIt },
  { marks: ['\x93NUMPY'], what: 'a NumPy array', remedy: 'give the model' },
  { marks: ['TFL3'], at: 4, what: 'a TensorFlow Lite model', remedy: exportIt },
  {
    marks: ['ORTM'],
    at: 4,
    what: 'a model in the ORT format',
    remedy: 'give the ONNX file that it was made from',
  },
];

/** Returns what the bytes are and what to do, as the end of a sentence; undefined if they may be an ONNX model. */
export function otherKindOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'is empty (0 bytes); copy or export it again';
  const start = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  const kind = otherKinds.find(({ marks, at = 0 }) => marks.some((mark) => start.startsWith(mark, at)));
  if (kind !== undefined) return `is ${kind.what}, not an ONNX file; ${kind.remedy}`;
  if (/^\s*<(!doctype|html|head|\?xml)/i.test(start)) {
    return 'is a web page, not an ONNX file; download the file itself (on many sites by a link named raw)';
  }
  return /^[\t\n\r -~]+$/.test(start) ? `is a text file, not an ONNX file; ${exportIt}` : undefined;
}

/** The fields of onnx.ModelProto, with their wire types. */
const modelFields: Readonly<Record<number, WireType>> = {
  ...{ 1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2 },
};

/**
 * Returns the least length of the file if the bytes start as an ONNX model and end inside one of its fields; otherwise
 * undefined.
 */
export function lengthOfWhole(bytes: Uint8Array): number | undefined {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (modelFields[field] !== wireType) return undefined;
    if (wireType === WireType.Varint) reader.int64();
    else {
      const end = reader.uint32() + reader.pos;
      if (end > reader.len) return end;
      reader.pos = end;
    }
  }
  return undefined;
}
