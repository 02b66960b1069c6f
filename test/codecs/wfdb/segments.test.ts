// Records of several segments: fixed and variable layouts, gaps, gains per segment, and what must be refused.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations, readHeader, readLeads, readRecord } from '#lib/codecs/wfdb/read.js';
import { recordFiles } from '#lib/codecs/wfdb/segments.js';
import { errorOf, temporaryFolder } from '../../helpers/folder.js';
import { writeSegments } from '../../helpers/segments.js';

const nan = Number.NaN;

/** Makes the folder of `writeSegments`, and adds or replaces headers. */
async function segments(headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await temporaryFolder();
  await writeSegments(folder);
  for (const [name, text] of Object.entries(headers)) await writeFile(join(folder, `${name}.hea`), text);
  return folder;
}

const lead = (folder: string, record: string, name: string) =>
  readLeads(join(folder, record), (names) => [names.indexOf(name)]);

describe('records of several segments', () => {
  it('joins the segments of a fixed layout, each with its own gain and baseline', async () => {
    const folder = await segments();
    const record = await readRecord(join(folder, 'fixed'));
    expect([record.name, record.fsHz, record.leads]).toEqual(['fixed', 250, ['II']]);
    expect(record.signalsMv).toEqual([
      Float32Array.of(0.01, 0.02, 0.03, 0.04, 0, 0.01, nan, 0.02, 0.03, 0.04),
    ]);
    expect(record.notes).toEqual(['signal V1 is omitted: 125 Hz, not 250 Hz']);
    expect(await lead(folder, 'fixed', 'V1')).toMatchObject({
      fsHz: 125,
      signalsMv: [Float32Array.of(1, 2, 3, 4, nan)],
    });
  });

  it('fills the gaps of a variable layout with NaN, also where a segment lacks a lead', async () => {
    const folder = await segments();
    expect(await readRecord(join(folder, 'var.hea'))).toMatchObject({
      name: 'var',
      fsHz: 250,
      leads: ['II'],
    });
    const [ii, v1] = [await lead(folder, 'var', 'II'), await lead(folder, 'var', 'V1')];
    expect(ii).toMatchObject({
      signalsMv: [
        Float32Array.of(
          ...[0.01, 0.02, 0.03, 0.04, nan, nan, 0, 0.01, nan, 0.02, 0.03, 0.04],
          ...Array<number>(8).fill(nan),
          ...[0.007, 0.008, 0.009, 0.01],
        ),
      ],
    });
    expect(v1).toMatchObject({
      signalsMv: [Float32Array.of(1, 2, nan, 3, 4, nan, 10, nan, nan, nan, nan, nan)],
    });
  });

  it('describes each signal as in the first segment that has it', async () => {
    const folder = await segments();
    const { signals, lengthFrames } = await readHeader(join(folder, 'var'));
    expect(lengthFrames).toBe(12);
    expect(signals.map(({ description, format, gain, units }) => [description, format, gain, units])).toEqual(
      [
        ['II', 16, 100, 'mV'],
        ['V1', 16, 10, 'mV'],
        ['ABP', 16, 1, 'mmHg'],
      ],
    );
  });

  it('lists the files of all segments', async () => {
    const folder = await segments();
    const of = (...names: string[]) => names.flatMap((name) => [`${name}.hea`, `${name}.dat`]);
    expect(await recordFiles(join(folder, 'var'))).toEqual(['layout.hea', ...of('a', 'b', 'c', 'd')]);
    expect(await recordFiles(join(folder, 'a.hea'))).toEqual(['a.dat']);
  });

  it('takes the unit from each segment', async () => {
    const folder = await segments({
      b: 'b 2 125 3\nb.dat 16x2 0.2(2)/uV 0 0 0 0 0 II\nb.dat 16 10(5)/mV 0 0 0 0 0 V1\n',
    });
    const record = await readRecord(join(folder, 'fixed'));
    expect(record.signalsMv[0]!.subarray(4, 6)).toEqual(Float32Array.of(0, 0.01));
  });

  it('counts annotation times over all segments', async () => {
    const folder = await segments();
    await writeFile(join(folder, 'var.atr'), Uint8Array.of(4, 1 << 2, 0, 0));
    expect(await readAnnotations(join(folder, 'var'), 'atr')).toMatchObject([{ sample: 8, symbol: 'N' }]);
  });

  it('tells two signals of one name apart by their order', async () => {
    const lines = 'ECG\na.dat 16x2 100/mV 0 0 0 0 0 ECG\na.dat 16 10(5)/mV 0 0 0 0 0 ECG\n'
      .split('\n')
      .slice(1);
    const folder = await segments({
      a: ['a 2 125 2', ...lines].join('\n'),
      b: ['b 2 125 3', ...lines].join('\n').replaceAll('a.dat', 'b.dat'),
    });
    const second = await readLeads(join(folder, 'fixed'), () => [1]);
    expect(second).toMatchObject({ fsHz: 125, signalsMv: [Float32Array.of(1, 2, 3, 4, nan)] });
  });

  it('reports lengths that contradict each other', async () => {
    const folder = await segments({ long: 'long/2 2 125 9\na 2\nb 2\n' });
    const { signalsMv, notes } = await readRecord(join(folder, 'long'));
    expect(signalsMv[0]!.length).toBe(8);
    expect(notes?.slice(1)).toEqual([
      expect.stringMatching(/^segment b: signal file .*b\.dat holds 3 frames; its header states 2/),
      'its header states 9 frames, and its segments have 4, which were read',
    ]);
  });

  it.each([
    ['a missing segment', { r: 'r/2 2 125 5\na 2\ngone 3' }, 'ERR_NOT_FOUND', 'gone.hea'],
    ['a segment outside the folder', { r: 'r/2 2 125 5\na 2\n../b 3' }, 'ERR_PATH_OUTSIDE', '../b.hea'],
    ['too few lines', { r: 'r/3 2 125 5\na 2\nb 3' }, 'ERR_WFDB_HEADER', 'announces 3 segments and lists 2'],
    [
      'a segment that is too short',
      { r: 'r/2 2 125 6\na 2\nb 4' },
      'ERR_WFDB_HEADER',
      'has 3 frames, and the record states 4',
    ],
    [
      'another rate',
      { r: 'r/2 2 250 5\na 2\nb 3' },
      'ERR_WFDB_HEADER',
      '125 frames per second, the record 250',
    ],
    ['segments within segments', { r: 'r/1 2 125 5\nfixed 5' }, 'ERR_WFDB_HEADER', 'segments of its own'],
    [
      'a lead that a segment lacks',
      { r: 'r/2 2 125 4\na 2\nc 1' },
      'ERR_WFDB_HEADER',
      'signal II of segment c is missing',
    ],
    [
      'other samples per frame',
      { r: 'r/2 2 125 4\na 2\ne 2', e: 'e 1 125 2\nd.dat 16 1/mV 0 0 0 0 0 II' },
      'ERR_WFDB_HEADER',
      'has 1 samples per frame, and in another segment 2',
    ],
    [
      'a unit that is not a voltage',
      { r: 'r/2 2 125 4\na 2\ne 2', e: 'e 1 125 2\nd.dat 16x2 1/bpm 0 0 0 0 0 II' },
      'ERR_WFDB_HEADER',
      'is in "bpm"',
    ],
    [
      'a gap that no file backs',
      { r: 'r/3 2 125 0\nlayout 0\na 2\n~ 9007199254740000' },
      'ERR_WFDB_SIGNAL',
      'gaps of 18014398509480000 samples',
    ],
    ['a record of gaps alone', { r: 'r/1 2 125 5\n~ 5' }, 'ERR_WFDB_SIGNAL', 'no signal in volts'],
    [
      'a file cut short',
      { r: 'r/1 2 125 3\ne 3', e: 'e 1 125 3\nd.dat 16x2 1/mV' },
      'ERR_WFDB_SIGNAL',
      'holds 8 bytes',
    ],
  ])('refuses %s', async (_, headers, code, words) => {
    const error = await errorOf(readRecord(join(await segments(headers), 'r')));
    expect(error).toContain(code);
    expect(error).toContain(words);
  });
});
