// Writes an ONNX file whose network never ends: a Loop of 2^50 iterations. The file is encoded field by field, because
// the graphs of this project have no subgraphs.

/** Encodes a field of a protobuf message: a number as a varint, a text or bytes with their length. */
function field(number: number, value: number | bigint | string | Uint8Array): Buffer {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return Buffer.concat([varint(number * 8), varint(value)]);
  }
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const message = (...fields: Buffer[]) => Buffer.concat(fields);
const types = { float: 1, int64: 7, bool: 9 } as const;

function valueInfo(name: string, type: keyof typeof types, shape: readonly (number | string)[]): Buffer {
  const dims = shape.map((dim) => field(1, field(typeof dim === 'number' ? 1 : 2, dim)));
  return message(
    field(1, name),
    field(2, field(1, message(field(1, types[type]), field(2, message(...dims))))),
  );
}

function scalar(name: string, type: keyof typeof types, bytes: Uint8Array): Buffer {
  return message(field(2, types[type]), field(8, name), field(9, bytes));
}

function node(op: string, inputs: readonly string[], output: string, ...attributes: Buffer[]): Buffer {
  const names = inputs.map((name) => field(1, name));
  return field(
    1,
    message(...names, field(2, output), field(4, op), ...attributes.map((one) => field(5, one))),
  );
}

/** Returns the bytes of a classifier of windows [N, 1, lengthSamples] that never answers. */
export function endlessModel(lengthSamples: number): Uint8Array {
  const body = message(
    node('Identity', ['more'], 'moreAfter'),
    node('Add', ['value', 'value'], 'valueAfter'),
    field(2, 'body'),
    field(11, valueInfo('iteration', 'int64', [])),
    field(11, valueInfo('more', 'bool', [])),
    field(11, valueInfo('value', 'float', ['N'])),
    field(12, valueInfo('moreAfter', 'bool', [])),
    field(12, valueInfo('valueAfter', 'float', ['N'])),
  );
  const count = new Uint8Array(new BigInt64Array([2n ** 50n]).buffer);
  const axes = message(field(1, 'axes'), field(8, 1), field(8, 2), field(20, 7));
  const dropAxes = message(field(1, 'keepdims'), field(3, 0), field(20, 2));
  const graph = message(
    node('ReduceMean', ['ecg'], 'mean', axes, dropAxes),
    node('Loop', ['count', 'yes', 'mean'], 'logit', message(field(1, 'body'), field(6, body), field(20, 5))),
    field(2, 'endless'),
    field(5, scalar('count', 'int64', count)),
    field(5, scalar('yes', 'bool', Uint8Array.of(1))),
    field(11, valueInfo('ecg', 'float', ['N', 1, lengthSamples])),
    field(12, valueInfo('logit', 'float', ['N'])),
  );
  return message(field(1, 8), field(7, graph), field(8, field(2, 13)));
}
