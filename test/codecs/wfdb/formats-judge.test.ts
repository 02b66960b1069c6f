// Compares with the Python package `wfdb`, sample by sample: records that it writes in its formats, records that test
// code writes in all formats, and records of several segments.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { readHeader, readLeads } from '#lib/codecs/wfdb/read.js';
import { chooseLeads } from '#lib/signal/leads.js';
import { flacFile } from '../../helpers/flac-file.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { judge } from '../../helpers/judge.js';
import { pythonWith } from '../../helpers/python.js';
import { writeSegments } from '../../helpers/segments.js';
import { interleave, packSamples, sampleBits } from '../../helpers/signal-files.js';

interface Verdict {
  readonly written: string[];
  readonly records: {
    readonly fs: number;
    readonly leads: string[];
    readonly perFrame: number[];
    readonly signals: string[];
  }[];
}

const python = pythonWith('wfdb', 'soundfile');
const absent = python === undefined ? ' (SKIPPED: no python3 with the wfdb package; pip install wfdb)' : '';

/** Compares leads of one record by bits: NaN equals NaN. */
async function expectSame(
  path: string,
  verdict: Verdict['records'][number],
  names = verdict.leads,
): Promise<void> {
  for (const lead of names) {
    const at = verdict.leads.indexOf(lead);
    const found = await readLeads(path, (all) => chooseLeads(all, { prefer: [] }, [lead]));
    if (typeof found === 'string') throw new Error(`${path}: ${found}`);
    const [signalMv] = found.signalsMv as [Float32Array];
    const bytes = Uint8Array.from(Buffer.from(verdict.signals[at]!, 'base64'));
    const expected = new Float32Array(bytes.buffer);
    const differs = signalMv.findIndex((mv, n) => !Object.is(mv, expected[n]) && mv !== expected[n]);
    expect([path, lead, found.fsHz, found.notes, signalMv.length, differs]).toEqual([
      ...[path, lead, verdict.fs * verdict.perFrame[at]!, undefined, expected.length, -1],
    ]);
  }
}

function judged(write: string | null, read: readonly string[]): Verdict {
  return judge<Verdict>(python!, 'wfdb_formats_judge.py', { write, read });
}

describe.skipIf(python === undefined)(`we decode signal formats as the wfdb package does${absent}`, () => {
  it('reads the records that it writes', async () => {
    const folder = await temporaryFolder();
    const { written, records } = judged(folder, []);
    expect(written.length).toBe(32);
    for (const [n, name] of written.entries()) await expectSame(join(folder, name), records[n]!);
  });

  it('reads all formats that test code writes, with offsets, skew and several samples per frame', async () => {
    const folder = await temporaryFolder();
    const paths: string[] = [];
    for (const format of [8, 16, 24, 32, 61, 80, 160, 212, 310, 311, 508, 516, 524]) {
      for (let round = 0; round < 4; round++) {
        const random = randomStream(round, 'judge', format);
        const isFlac = format > 500;
        const count = 1 + random.below(3);
        const shared = 1 + random.below(3);
        const perFrame = Array.from({ length: count }, () => (isFlac ? shared : 1 + random.below(3)));
        const bits = sampleBits[format] ?? 6;
        const length = 1 + random.below(400);
        const signals = perFrame.map((n) =>
          Array.from({ length: n * length }, () => random.below(2 ** bits) - 2 ** (bits - 1)),
        );
        const offset = format === 8 ? 0 : 3 * random.below(3);
        // The package misplaces a skewed end if a frame has several samples, and format 8 has no value for missing ones.
        const canSkew = format !== 8 && !isFlac && perFrame.every((n) => n === 1);
        const name = `f${format}_${round}`;
        const lines = perFrame.map((n, at) => {
          const skew = canSkew && at === count - 1 ? `:${Math.min(random.below(4), length)}` : '';
          return `${name}.dat ${format}x${n}${skew}+${offset} ${3 + at}(${10 * at})/mV 0 0 0 0 0 s${at}`;
        });
        const data = isFlac
          ? flacFile(
              signals.map((one) => [...Array<number>(offset).fill(0), ...one]),
              { bits, seed: round },
            )
          : format === 8
            ? Uint8Array.from(interleave(signals, perFrame), (one) => one & 255)
            : packSamples(format, interleave(signals, perFrame));
        const bytes = isFlac ? data : Buffer.concat([Buffer.alloc(offset), data]);
        await writeFile(join(folder, `${name}.dat`), bytes);
        await writeFile(
          join(folder, `${name}.hea`),
          [`${name} ${count} 100 ${length}`, ...lines, ''].join('\n'),
        );
        paths.push(join(folder, name));
      }
    }
    const { records } = judged(null, paths);
    for (const [n, path] of paths.entries()) await expectSame(path, records[n]!);
  });

  it('joins segments of fixed and variable layouts', async () => {
    const folder = await temporaryFolder();
    await writeSegments(folder);
    const paths = ['fixed', 'var'].map((name) => join(folder, name));
    const { records } = judged(null, paths);
    for (const [n, path] of paths.entries()) {
      await expectSame(path, records[n]!, ['II', 'V1']);
      const { signals } = await readHeader(path);
      expect(signals.map(({ description }) => description)).toEqual(records[n]!.leads);
    }
  });
});
