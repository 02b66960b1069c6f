// Reads only what is wanted: other signals of a record may be of another rate, in an unknown format, empty, inverted, or
// in a file that is missing, damaged or outside the folder.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLeads, readRecord } from '#lib/codecs/wfdb/read.js';
import { errorOf, folderOf } from '../../helpers/folder.js';

const int16 = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);
const ii = 'r.dat 16 100(0)/mV 0 0 0 0 0 II';

/** Makes record `r` with lead II, and another signal line. */
const beside = (line: string, files: Readonly<Record<string, Uint8Array>> = {}) =>
  folderOf({ 'r.hea': `r 2 100 3\n${ii}\n${line}\n`, 'r.dat': int16(100, 200, -300), ...files });
const leadOf = (folder: string, name: string) =>
  readLeads(join(folder, 'r'), (names) => (names.includes(name) ? [names.indexOf(name)] : `no ${name}`));

describe('a signal that no one requests', () => {
  it.each([
    ['is in an unknown format', 'x.dat 999 100/mV 0 0 0 0 0 RESP'],
    ['has no samples', '~ 0 100/mV 0 0 0 0 0 RESP'],
    ['is in a missing file', 'gone.dat 16 100/mV 0 0 0 0 0 RESP'],
    ['is in a file that is cut short', 'short.dat 16 100/mV 0 0 0 0 0 RESP'],
    ['is outside the folder', '../secret.dat 16 100/mV 0 0 0 0 0 RESP'],
    ['is in an absolute path', '/data/r.dat 16 100/mV 0 0 0 0 0 RESP'],
    ['has a gain that is not a number', 'gone.dat 16 abc/mV 0 0 0 0 0 RESP'],
    ['has another rate', 'x.dat 16x5 100/mV 0 0 0 0 0 RESP'],
    ['is a broken FLAC stream', 'short.dat 516 100/mV 0 0 0 0 0 RESP'],
  ])('does not block the ECG if it %s', async (_, line) => {
    const folder = await beside(line, { 'short.dat': int16(1), 'x.dat': int16(1) });
    expect(await leadOf(folder, 'II')).toMatchObject({ fsHz: 100, signalsMv: [Float32Array.of(1, 2, -3)] });
  });

  it('does not block the other leads of a record in an unknown format or of another rate, and is named', async () => {
    const folder = await beside('x.dat 999 100/mV 0 0 0 0 0 RESP');
    expect(await readRecord(join(folder, 'r'))).toMatchObject({
      leads: ['II'],
      notes: ['signal RESP is omitted: unknown format 999'],
    });
    const other = await beside('x.dat 16x5 100/mV 0 0 0 0 0 sound', { 'x.dat': int16(...Array(15).keys()) });
    expect(await readRecord(join(other, 'r'))).toMatchObject({
      leads: ['II'],
      fsHz: 100,
      notes: ['signal sound is omitted: 500 Hz, not 100 Hz'],
    });
  });

  it('takes the highest rate if no lead has a standard name', async () => {
    const folder = await folderOf({
      'r.hea': 'r 2 100 1\nr.dat 16 1/mV 0 0 0 0 0 slow\nr.dat 16x2 1/mV 0 0 0 0 0 fast',
      'r.dat': int16(1, 2, 3),
    });
    expect(await readRecord(join(folder, 'r'))).toMatchObject({ leads: ['fast'], fsHz: 200 });
  });
});

describe('a signal that is requested', () => {
  it.each([
    ['an unknown format', 'x.dat 999 100/mV 0 0 0 0 0 V1', 'ERR_WFDB_FORMAT', 'format 999'],
    ['a missing file', 'gone.dat 16 100/mV 0 0 0 0 0 V1', 'ERR_NOT_FOUND', 'gone.dat'],
    [
      'a path of Windows',
      'C:\\holter\\x.dat 16 100/mV 0 0 0 0 0 V1',
      'ERR_PATH_OUTSIDE',
      'r.hea names the signal file "C:\\holter\\x.dat"',
    ],
    ['a path of a network', '\\\\host\\x.dat 16 100/mV 0 0 0 0 0 V1', 'ERR_PATH_OUTSIDE', 'r.hea names'],
    [
      'a path that leaves the folder',
      'a/../../x.dat 16 100/mV 0 0 0 0 0 V1',
      'ERR_PATH_OUTSIDE',
      'r.hea names',
    ],
  ])('is refused with %s', async (_, line, code, words) => {
    const error = await errorOf(leadOf(await beside(line, { 'x.dat': int16(1, 2, 3) }), 'V1'));
    expect(error).toContain(code);
    expect(error).toContain(words);
  });

  it('without samples is not a lead of the record', async () => {
    expect(await leadOf(await beside('~ 0 100/mV 0 0 0 0 0 V1'), 'V1')).toBe('no V1');
    const folder = await folderOf({ 'r.hea': 'r 1 100 3\n~ 0 1/mV 0 0 0 0 0 II' });
    expect(await errorOf(readRecord(join(folder, 'r')))).toContain('no signal in volts (no samples)');
  });

  it('may be inverted', async () => {
    const folder = await beside('v.dat 16 -100(50)/mV 0 0 0 0 0 V1', { 'v.dat': int16(50, 150, -50) });
    expect(await leadOf(folder, 'V1')).toMatchObject({ signalsMv: [Float32Array.of(-0, -1, 1)] });
  });

  it('with another one of another rate is refused', async () => {
    const folder = await beside('x.dat 16x2 1/mV 0 0 0 0 0 V1', { 'x.dat': int16(1, 2, 3, 4, 5, 6) });
    expect(await readLeads(join(folder, 'r'), () => [0, 1])).toBe(
      'the leads II, V1 have different rates (100 and 200 Hz); read leads of one rate',
    );
  });

  it.each(['sub/v.dat', 'sub\\v.dat', './sub/v.dat'])('may be in a subfolder: %s', async (name) => {
    const folder = await beside(`${name} 16 100(0)/mV 0 0 0 0 0 V1`);
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'sub', 'v.dat'), int16(7, 8, 9));
    expect(await leadOf(folder, 'V1')).toMatchObject({ signalsMv: [Float32Array.of(0.07, 0.08, 0.09)] });
  });

  it('is read from files in several formats, with offsets, baselines and units', async () => {
    const lines = [
      ...['a.dat 16 1000(0)/mV', 'b.dat 212 500(100)/mV', 'c.dat 16+10 1(0)/uV', 'a.dat 16 1000(0)/mV'],
    ].map((line, n) => `${line} 0 0 0 0 0 ${['I', 'II', 'V1', 'V2'][n]}`);
    const folder = await folderOf({
      'r.hea': ['r 4 500 2', ...lines].join('\n'),
      'a.dat': int16(1, 8, 2, 9),
      'b.dat': Uint8Array.of(201, 0x00, 202),
      'c.dat': Buffer.concat([Buffer.alloc(10, 1), int16(203, 204)]),
    });
    expect((await readRecord(join(folder, 'r'))).signalsMv).toEqual([
      Float32Array.of(0.001, 0.002),
      Float32Array.of(0.202, 0.204),
      Float32Array.of(0.203, 0.204),
      Float32Array.of(0.008, 0.009),
    ]);
  });
});

describe('a file that differs from the length in the header', () => {
  it('is read for the stated length if it is longer, with a note', async () => {
    for (const [format, bytes] of [
      ['16', int16(1, 2, 3, 4)],
      ['212', Uint8Array.of(1, 0, 2, 3, 0, 4)],
      ['80', Uint8Array.of(129, 130, 131, 132)],
    ] as const) {
      const folder = await folderOf({ 'r.hea': `r 1 500 2\nr.dat ${format} 1/mV`, 'r.dat': bytes });
      const { signalsMv, notes } = await readRecord(join(folder, 'r'));
      expect([signalsMv, notes]).toEqual([
        [Float32Array.of(1, 2)],
        [`signal file ${folder}/r.dat holds 4 frames; its header states 2, and these were read`],
      ]);
    }
  });

  it('has no note if the rest fills a block or a group of bytes', async () => {
    const blocks = await folderOf({
      'r.hea': 'r 1 500 2\nr.dat 16 1/mV 0 0 0 0 8',
      'r.dat': int16(1, 2, 0, 0),
    });
    const groups = await folderOf({ 'r.hea': 'r 1 500 1\nr.dat 212 1/mV', 'r.dat': Uint8Array.of(1, 0, 0) });
    for (const folder of [blocks, groups])
      expect((await readRecord(join(folder, 'r'))).notes).toBeUndefined();
  });

  it('is refused with both sizes if it is shorter', async () => {
    const folder = await folderOf({ 'r.hea': 'r 2 250 3\nr.dat 212\nr.dat 212', 'r.dat': new Uint8Array(6) });
    expect(await errorOf(readRecord(join(folder, 'r')))).toContain(
      'holds 6 bytes, but its header requires 9 (3 frames of 2 samples in format 212; the file holds 2 frames)',
    );
  });
});
