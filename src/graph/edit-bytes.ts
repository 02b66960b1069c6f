// Changes single fields of a protobuf message and keeps all other bytes as they are. A changed message is a list of
// pieces, so that the weights of a model are not copied at every level of nesting.

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** The pieces of a message, in order. */
export type Pieces = readonly Uint8Array[];

/**
 * Receives the bytes of a message field. Returns its new pieces; undefined to keep it; `remove` to remove it.
 */
export type FieldEdit = (bytes: Uint8Array) => Pieces | 'remove' | undefined;

/**
 * Changes the fields of a message. `edits` has one entry per field number: `remove` removes the field, whatever its type;
 * a function sees only fields that contain bytes.
 *
 * @param ends - Whole fields that are put before and after the others.
 * @returns The new pieces; undefined if nothing changes. Throws if the bytes end inside a field.
 */
export function editMessage(
  bytes: Uint8Array,
  edits: Readonly<Record<number, FieldEdit | 'remove'>>,
  { before = [], after = [] }: { readonly before?: Pieces; readonly after?: Pieces } = {},
): Pieces | undefined {
  const reader = new BinaryReader(bytes);
  const pieces: Uint8Array[] = [];
  let kept = 0;
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    const edit = edits[field];
    let next: Pieces | 'remove' | undefined;
    if (typeof edit === 'function' && wireType === WireType.LengthDelimited) next = edit(reader.bytes());
    else {
      reader.skip(wireType, field);
      if (edit === 'remove') next = 'remove';
    }
    if (reader.pos > reader.len) throw new RangeError('a field runs past the end');
    if (next === undefined) continue;
    if (start > kept) pieces.push(bytes.subarray(kept, start));
    if (next !== 'remove') pieces.push(...messageField(field, next));
    kept = reader.pos;
  }
  if (kept === 0 && before.length + after.length === 0) return undefined;
  return [...before, ...pieces, bytes.subarray(kept), ...after];
}

/** Returns a field that contains `pieces`. */
export function messageField(field: number, pieces: Pieces): Pieces {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const head = new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish();
  return [head, ...pieces];
}

/** Returns the pieces as one array. */
export function joinPieces(pieces: Pieces): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
