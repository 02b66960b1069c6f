// Writes zip archives for tests and benchmarks, also hostile ones: an entry may have any name, and state a length or a
// checksum that it does not have.

import { crc32, deflateRawSync } from 'node:zlib';

/** Returns the bytes of an archive with these files, in this order. */
export function archiveOf(files) {
  const [parts, directory] = [[], []];
  let at = 0;
  for (const { name, content, statedBytes = content.length, statedCrc = crc32(content) } of files) {
    const packed = deflateRawSync(content);
    const nameBytes = Buffer.from(name);
    // Version, flags (names are UTF-8), method, time and date, CRC, sizes, lengths of name and extra field: equal in both
    // headers.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x800, 2);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(statedCrc, 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(statedBytes, 18);
    facts.writeUInt16LE(nameBytes.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    parts.push(Buffer.from('PK\x03\x04'), facts, nameBytes, packed);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), facts, place, nameBytes);
    at += 30 + nameBytes.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, list, Buffer.from('PK\x05\x06'), end]);
}
