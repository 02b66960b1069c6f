// Reads numbers of any size in bits from bytes, the highest bit first, with the codes and checksums of FLAC.
// Source: RFC 9639, sections 9.1 and 9.2.

/** The bytes end before the number that is read. */
export class CutShort extends Error {}

/** Bits that one look at four bytes gives, whatever the place of the first one. */
const mostAtOnce = 25;

/** Reads bytes bit by bit. Every function but `checksum` throws CutShort at the end of the bytes. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** The byte that holds the next bit, and the number of bits of it that have been read, 0 to 7. */
  #byte: number;
  #used = 0;

  constructor(bytes: Uint8Array, startByte: number) {
    this.#bytes = bytes;
    this.#byte = startByte;
  }

  /** True if no whole byte is left. */
  get isAtEnd(): boolean {
    return this.#byte + (this.#used > 0 ? 1 : 0) >= this.#bytes.length;
  }

  /** The byte that holds the next bit. */
  get byteAt(): number {
    return this.#byte;
  }

  /** Skips the rest of a byte of which a part has been read. */
  toByte(): void {
    if (this.#used > 0) this.#byte++;
    this.#used = 0;
  }

  /** Returns the number in the next `count` bits, 0 to 32. */
  bits(count: number): number {
    if (count > mostAtOnce) {
      const high = this.bits(count - 16);
      return high * 0x10000 + this.bits(16);
    }
    if (count === 0) return 0;
    const value = this.#ahead() >>> (32 - count);
    this.#skip(count);
    return value;
  }

  /** Returns the two's complement number in the next `count` bits, 1 to 32. */
  signed(count: number): number {
    return (this.bits(count) << (32 - count)) >> (32 - count);
  }

  /** Returns the number of 0 bits before the next 1 bit, and skips that bit. */
  unary(): number {
    for (let zeros = 0; ; ) {
      const more = Math.clz32(this.#ahead());
      if (more < mostAtOnce) {
        this.#skip(more + 1);
        return zeros + more;
      }
      this.#skip(mostAtOnce);
      zeros += mostAtOnce;
    }
  }

  /** Returns the number in the next Rice code with this parameter; even codes are positive, odd ones negative. */
  rice(parameter: number): number {
    const high = this.unary();
    const code = high * (1 << parameter) + this.bits(parameter);
    return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
  }

  /** Returns the next bits at the high end of 32 bits; at least the first 25 are right. Behind the bytes there are zeros. */
  #ahead(): number {
    const bytes = this.#bytes;
    const at = this.#byte;
    const rest = bytes.length - at;
    const word =
      rest >= 4
        ? (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
        : ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8);
    return word << this.#used;
  }

  #skip(count: number): void {
    const used = this.#used + count;
    this.#byte += used >> 3;
    this.#used = used & 7;
    if (this.#byte + (this.#used > 0 ? 1 : 0) > this.#bytes.length) throw new CutShort();
  }

  /** Returns the cyclic checksum of 8 or 16 bits of the bytes from `startByte` to the next bit. */
  checksum(startByte: number, size: 8 | 16): number {
    const table = size === 8 ? crc8 : crc16;
    const mask = size === 8 ? 0xff : 0xffff;
    const top = size - 8;
    let sum = 0;
    for (let at = startByte; at < this.#byte; at++) {
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
