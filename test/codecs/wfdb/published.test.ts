// Oddities of published records that must not change a value: units in every spelling, inverted signals, annotation
// times that count frames, signal lines beyond the announced number, and statements of a header that do not fit.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatAnnotations } from '#lib/codecs/wfdb/annotations.js';
import { readAnnotations, readLeads, readRecord } from '#lib/codecs/wfdb/read.js';
import { contradictions } from '#lib/codecs/wfdb/stated.js';
import { mvPerUnit } from '#lib/codecs/wfdb/units.js';
import { chooseLeads } from '#lib/signal/leads.js';
import { errorOf, folderOf } from '../../helpers/folder.js';

const int16 = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);
const recordOf = (lines: string | Uint8Array, data: Uint8Array, more: Record<string, Uint8Array> = {}) =>
  folderOf({ 'r.hea': lines, 'r.dat': data, ...more }).then((folder) => join(folder, 'r'));

describe('units of voltage', () => {
  it.each([
    ['mV', 1],
    ['MV', 1],
    ['mvolts', 1],
    ['millivolt', 1],
    ['uV', 1e-3],
    ['\u00b5V', 1e-3],
    ['\u03bcV', 1e-3],
    ['\u00c2\u00b5V', 1e-3],
    ['\u00e6V', 1e-3],
    ['nV', 1e-6],
    ['V', 1e3],
    ['volt', 1e3],
    ['?V', undefined],
    ['mV/s', undefined],
    ['mmHg', undefined],
    ['lev', undefined],
  ])('%s', (units, mv) => {
    expect(mvPerUnit(units)).toBe(mv);
  });

  it('are read from a header in Latin-1, so that lead II stays in its place', async () => {
    const lines = 'r 2 500 1\nr.dat 16 1(0)/\u00b5V 16 0 0 0 0 II\nr.dat 16 1000(0)/mV 16 0 0 0 0 V1';
    const record = await readRecord(await recordOf(Buffer.from(lines, 'latin1'), int16(203, 7)));
    expect([record.leads, record.signalsMv]).toEqual([
      ['II', 'V1'],
      [Float32Array.of(0.203), Float32Array.of(0.007)],
    ]);
  });

  it('let no other lead take the place of a lead II with an unknown unit', async () => {
    const lines = 'r 2 500 1\nr.dat 16 1(0)/?V 16 0 0 0 0 II\nr.dat 16 1000(0)/mV 16 0 0 0 0 V1';
    const path = await recordOf(lines, int16(203, 7));
    const lead = (rule: Parameters<typeof chooseLeads>[1], wanted?: readonly string[]) =>
      readLeads(path, (names) => chooseLeads(names, rule, wanted));
    expect(await lead({ prefer: ['II'], orFirst: true })).toContain('lead II is in "?V"');
    expect(await lead({ prefer: ['II'] }, ['V1'])).toMatchObject({ leads: ['V1'] });
    expect((await readRecord(path)).leads).toEqual(['V1']);
  });
});

describe('a flaw of one signal', () => {
  it.each(['loud/mV', '1000(0)/degC', '-100.5(3000)/degC', '200,5'])(
    'does not block the ECG: %s',
    async (gain) => {
      const lines = `r 2 500 1\nr.dat 16 -1000(0)/mV 16 0 0 0 0 II\nr.dat 16 ${gain} 16 0 0 0 0 other`;
      const path = await recordOf(lines, int16(203, 7));
      expect(await readLeads(path, () => [0])).toMatchObject({ signalsMv: [Float32Array.of(-0.203)] });
    },
  );

  it('refuses the signal itself', async () => {
    const path = await recordOf('r 1 500 1\nr.dat 16 loud/mV 16 0 0 0 0 II', int16(203));
    expect(await errorOf(readRecord(path))).toMatch(
      /ERR_WFDB_HEADER: header .*r\.hea: signal II: gain "loud\/mV"/,
    );
  });
});

describe('times of annotations', () => {
  const mark = (sample: number) => ({ sample, symbol: 'N', subtype: 0, channel: 0, number: 0, aux: '' });
  const atr = { 'r.atr': formatAnnotations([mark(2), mark(90)]) };
  const times = async (path: string, fsHz?: number) =>
    (await readAnnotations(path, 'atr', fsHz)).map(({ sample }) => sample);

  it.each([
    ['one sample per frame', 'r 1 180 100\nr.dat 16', [2, 90]],
    ['several samples per frame', 'r 1 180 100\nr.dat 16x2 200/mV', [4, 180]],
    ['a slow signal that is not a voltage', 'r 2 180 100\nr.dat 16 1/mmHg\nr.dat 16x2 200/mV', [4, 180]],
    ['a fast signal that is not a voltage', 'r 2 180 100\nr.dat 16x8 1/mmHg\nr.dat 16x2 200/mV', [4, 180]],
    ['no signal', 'r 0 180 100', [2, 90]],
  ])('count frames: %s', async (_, lines, expected) => {
    expect(await times(await recordOf(lines, int16(), atr))).toEqual(expected);
  });

  it('are given at the requested rate', async () => {
    expect(await times(await recordOf('r 1 180 100\nr.dat 16x2', int16(), atr), 720)).toEqual([8, 360]);
  });

  it('stay as they are without a header', async () => {
    expect(await times(join(await folderOf(atr), 'r'))).toEqual([2, 90]);
  });
});

describe('signal lines beyond the announced number', () => {
  const line = 'r.dat 16 1/mV 16 0 0 0 0';
  const lines = `r 1 500 3\n${line} II\n${line} V1`;

  it('are ignored if the file has the size of the announced signals', async () => {
    const record = await readRecord(await recordOf(lines, int16(1, 2, 3)));
    expect([record.leads, record.signalsMv]).toEqual([['II'], [Float32Array.of(1, 2, 3)]]);
  });

  it('are ignored if they name another file', async () => {
    const record = await readRecord(
      await recordOf(lines.replace(`${line} V1`, 'lost.dat 16'), int16(1, 2, 3)),
    );
    expect(record.leads).toEqual(['II']);
  });

  it('are refused if the file holds them too', async () => {
    const error = await errorOf(readRecord(await recordOf(lines, int16(1, 9, 2, 9, 3, 9))));
    expect(error).toContain('announces 1 signals in r.dat and describes more');
  });
});

describe('what a header states about its samples', () => {
  const headerOf = (first: number, sum: number) => `r 1 500 3\nr.dat 16 1/mV 16 0 ${first} ${sum} 0 II`;
  const notesOf = async (lines: string, ...values: number[]) =>
    (await readRecord(await recordOf(lines, int16(...values)))).notes;

  it.each([
    ['the right checksum', 1, 6, [1, 2, 3]],
    ['a checksum without a sign', 0, 65535, [-2, 0, 1]],
    ['a checksum with a sign', 0, -1, [-2, 0, 1]],
    ['a sum beyond 16 bits', 0, 30000 * 3 - 2 ** 17, [30000, 30000, 30000]],
    ['nothing', 0, 0, [1, 2, 3]],
    ['the first value alone', 1, 0, [1, 2, 3]],
  ])('gives no note: %s', async (_, first, sum, values) => {
    expect(await notesOf(headerOf(first, sum), ...values)).toBeUndefined();
  });

  it('gives a note for a wrong checksum and for a wrong first value', async () => {
    expect(await notesOf(headerOf(1, 7), 1, 2, 3)).toEqual([
      'the checksum of II is not the one that the header states (7)',
    ]);
    expect(await notesOf(headerOf(5, 0), 1, 2, 3)).toEqual([
      'II starts with the ADC value 1, and the header states 5',
    ]);
  });

  it('accepts the checksum of the WFDB library for missing samples in format 212', () => {
    const signal = {
      format: 212 as const,
      ...{ fileName: 'r.dat', samplesPerFrame: 1, skewSamples: 0, byteOffset: 0, gain: 200 },
      ...{
        baseline: 0,
        units: 'mV',
        resolutionBits: 12,
        zero: 0,
        initial: 0,
        blockSize: 0,
        description: 'II',
      },
    } as const;
    const sums = [5 - 2048, 5 - 32768, 6 - 2048];
    const notes = sums.map((checksum) => contradictions([{ ...signal, checksum }], [[5, -2048]]).length);
    expect(notes).toEqual([0, 0, 1]);
  });
});
