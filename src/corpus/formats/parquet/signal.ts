// Writes the signal column of a Parquet file. This file lays out the pages itself: the library would process the levels
// of every sample, which is a thousand times the work. All rows are lists of one length without nulls, so the levels of
// a row are two runs. float32 and float16 are stored as PLAIN, int16 as INT32 with DELTA_BINARY_PACKED (about 12 bits
// per sample). There is no further compression.
// Source: Apache Parquet's Encodings.md and parquet.thrift (DataPageHeaderV2).

import type { ColumnChunk, SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import type { SampleType } from '../../../kernel/binding.js';

/** Approximate maximum size of a page; a page holds at least one row. */
const pageBytes = 2 ** 20;
/** Bytes of one sample. */
export const sampleBytes = { float32: 4, float16: 2, int16: 2 } as const;

const element: Readonly<Record<SampleType, SchemaElement>> = {
  float32: { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
  float16: {
    name: 'element',
    type: 'FIXED_LEN_BYTE_ARRAY',
    type_length: 2,
    logical_type: { type: 'FLOAT16' },
    repetition_type: 'REQUIRED',
  },
  int16: { name: 'element', type: 'INT32', converted_type: 'INT_16', repetition_type: 'REQUIRED' },
};

/** Returns the names of the columns with the samples: `signal`, or one per lead (`signal_I`) if there are several. */
export function signalColumns(leads: readonly string[]): string[] {
  return leads.length === 1 ? ['signal'] : leads.map((lead) => `signal_${lead}`);
}

/** Returns the schema of a column of signals, a list of samples. */
export function signalSchema(name: string, type: SampleType): SchemaElement[] {
  return [
    { name, converted_type: 'LIST', num_children: 1, repetition_type: 'REQUIRED' },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    element[type],
  ];
}

/**
 * Appends the column chunk of `rows`, the little-endian bytes of [rows, lengthSamples], and returns its description.
 */
export function writeSignalChunk(
  writer: ByteWriter,
  { name, type, lengthSamples }: { name: string; type: SampleType; lengthSamples: number },
  rows: Uint8Array,
): ColumnChunk {
  const rowBytes = lengthSamples * sampleBytes[type];
  const rowsPerPage = Math.max(1, Math.floor(pageBytes / rowBytes));
  const encoding = type === 'int16' ? 'DELTA_BINARY_PACKED' : 'PLAIN';
  const start = writer.offset;
  const pageStep = rowsPerPage * rowBytes;
  for (let at = 0; at < rows.length; at += pageStep) {
    const page = rows.subarray(at, at + pageStep);
    const values = type === 'int16' ? deltaBinaryPacked(int16Of(page)) : page;
    const [repetition, definition] = levels(page.length / rowBytes, lengthSamples);
    const bytes = repetition.length + definition.length + values.length;
    writePageHeader(writer, {
      type: 'DATA_PAGE_V2',
      uncompressed_page_size: bytes,
      compressed_page_size: bytes,
      data_page_header_v2: {
        num_values: page.length / sampleBytes[type],
        num_nulls: 0,
        num_rows: page.length / rowBytes,
        encoding,
        repetition_levels_byte_length: repetition.length,
        definition_levels_byte_length: definition.length,
        is_compressed: false,
      },
    });
    for (const part of [repetition, definition, values]) writer.appendBytes(part);
  }
  const size = BigInt(writer.offset - start);
  return {
    meta_data: {
      type: element[type].type!,
      encodings: ['RLE', encoding],
      path_in_schema: [name, 'list', 'element'],
      codec: 'UNCOMPRESSED',
      num_values: BigInt(rows.length / sampleBytes[type]),
      total_compressed_size: size,
      total_uncompressed_size: size,
      data_page_offset: BigInt(start),
    },
    file_offset: BigInt(start),
  };
}

/**
 * Returns the repetition levels (0 where a row starts, otherwise 1) and definition levels (always 1) as runs of 1 bit.
 */
function levels(rows: number, lengthSamples: number): [Uint8Array, Uint8Array] {
  const repetition = new ByteWriter();
  const run = (to: ByteWriter, length: number, level: number) => {
    to.appendVarInt(length << 1);
    to.appendUint8(level);
  };
  for (let row = 0; row < rows; row++) {
    run(repetition, 1, 0);
    if (lengthSamples > 1) run(repetition, lengthSamples - 1, 1);
  }
  const definition = new ByteWriter();
  run(definition, rows * lengthSamples, 1);
  return [repetition.getBytes(), definition.getBytes()];
}

function int16Of(bytes: Uint8Array): Int16Array {
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

const [blockValues, miniblocks, miniblockValues] = [128, 4, 32];

/**
 * Encodes values as DELTA_BINARY_PACKED: each difference minus the smallest one of its block, with as many bits as the
 * largest one of its miniblock needs.
 */
export function deltaBinaryPacked(values: Int16Array): Uint8Array {
  const writer = new ByteWriter();
  for (const part of [blockValues, miniblocks, values.length]) writer.appendVarInt(part);
  writer.appendZigZag(values[0]!);
  const deltas = new Int32Array(blockValues);
  const packed = new Uint8Array(4 * miniblockValues);
  for (let first = 1; first < values.length; first += blockValues) {
    const count = Math.min(blockValues, values.length - first);
    let least = values[first]! - values[first - 1]!;
    for (let n = 0; n < count; n++) {
      const delta = values[first + n]! - values[first + n - 1]!;
      deltas[n] = delta;
      if (delta < least) least = delta;
    }
    for (let n = 0; n < count; n++) deltas[n]! -= least;
    deltas.fill(0, count);
    writer.appendZigZag(least);
    const widths = Array.from({ length: miniblocks }, (_, mini) => {
      let all = 0;
      for (let n = 0; n < miniblockValues; n++) all |= deltas[mini * miniblockValues + n]!;
      return 32 - Math.clz32(all);
    });
    for (const width of widths) writer.appendUint8(width);
    for (const [mini, width] of widths.entries()) {
      // A miniblock after the last value is omitted; its width is 0.
      if (mini * miniblockValues >= count) break;
      const bytes = pack(
        deltas.subarray(mini * miniblockValues, (mini + 1) * miniblockValues),
        width,
        packed,
      );
      writer.appendBytes(packed.subarray(0, bytes));
    }
  }
  return writer.getBytes();
}

/** Packs values of up to 18 bits into `packed`, the lowest bit first. Returns the number of bytes written. */
function pack(values: Int32Array, width: number, packed: Uint8Array): number {
  let [bytes, pending, bits] = [0, 0, 0];
  for (let n = 0; n < values.length; n++) {
    pending |= values[n]! << bits;
    bits += width;
    for (; bits >= 8; bits -= 8) {
      packed[bytes++] = pending & 0xff;
      pending >>>= 8;
    }
  }
  return bytes;
}
