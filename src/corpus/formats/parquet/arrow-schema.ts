// Encodes the Arrow schema that Parquet files contain as the metadata `ARROW:schema`. It tells the readers of Arrow
// (pyarrow, pandas, polars, Hugging Face datasets) that the signal is a list of fixed size, for which Parquet has no
// type. Other readers ignore it. The schema is a FlatBuffer of a few dozen tables. Each table follows its vtable, and
// the values that a table refers to follow the table.
// Source: Arrow's format/Schema.fbs and Message.fbs; FlatBuffers' internals.

/** A data type of Arrow. */
export type ArrowType =
  | { readonly kind: 'int'; readonly bits: 16 | 64 }
  | { readonly kind: 'float'; readonly bits: 16 | 32 | 64 }
  | { readonly kind: 'string' }
  | { readonly kind: 'list'; readonly of: ArrowField }
  | { readonly kind: 'fixed-size list'; readonly of: ArrowField; readonly size: number };

/** A column, or the element of a list. */
export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  readonly nullable?: boolean;
}

/** Returns the schema of `fields` as an encapsulated message in base64. */
export function arrowSchema(fields: readonly ArrowField[]): string {
  const [metadataV5, isSchema] = [4, 1];
  const schema: Table = { slots: [undefined, { tables: fields.map(fieldTable) }] };
  const message = layOut({ slots: [metadataV5, isSchema, schema] });
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(0xffffffff, 0);
  prefix.writeInt32LE(message.length, 4);
  return Buffer.concat([prefix, message]).toString('base64');
}

/**
 * A table of the FlatBuffer. A number takes four bytes, of which a reader may use fewer. An absent slot has its
 * default.
 */
interface Table {
  readonly slots: readonly (number | string | Table | { readonly tables: readonly Table[] } | undefined)[];
}

function fieldTable({ name, type, nullable = false }: ArrowField): Table {
  const [code, slots, children] = typeSlots(type);
  return {
    slots: [name, nullable ? 1 : 0, code, { slots }, undefined, { tables: children.map(fieldTable) }],
  };
}

/** Returns the code in the union of types, the slots of the type's table, and the children of the field. */
function typeSlots(type: ArrowType): [number, number[], ArrowField[]] {
  switch (type.kind) {
    case 'int':
      return [2, [type.bits, 1], []];
    case 'float':
      return [3, [{ 16: 0, 32: 1, 64: 2 }[type.bits]], []];
    case 'string':
      return [5, [], []];
    case 'list':
      return [12, [], [type.of]];
    case 'fixed-size list':
      return [16, [type.size], [type.of]];
  }
}

function layOut(root: Table): Buffer {
  const bytes = Buffer.alloc(2 ** 14);
  let end = 4;
  const take = (length: number, alignment: number) => {
    const at = Math.ceil(end / alignment) * alignment;
    end = at + length;
    return at;
  };
  /** Writes an offset, which is relative to its own position. */
  const point = (from: number, to: number) => bytes.writeUInt32LE(to - from, from);

  const putString = (text: string) => {
    const at = take(4 + text.length + 1, 4);
    bytes.writeUInt32LE(text.length, at);
    bytes.write(text, at + 4, 'latin1');
    return at;
  };
  const putVector = (tables: readonly Table[]) => {
    const at = take(4 + 4 * tables.length, 4);
    bytes.writeUInt32LE(tables.length, at);
    for (const [n, table] of tables.entries()) point(at + 4 + 4 * n, putTable(table));
    return at;
  };
  const putTable = ({ slots }: Table): number => {
    const vtable = take(4 + 2 * slots.length, 4);
    const present = slots.filter((slot) => slot !== undefined).length;
    const at = take(4 + 4 * present, 4);
    bytes.writeUInt16LE(4 + 2 * slots.length, vtable);
    bytes.writeUInt16LE(4 + 4 * present, vtable + 2);
    bytes.writeInt32LE(at - vtable, at);
    let place = at + 4;
    for (const [n, slot] of slots.entries()) {
      if (slot === undefined) continue;
      bytes.writeUInt16LE(place - at, vtable + 4 + 2 * n);
      if (typeof slot === 'number') bytes.writeInt32LE(slot, place);
      else if (typeof slot === 'string') point(place, putString(slot));
      else point(place, 'tables' in slot ? putVector(slot.tables) : putTable(slot));
      place += 4;
    }
    return at;
  };
  point(0, putTable(root));
  return bytes.subarray(0, Math.ceil(end / 8) * 8);
}
