// Reads numbers of any size in bits from bytes, the highest bit first, with the codes and checksums of FLAC.
// Source: RFC 9639, sections 9.1 and 9.2.

/** The bytes end before the number that is read. */
export class CutShort extends Error {}

/** Reads bytes bit by bit. Every function but `checksum` throws CutShort at the end of the bytes. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** Place of the next bit. */
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, startByte: number) {
    this.#bytes = bytes;
    this.#at = 8 * startByte;
    this.#end = 8 * bytes.length;
  }

  /** True if no whole byte is left. */
  get isAtEnd(): boolean {
    return this.#at + 8 > this.#end;
  }

  /** The byte that holds the next bit. */
  get byteAt(): number {
    return Math.floor(this.#at / 8);
  }

  /** Skips the rest of a byte of which a part has been read. */
  toByte(): void {
    this.#at = 8 * Math.ceil(this.#at / 8);
  }

  /** Returns the number in the next `count` bits, 0 to 32. */
  bits(count: number): number {
    if (this.#at + count > this.#end) throw new CutShort();
    let value = 0;
    for (let left = count; left > 0; ) {
      const used = this.#at % 8;
      const taken = Math.min(left, 8 - used);
      const byte = this.#bytes[(this.#at - used) / 8]!;
      value = value * 2 ** taken + ((byte >> (8 - used - taken)) & (2 ** taken - 1));
      this.#at += taken;
      left -= taken;
    }
    return value;
  }

  /** Returns the two's complement number in the next `count` bits, 1 to 32. */
  signed(count: number): number {
    const value = this.bits(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Returns the number of 0 bits before the next 1 bit, and skips that bit. */
  unary(): number {
    let zeros = 0;
    for (;;) {
      if (this.#at >= this.#end) throw new CutShort();
      const used = this.#at % 8;
      const rest = (this.#bytes[(this.#at - used) / 8]! << used) & 0xff;
      if (rest !== 0) {
        const more = Math.clz32(rest) - 24;
        this.#at += more + 1;
        return zeros + more;
      }
      this.#at += 8 - used;
      zeros += 8 - used;
    }
  }

  /** Returns the number in the next Rice code with this parameter; even codes are positive, odd ones negative. */
  rice(parameter: number): number {
    const code = this.unary() * 2 ** parameter + this.bits(parameter);
    return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
  }

  /** Returns the cyclic checksum of 8 or 16 bits of the bytes from `startByte` to the next bit. */
  checksum(startByte: number, size: 8 | 16): number {
    const table = size === 8 ? crc8 : crc16;
    const [mask, top] = [2 ** size - 1, size - 8];
    let sum = 0;
    for (let at = startByte; at < this.byteAt; at++) {
      sum = ((sum << 8) & mask) ^ table[((sum >> top) ^ this.#bytes[at]!) & 0xff]!;
    }
    return sum;
  }
}

const [crc8, crc16] = [crcTable(0x07, 8), crcTable(0x8005, 16)];

function crcTable(polynomial: number, size: number): Uint16Array {
  const highest = 2 ** (size - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let sum = byte << (size - 8);
    for (let bit = 0; bit < 8; bit++) {
      sum = (sum & highest) === 0 ? sum << 1 : (sum << 1) ^ polynomial;
    }
    return sum & (2 ** size - 1);
  });
}
