// Reads records from disk: formats, prologs, frames and units, from bytes made by hand. Damaged files are rejected.

import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations, readDigital, readRecord } from '#lib/codecs/wfdb/read.js';
import { errorOf, folderOf, temporaryFolder } from '../../helpers/folder.js';

const int16 = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);
const mat = (rows: number, columns: number, ...values: number[]) =>
  Buffer.concat([
    Buffer.from(Uint32Array.of(30, rows, columns, 0, 4).buffer),
    Buffer.from('val\0'),
    int16(...values),
  ]);

/** Makes a folder with record `r` from the lines of its header and its signal file. */
const recordOf = (lines: string, data: Uint8Array, name = 'r.dat') =>
  folderOf({ 'r.hea': lines, [name]: data }).then((folder) => join(folder, 'r'));

describe('readRecord', () => {
  it('reads interleaved format 16 in mV, with baseline, missing samples and microvolts', async () => {
    const path = await recordOf(
      'r 2 500 3\nr.dat 16 200(100)/mV 16 0 0 0 0 I\nr.dat 16 2(0)/uV 16 0 0 0 0 II',
      int16(100, 500, 300, -32768, -100, -2048),
    );
    const record = await readRecord(`${path}.hea`);
    expect([record.name, record.fsHz, record.leads]).toEqual(['r', 500, ['I', 'II']]);
    expect(record.signalsMv).toEqual([
      Float32Array.of(0, 1, -1),
      Float32Array.of(0.25, Number.NaN, Math.fround(-1.024)),
    ]);
  });

  it('reads format 212: 12-bit two complement, an odd count, -2048 as missing', async () => {
    // Pairs (1, -1), (2047, -2047), (-2048, -): low byte, both high nibbles, low byte.
    const bytes = Uint8Array.of(0x01, 0xf0, 0xff, 0xff, 0x87, 0x01, 0x00, 0x08, 0x00);
    const path = await recordOf('r 1 360 5\nr.dat 212 1(0)/mV', bytes);
    expect((await readDigital(path)).adc).toEqual([Int16Array.of(1, -1, 2047, -2047, -2048)]);
    expect((await readRecord(path)).signalsMv[0]).toEqual(Float32Array.of(1, -1, 2047, -2047, Number.NaN));
  });

  it.each(['16+24', '16x1+24'])('reads a MATLAB v4 file behind a header (%s)', async (format) => {
    const lines = `r 2 300 2\nr.mat ${format} 1000/mv 16 0 0 0 0 I\nr.mat ${format} 1000/mV 16 0 0 0 0 II`;
    const record = await readRecord(await recordOf(lines, mat(2, 2, 1000, 2000, 3000, 4000), 'r.mat'));
    expect(record.signalsMv).toEqual([Float32Array.of(1, 3), Float32Array.of(2, 4)]);
  });

  it('reads several files, several samples per frame and skew', async () => {
    const folder = await folderOf({
      'r.hea': 'r 2 100 2\na.dat 16x2 1/mV\nb.dat 16x2:1 1/mV',
      'a.dat': int16(1, 2, 3, 4),
      'b.dat': int16(5, 6, 7, 8),
    });
    const record = await readRecord(join(folder, 'r'));
    expect([record.fsHz, record.leads]).toEqual([200, ['signal 0', 'signal 1']]);
    expect(record.signalsMv).toEqual([
      Float32Array.of(1, 2, 3, 4),
      Float32Array.of(7, 8, Number.NaN, Number.NaN),
    ]);
  });

  it('takes the length from the file if the header has none, and omits signals that are not voltages', async () => {
    const path = await recordOf(
      'r 2 100\nr.dat 16 1/mV 16 0 0 0 0 II\nr.dat 16 1/mmHg 16 0 0 0 0 ABP',
      int16(1, 2, 3, 4),
    );
    const record = await readRecord(path);
    expect([record.leads, record.signalsMv]).toEqual([['II'], [Float32Array.of(1, 3)]]);
  });

  it('rejects with the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    await expect(readRecord('r', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each([
    ['a signal file cut short', 'r 1 500 10\nr.dat 16', int16(1, 2, 3), 'ERR_WFDB_SIGNAL', 'holds 6 bytes'],
    [
      'an absurd length',
      'r 1 500 1000000000000\nr.dat 16',
      int16(1),
      'ERR_WFDB_SIGNAL',
      'requires 2000000000000',
    ],
    [
      'absurd frames',
      'r 1 500 1\nr.dat 16x999999999999',
      int16(1),
      'ERR_WFDB_SIGNAL',
      '999999999999 samples',
    ],
    ['an offset past the end', 'r 1 500\nr.dat 16+1000000000', int16(1), 'ERR_WFDB_SIGNAL', 'holds 2 bytes'],
    ['an empty signal file', 'r 1 500\nr.dat 212', int16(), 'ERR_WFDB_SIGNAL', 'holds 0 bytes'],
    [
      'two formats in one file',
      'r 2 500 1\nr.dat 16\nr.dat 212',
      int16(1, 2),
      'ERR_WFDB_FORMAT',
      'several formats',
    ],
    ['no signals', 'r 0 500 0', int16(), 'ERR_WFDB_SIGNAL', 'no signals'],
    ['no voltage', 'r 1 500 1\nr.dat 16 1/mmHg', int16(1), 'ERR_WFDB_SIGNAL', 'mmHg'],
    ['a rate above 100 kHz', 'r 1 99999 1\nr.dat 16x2', int16(1, 2), 'ERR_WFDB_SIGNAL', '199998 Hz'],
  ])('refuses %s', async (_, lines, data, code, words) => {
    const error = await errorOf(readRecord(await recordOf(lines, data)));
    expect(error).toContain(code);
    expect(error).toContain(words);
  });

  it('names a missing header, a missing signal file and a folder in place of a file', async () => {
    const folder = await folderOf({ 'r.hea': 'r 1 500 1\ngone.dat 16', 's.hea': 's 1 500 1\n. 16' });
    expect(await errorOf(readRecord(join(folder, 'none')))).toMatch(
      /ERR_NOT_FOUND.*the header.*none\.hea.*no such file/,
    );
    expect(await errorOf(readRecord(join(folder, 'r')))).toMatch(/ERR_NOT_FOUND.*the signal file.*gone\.dat/);
    expect(await errorOf(readRecord(join(folder, 's')))).toMatch(/ERR_NOT_FOUND.*folder/);
  });

  it.each(['../secret.dat', '/etc/hostname', 'sub/../../secret.dat', 'link.dat'])(
    'opens no file outside the folder of the header: %s',
    async (name) => {
      const outside = await folderOf({ 'secret.dat': int16(1) });
      const folder = await folderOf({ 'r.hea': `r 1 500 1\n${name} 16` });
      await symlink(join(outside, 'secret.dat'), join(folder, 'link.dat'));
      expect(await errorOf(readRecord(join(folder, 'r')))).toContain('ERR_PATH_OUTSIDE');
    },
  );
});

describe('readAnnotations', () => {
  it('converts samples at the rate that the file states to samples of the record', async () => {
    const note = Buffer.from('## time resolution: 100');
    const bytes = [0, 22 << 2, note.length, 63 << 2, ...note, 0, 10, 1 << 2, 0, 0];
    const folder = await folderOf({ 'r.hea': 'r 0 250 0', 'r.qrs': Uint8Array.from(bytes) });
    expect(await readAnnotations(join(folder, 'r'), 'qrs')).toMatchObject([{ sample: 25, symbol: 'N' }]);
  });

  it('names a missing file and stays inside the folder', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'r.hea'), 'r 0');
    expect(await errorOf(readAnnotations(join(folder, 'r'), 'atr'))).toMatch(/ERR_NOT_FOUND.*r\.atr/);
    expect(await errorOf(readAnnotations(join(folder, 'r'), 'x/../../y'))).toContain('ERR_PATH_OUTSIDE');
  });
});
