// Writing of EDF+ files: what is written is read back, bit for bit where the format can hold it.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { edfLayout } from '#lib/codecs/edf/layout.js';
import { type EdfAnnotation, paddingText, readEdf, readEdfAnnotations } from '#lib/codecs/edf/read.js';
import { writeDigitalEdf, writeEdf } from '#lib/codecs/edf/writer.js';
import { errorOf, temporaryFolder } from '../../helpers/folder.js';

const one = (values: ArrayLike<number>, fsHz = 250) => {
  return { name: 'r', fsHz, leads: ['II'], signalsMv: [Float32Array.from(values)] };
};

/** Returns a random record whose samples are whole microvolts, with annotations in order of time. */
function randomEdf(seed: number) {
  const random = randomStream(seed, 'random EDF');
  const fsHz = [100, 128, 250, 256.5, 360, 500, 62.5, 1000][random.below(8)]!;
  const length = 1 + random.below(1500);
  const leads = ['I', 'II', 'V1', 'aVR', 'ECG', 'ECG 2', 'chest lead'].slice(0, 1 + random.below(7));
  const signalsMv = leads.map(() =>
    Float32Array.from({ length }, () => (random.below(65535) - 32767) / 1000),
  );
  const words = ['(AFIB', 'N', 'V', 'Lights off', 'café µV', '+1', '(', '12 words, and more; of "them"'];
  const annotations: EdfAnnotation[] = Array.from({ length: random.below(40) }, () => ({
    onsetS: random.below(length) / 1000 / Math.max(1, fsHz / 1000),
    ...(random.below(2) === 0 && { durationS: random.below(1000) / 128 }),
    text: words[random.below(words.length)]!,
  }))
    .filter(({ onsetS }) => onsetS * fsHz <= length)
    .sort((a, b) => a.onsetS - b.onsetS);
  return { record: { name: `r${seed}`, fsHz, leads, signalsMv }, annotations };
}

describe('writeEdf', () => {
  it('keeps rate, leads, samples and annotations of random records', async () => {
    const folder = await temporaryFolder();
    for (let seed = 0; seed < 25; seed++) {
      const { record, annotations } = randomEdf(seed);
      await writeEdf(folder, record, { annotations });
      const path = join(folder, `r${seed}.edf`);
      expect(await readEdf(path)).toEqual(record);
      const found = (await readEdfAnnotations(path)).filter(({ text }) => text !== paddingText);
      const close = ({ onsetS, durationS, text }: EdfAnnotation) => {
        return [onsetS.toFixed(5), durationS?.toFixed(5), text];
      };
      expect(found.map(close)).toEqual(annotations.map(close));
    }
  });

  it('writes an EDF+C header of ASCII fields', async () => {
    const folder = await temporaryFolder();
    const record = { ...one(new Float32Array(2500)), leads: ['II', 'V1'] };
    await writeEdf(folder, { ...record, signalsMv: [record.signalsMv[0]!, record.signalsMv[0]!] });
    const text = (await readFile(join(folder, 'r.edf'))).toString('latin1');
    expect(text.slice(0, 256)).toBe(
      `0       ${'X X X X'.padEnd(80)}${'Startdate X X X pqrst'.padEnd(80)}01.01.8500.00.001024    ` +
        `${'EDF+C'.padEnd(44)}10      1       3   `,
    );
    expect(text.slice(256, 304)).toBe(
      `${'ECG II'.padEnd(16)}${'ECG V1'.padEnd(16)}${'EDF Annotations'.padEnd(16)}`,
    );
    expect(text.slice(1024 + 1000, 1024 + 1005)).toBe('+0\x14\x14\0');
  });

  it('takes larger steps for a lead that would clip, and no smaller ones', async () => {
    const folder = await temporaryFolder();
    for (const [mv, stepMv] of [
      [32.767, 0.001],
      [32.7674, 0.001],
      [-32.768, 0.002],
      [65.6, 0.003],
      [9993.9, 0.305],
    ] as const) {
      await writeEdf(folder, one([mv, 0, 0.001]));
      const [signalMv] = (await readEdf(join(folder, 'r.edf'))).signalsMv;
      expect(Math.abs(signalMv![0]! - mv)).toBeLessThanOrEqual(stepMv / 2 + 1e-6 * Math.abs(mv));
      expect(signalMv![2]! === 0 || signalMv![2] === Math.fround(stepMv)).toBe(true);
    }
  });

  it('fills the last data record if no time divides the length, states where, and removes it when it reads', async () => {
    const folder = await temporaryFolder();
    const record = one(
      Array.from({ length: 1009 }, (_, n) => n / 1000),
      360,
    );
    await writeEdf(folder, record);
    const path = join(folder, 'r.edf');
    expect(await readEdf(path)).toEqual(record);
    expect(await readEdfAnnotations(path)).toEqual([
      {
        onsetS: Number((1009 / 360).toFixed(6)),
        durationS: Number((71 / 360).toFixed(6)),
        text: paddingText,
      },
    ]);
    const bytes = await readFile(path);
    const lastRecord = 768 + (2 * (bytes.length - 768)) / 3;
    for (const n of [288, 289, 359]) expect(bytes.readInt16LE(lastRecord + 2 * n)).toBe(1008);
  });

  it('refuses what EDF cannot hold', async () => {
    const folder = await temporaryFolder();
    const write = (change: object, annotations: EdfAnnotation[] = []) =>
      errorOf(writeEdf(folder, { ...one([1, 2]), ...change }, { annotations }));
    expect(await write({ name: '../r' })).toMatch(/its name must be letters/);
    expect(await write({ fsHz: 0 })).toMatch(/its rate must be above 0/);
    expect(await write({ fsHz: 128.123456 })).toMatch(
      /^ERR_EDF: record r: EDF cannot store a rate of 128\.123456 Hz exactly/,
    );
    expect(await write({ leads: ['V1\n'] })).toMatch(/the lead "V1\n" must be words of ASCII letters/);
    expect(await write({ leads: ['a name too long'] })).toMatch(/at most 12 characters/);
    expect(await write({ leads: ['II', 'V1'] })).toMatch(/got 2 names and lengths 2$/);
    expect(await write({ leads: [], signalsMv: [] })).toMatch(/got 0 names and lengths of no signal$/);
    expect(await write({ signalsMv: [Float32Array.of(0, Number.NaN)] })).toMatch(
      /sample 1 is NaN, and EDF has no value/,
    );
    expect(await write({ signalsMv: [Float32Array.of(1e4)] })).toMatch(/a sample of 10000 mV is too large/);
    expect(await write({}, [{ onsetS: 1, text: 'N' }])).toMatch(
      /"N" at 1 s \(duration 0 s\) is not inside the record/,
    );
    expect(await write({}, [{ onsetS: -1, text: 'N' }])).toMatch(/is not inside the record/);
    expect(await write({}, [{ onsetS: 0, durationS: Number.NaN, text: 'N' }])).toMatch(
      /is not inside the record/,
    );
    expect(await write({}, [{ onsetS: 0, text: 'a\x14b' }])).toMatch(
      /must be characters without line breaks/,
    );
    expect(await write({}, [{ onsetS: 0, text: '' }])).toMatch(/must be characters without line breaks/);
  });
});

describe('writeDigitalEdf', () => {
  it('writes the same bytes from pieces of any length, and states their size and hash', async () => {
    const [whole, cut] = [await temporaryFolder(), await temporaryFolder()];
    const leads = ['I', 'II'];
    const samples = Int16Array.from({ length: 2 * 1234 }, (_, n) => (n * 7919) % 65536);
    const record = {
      name: 'r',
      fsHz: 100,
      leads,
      lengthSamples: 1234,
      annotations: [{ onsetS: 3, text: 'V' }],
    };
    const expected = await writeDigitalEdf(whole, { ...record, pieces: [samples] });
    const pieces: Int16Array[] = [];
    for (let at = 0; at < 1234; ) {
      const to = Math.min(1234, at + 1 + ((at * 31) % 300));
      pieces.push(Int16Array.from([...samples.subarray(at, to), ...samples.subarray(1234 + at, 1234 + to)]));
      at = to;
    }
    expect(await writeDigitalEdf(cut, { ...record, pieces })).toEqual(expected);
    const bytes = await readFile(join(cut, 'r.edf'));
    expect(bytes).toEqual(await readFile(join(whole, 'r.edf')));
    expect(expected).toEqual({
      ...{ name: 'r.edf', bytes: bytes.length },
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    const { signalsMv } = await readEdf(join(cut, 'r.edf'));
    expect(signalsMv[1]).toEqual(Float32Array.from(samples.subarray(1234), (count) => count / 1000));
    expect(await errorOf(writeDigitalEdf(cut, { ...record, pieces: [samples] }))).toMatch(/^ERR_WRITE: /);
  });

  it('keeps every 16-bit count', async () => {
    const folder = await temporaryFolder();
    const samples = Int16Array.from({ length: 65536 }, (_, n) => n - 32768);
    const record = { name: 'r', fsHz: 256, leads: ['II'], lengthSamples: 65536, annotations: [] };
    await writeDigitalEdf(folder, { ...record, pieces: [samples] });
    const { signalsMv } = await readEdf(join(folder, 'r.edf'));
    const expected = Float32Array.from(samples, (count) => count / 1000);
    expect(Buffer.compare(Buffer.from(signalsMv[0]!.buffer), Buffer.from(expected.buffer))).toBe(0);
  });
});

describe('edfLayout', () => {
  it('takes data records of 1 s, or the longest that divide the length and give the rate exactly', () => {
    expect(edfLayout(250, 2500, 12)).toMatchObject({
      samplesPerRecord: 250,
      records: 10,
      recordSeconds: '1',
    });
    expect(edfLayout(250, 1050, 1)).toMatchObject({
      samplesPerRecord: 1050,
      records: 1,
      recordSeconds: '4.2',
    });
    expect(edfLayout(500, 60_250, 12)).toMatchObject({ samplesPerRecord: 2410, recordSeconds: '4.82' });
    expect(edfLayout(62.4725, 24_989, 1)).toMatchObject({ samplesPerRecord: 24_989, recordSeconds: '400' });
    expect(edfLayout(257, 643, 1)).toMatchObject({ samplesPerRecord: 257, records: 3, paddingSamples: 128 });
    expect(edfLayout(4000, 24 * 3600 * 4000, 12)).toMatchObject({
      samplesPerRecord: 4000,
      paddingSamples: 0,
    });
  });
});
