// Reads from a Linux library (ELF, 64 bits, little-endian) which other libraries it needs, as `readelf -d` does.

import { PqrstError } from '../base/errors.js';
import { openFile, readAt } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';

const [typeLoad, typeDynamic] = [1, 2];
const [tagEnd, tagNeeded, tagStrings] = [0, 1, 5];
/** Tables and names that are larger than these are not those of a library. */
const [mostHeaders, mostTableBytes, mostNameBytes] = [256, 2 ** 16, 256];

/**
 * Returns the names of the libraries that the library at `path` needs, in its order: `libcudart.so.13`. Returns an empty
 * list for a file of another format.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 */
export async function neededLibraries(path: string): Promise<string[]> {
  const { file } = await openFile(path).catch((cause: unknown) => {
    throw new PqrstError('ERR_NOT_FOUND', `could not read ${path}: ${systemReason(cause)}`, { cause });
  });
  const read = async (position: number, bytes: number): Promise<Buffer> => {
    if (!Number.isSafeInteger(position)) return Buffer.alloc(0);
    const into = Buffer.alloc(Math.min(bytes, mostTableBytes));
    return into.subarray(0, await readAt(file, into, position));
  };
  try {
    const head = await read(0, 64);
    if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head.readUInt16LE(4) !== 0x0102) return [];
    const [size, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
    if (size !== 56 || count > mostHeaders) return [];
    const table = await read(wide(head, 32), size * count);
    const segments = Array.from({ length: Math.floor(table.length / size) }, (_, k) => ({
      type: table.readUInt32LE(k * size),
      position: wide(table, k * size + 8),
      address: wide(table, k * size + 16),
      bytes: wide(table, k * size + 32),
    }));
    const dynamic = segments.find(({ type }) => type === typeDynamic);
    if (dynamic === undefined) return [];
    const entries = entriesOf(await read(dynamic.position, dynamic.bytes));
    const numberAt = (wanted: number) => entries.find(({ tag }) => tag === wanted)?.value ?? 0;
    const address = numberAt(tagStrings);
    const home = segments.find(
      ({ type, address: start, bytes }) => type === typeLoad && address >= start && address < start + bytes,
    );
    if (home === undefined) return [];
    const strings = home.position + address - home.address;
    const names: string[] = [];
    for (const { value } of entries.filter(({ tag }) => tag === tagNeeded)) {
      const text = await read(strings + value, mostNameBytes);
      names.push(text.toString('latin1', 0, Math.max(0, text.indexOf(0))));
    }
    return names;
  } finally {
    await file.close();
  }
}

function entriesOf(bytes: Buffer): { readonly tag: number; readonly value: number }[] {
  const entries = [];
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const tag = wide(bytes, at);
    if (tag === tagEnd) break;
    entries.push({ tag, value: wide(bytes, at + 8) });
  }
  return entries;
}

function wide(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
