// Writes WFDB records in the form in which the CinC Challenges publish them: a MATLAB v4 file with int16 samples, and a
// header. It does not use the code of src.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A record to write. */
export interface MatRecord {
  readonly fsHz: number;
  readonly leads: readonly string[];
  /** The stored values of the samples, [leads][samples]. */
  readonly adc: readonly Int16Array[];
  /** Lines of the header that start with #. */
  readonly comments?: readonly string[];
  /** The gain of all leads; default 1000/mV. */
  readonly gain?: string;
}

/** Writes `path.mat` and `path.hea` below `folder`. */
export async function writeMatRecord(folder: string, path: string, record: MatRecord): Promise<void> {
  const { fsHz, leads, adc, comments = [], gain = '1000/mV' } = record;
  const name = path.split('/').at(-1)!;
  const length = adc[0]!.length;
  const bytes = Buffer.alloc(24 + 2 * leads.length * length);
  // Type 30 (int16, little-endian), rows, columns, 0 (not imaginary), length of the name with its NUL.
  for (const [at, word] of [30, leads.length, length, 0, 4].entries()) bytes.writeUInt32LE(word, 4 * at);
  bytes.write('val\0', 20, 'latin1');
  for (const [lead, samples] of adc.entries()) {
    for (const [n, value] of samples.entries()) bytes.writeInt16LE(value, 24 + 2 * (n * leads.length + lead));
  }
  const lines = leads.map((lead) => `${name}.mat 16+24 ${gain} 16 0 0 0 0 ${lead}`);
  await mkdir(join(folder, dirname(path)), { recursive: true });
  await writeFile(join(folder, `${path}.mat`), bytes);
  const header = [`${name} ${leads.length} ${fsHz} ${length}`, ...lines, ...comments, ''].join('\n');
  await writeFile(join(folder, `${path}.hea`), header);
}

/** Returns `length` samples of a triangle wave between 0 and 1000 with the given period. */
export function triangle(length: number, period: number): Int16Array {
  return Int16Array.from({ length }, (_, n) =>
    Math.round((1000 * Math.abs((n % period) - period / 2)) / period),
  );
}
