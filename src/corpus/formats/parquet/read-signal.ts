// Reads rows of a signal column page by page, in the layout of signal.ts: the library would make an array of every row
// and decode the levels of every sample, which takes ten times as long.

import type { FileHandle } from 'node:fs/promises';
import type { ColumnChunk } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { halfToFloat } from '../../../base/half.js';
import { readAt } from '../../../base/open-file.js';
import type { SampleType } from '../../../kernel/binding.js';
import { countsPerUnit } from '../stored.js';

/** The header of a page is shorter than this. */
const mostHeaderBytes = 256;

/** A signal column: one lead of the records. */
export interface SignalColumn {
  readonly name: string;
  readonly type: SampleType;
  readonly lengthSamples: number;
  /** Place of the lead among the `leads` leads of a record. */
  readonly lead: number;
  readonly leads: number;
}

/** Rows of a row group, and the record in the output that the first of them is. */
export interface SignalRows {
  readonly from: number;
  readonly to: number;
  readonly place: number;
}

/**
 * Writes rows of a column chunk into `into` [records, leads, lengthSamples], in the unit of the corpus.
 *
 * @throws Error: when a page is not in the layout of signal.ts.
 */
export async function readSignalRows(
  file: FileHandle,
  { meta_data }: Pick<ColumnChunk, 'meta_data'>,
  { name, type, lengthSamples, lead, leads }: SignalColumn,
  { from, to, place }: SignalRows,
  into: Float32Array,
): Promise<void> {
  let at = Number(meta_data!.data_page_offset);
  const end = at + Number(meta_data!.total_compressed_size);
  const head = new Uint8Array(mostHeaderBytes);
  for (let row = 0; row < to; ) {
    const fail = (what: string) => new Error(`the page at byte ${at} of ${name} ${what}`);
    if (at >= end) throw fail(`is missing: the column ends at row ${row}`);
    await readAt(file, head, at);
    const reader = { view: new DataView(head.buffer), offset: 0 };
    const { compressed_page_size: bytes, data_page_header_v2: page } = parquetHeader(reader);
    if (page === undefined || page.num_rows < 1 || page.num_values !== page.num_rows * lengthSamples) {
      throw fail(`does not hold rows of ${lengthSamples} samples`);
    }
    const next = row + page.num_rows;
    if (next > from) {
      const levels = page.repetition_levels_byte_length + page.definition_levels_byte_length;
      const values = new Uint8Array(bytes - levels);
      if ((await readAt(file, values, at + reader.offset + levels)) < values.length)
        throw fail('is cut short');
      const samples = decoded(values, type, page.num_values);
      for (let n = Math.max(row, from); n < Math.min(next, to); n++) {
        const one = samples.subarray((n - row) * lengthSamples, (n - row + 1) * lengthSamples);
        into.set(one, ((place + n - from) * leads + lead) * lengthSamples);
      }
    }
    row = next;
    at += reader.offset + bytes;
  }
}

/** Returns the samples of a page in the unit of the corpus. */
function decoded(values: Uint8Array, type: SampleType, count: number): Float32Array {
  if (type !== 'int16') {
    const samples =
      type === 'float32'
        ? new Float32Array(values.buffer, 0, count)
        : new Uint16Array(values.buffer, 0, count);
    return samples instanceof Float32Array ? samples : halfToFloat(samples);
  }
  const counts = new Int32Array(count);
  deltaBinaryUnpack({ view: new DataView(values.buffer), offset: 0 }, count, counts);
  return Float32Array.from(counts, (one) => one / countsPerUnit);
}
