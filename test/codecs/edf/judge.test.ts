// Compares reader and writer with pyedflib and MNE, sample for sample and both ways. The judges need Python with these
// packages (PQRST_PYTHON names it); without them the tests are skipped.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { readEdf, readEdfAnnotations } from '#lib/codecs/edf/read.js';
import { writeEdf } from '#lib/codecs/edf/writer.js';
import { annotationSignal, edfFile } from '../../helpers/edf-file.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { judge } from '../../helpers/judge.js';
import { pythonWith } from '../../helpers/python.js';

const python = pythonWith('pyedflib', 'mne', 'numpy');
if (python === undefined) console.log('skip: no Python with pyedflib and MNE; EDF is not judged');

interface Seen {
  readonly labels: readonly string[];
  readonly fs: readonly number[];
  /** In the unit of the file. */
  readonly pyedflib: readonly string[];
  /** In V. */
  readonly mne: readonly string[];
  readonly annotations: readonly [number, number, string][];
  readonly mne_annotations: readonly [number, number, string][];
}

const ask = (asked: object) =>
  judge<{ readonly read: Seen[]; readonly write: string[][] }>(python!, 'edf_judge.py', asked);
const decoded = (text: string) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

/** Expects equal samples: `found` in mV, and the judge's samples times `factor`. */
function expectSamples(found: Float32Array, text: string, factor: number, padding = 0): void {
  const expected = decoded(text);
  expect(expected.length).toBe(found.length + padding);
  let worst = 0;
  for (let n = 0; n < found.length; n++) {
    const mv = expected[n]! * factor;
    worst = Math.max(worst, Math.abs(found[n]! - mv) / (1e-9 + Math.abs(mv)));
  }
  // A float32 has 24 bits; the judges compute the last bits of a float64 in other ways.
  expect(worst).toBeLessThan(2 ** -23);
}

describe.skipIf(python === undefined)('pyedflib and MNE', () => {
  it('read what pqrst writes, the last record with padding', async () => {
    const folder = await temporaryFolder();
    const random = randomStream(3, 'EDF judge');
    const records = Array.from({ length: 8 }, (_, k) => {
      const leads = ['I', 'II', 'V1', 'aVF'].slice(0, 1 + random.below(4));
      const fsHz = k === 7 ? 360 : [100, 250, 256.5, 360, 500][random.below(5)]!;
      const length = 2 * fsHz * (1 + random.below(5)) - (k === 7 ? 3 : 0);
      const amplitude = [3, 32.767, 200][random.below(3)]!;
      const signalsMv = leads.map(() => {
        return Float32Array.from({ length }, () => (2 * random.uniform() - 1) * amplitude);
      });
      return { name: `r${k}`, fsHz, leads, signalsMv };
    });
    const annotations = [
      { onsetS: 0, text: '(AFIB' },
      { onsetS: 0.504, text: 'N' },
      { onsetS: 1.25, durationS: 0.5, text: 'café µV' },
    ];
    for (const record of records) await writeEdf(folder, record, { annotations });
    const paths = records.map(({ name }) => join(folder, `${name}.edf`));
    for (const [k, seen] of ask({ read: paths }).read.entries()) {
      const { fsHz, leads, signalsMv } = records[k]!;
      const padding = k === 7 ? 3 : 0;
      expect(seen.labels).toEqual(leads.map((lead) => `ECG ${lead}`));
      for (const [n, signalMv] of signalsMv.entries()) {
        expect(seen.fs[n]).toBeCloseTo(fsHz, 9);
        const { signalsMv: found } = await readEdf(paths[k]!);
        expectSamples(found[n]!, seen.pyedflib[n]!, 1e-3, padding);
        expectSamples(found[n]!, seen.mne[n]!, 1e3, padding);
        const step = Math.max(1, Math.ceil(Math.max(...signalMv.map(Math.abs)) / 32.767)) / 1000;
        const worst = Math.max(...signalMv.map((mv, at) => Math.abs(mv - found[n]![at]!)));
        expect(worst).toBeLessThanOrEqual(step / 2 + 1e-4);
      }
      const marks = annotations.map(({ onsetS, durationS, text }) => [onsetS, durationS, text] as const);
      expect(seen.annotations.slice(0, 3)).toEqual(
        marks.map(([onset, duration = -1, text]) => [onset, duration, text]),
      );
      expect(seen.mne_annotations.slice(0, 3)).toEqual(
        marks.map(([onset, duration = 0, text]) => [onset, duration, text]),
      );
    }
  });

  it('write what pqrst reads, EDF+ and BDF+, in several units', async () => {
    const folder = await temporaryFolder();
    const random = randomStream(4, 'EDF judge');
    const write = ['uV', 'mV', 'V'].flatMap((unit) =>
      [false, true].map((bdf) => ({
        ...{
          path: join(folder, `${unit}.${bdf ? 'bdf' : 'edf'}`),
          bdf,
          unit,
          fs: [200, 250, 360][random.below(3)]!,
        },
        labels: ['ECG I', 'ECG II', 'Pleth'],
        signals: [1, 2, 3].map(() => Array.from({ length: 1800 }, () => 40 * random.uniform() - 20)),
        annotations: [[0.25, -1, '(AFL'] as const, [1.5, 0.125, 'V'] as const],
      })),
    );
    const factors: Readonly<Record<string, number>> = { uV: 1e-3, mV: 1, V: 1e3 };
    const verdict = ask({ write });
    for (const [k, { path, unit, fs }] of write.entries()) {
      const record = await readEdf(path);
      expect([record.leads, record.fsHz]).toEqual([['I', 'II'], fs]);
      for (const [n, signalMv] of record.signalsMv.entries()) {
        expectSamples(signalMv, verdict.write[k]![n]!, factors[unit]!);
      }
      expect(await readEdfAnnotations(path)).toEqual([
        { onsetS: 0.25, text: '(AFL' },
        { onsetS: 1.5, durationS: 0.125, text: 'V' },
      ]);
    }
  });

  it('read the same samples of a file with a negative gain, an offset and a first time above 0', async () => {
    const path = join(await temporaryFolder(), 'odd.edf');
    const samples = Array.from({ length: 30 }, (_, n) => 60 * n - 900);
    const limits = { physical: ['1234.5', '-987.65'], digital: ['-1000', '2000'] } as const;
    const tals = ['+0.5\x14\x14\0+0.75\x14V\x14\0', '+1.5\x14\x14\0', '+2.5\x14\x14\0+3\x14N\x14\0'];
    const signals = [{ ...limits, samples }, annotationSignal(tals)];
    await writeFile(path, edfFile(signals, { reserved: 'EDF+C' }));
    const [seen] = ask({ read: [path] }).read;
    const { signalsMv } = await readEdf(path);
    expectSamples(signalsMv[0]!, seen!.pyedflib[0]!, 1e-3);
    expectSamples(signalsMv[0]!, seen!.mne[0]!, 1e3);
    const found = await readEdfAnnotations(path);
    expect(found.map(({ onsetS, text }) => [onsetS, text])).toEqual([
      [0.25, 'V'],
      [2.5, 'N'],
    ]);
    expect(seen!.annotations.map(([onsetS, , text]) => [onsetS, text])).toEqual(
      found.map(({ onsetS, text }) => [onsetS, text]),
    );
  });
});
