// MATLAB files behind a header: levels, shapes, number types and offsets are read right, and other files are refused for
// what they are.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { randomStream } from '#lib/base/random.js';
import { readMat } from '#lib/codecs/mat.js';
import { parseHeader } from '#lib/codecs/wfdb/header.js';
import { matSignals } from '#lib/codecs/wfdb/mat-signals.js';
import { readDigital, readRecord } from '#lib/codecs/wfdb/read.js';
import { errorOf, folderOf } from '../../helpers/folder.js';
import { level4, level5 } from '../../helpers/mat-file.js';

const leads = [
  [1, -2, 300, -32768, 5],
  [10, 20, 32767, 40, -50],
];
const samples = leads[0]!.map((_, n) => leads.map((lead) => lead[n]!));
const val = { name: 'val', rows: leads };
const turned = { name: 'val', rows: samples };

const header = (format = '16+24', length = ' 5') =>
  `r 2 500${length}\nr.mat ${format} 1000/mV 16 0 0 0 0 I\nr.mat ${format} 1000/mV 16 0 0 0 0 II`;
const recordOf = (data: Uint8Array, lines = header()) =>
  folderOf({ 'r.hea': lines, 'r.mat': data }).then((folder) => join(folder, 'r'));
const adcOf = async (path: string) => (await readDigital(path)).adc.map((lead) => [...lead]);

describe('a MATLAB file behind a header', () => {
  it.each([
    ['level 4 of [leads, samples]', level4(val)],
    ['level 4 of [samples, leads]', level4(turned)],
    ['level 4 with a longer name', level4({ ...val, name: 'signal_mv' })],
    ['level 4 with the other order of bytes', level4(val, 'int16', false)],
    ['level 4 of doubles', level4(val, 'double')],
    ['level 4 of [samples, leads] in singles', level4(turned, 'single')],
    [
      'level 4 with another variable before it',
      Buffer.concat([level4({ name: 'fs', rows: [[500]] }, 'double'), level4(val)]),
    ],
    [
      'level 4 with another variable behind it',
      Buffer.concat([level4(val), level4({ name: 'fs', rows: [[500]] })]),
    ],
    ['level 5', level5([val])],
    ['level 5 of [samples, leads]', level5([turned])],
    ['level 5, compressed', level5([val], { compress: true })],
    [
      'level 5, compressed doubles of [samples, leads]',
      level5([turned], { compress: true, type: 'double', matClass: 6 }),
    ],
    ['level 5 of doubles that are stored as int16', level5([val], { matClass: 6 })],
    ['level 5 with the other order of bytes', level5([val], { littleEndian: false })],
    ['level 5 with several variables', level5([{ name: 'other', rows: leads }, val])],
    [
      'level 5 with another name',
      level5([
        { name: 'ecg', rows: leads },
        { name: 'fs', rows: [[500]] },
      ]),
    ],
  ])('is read: %s', async (_, data) => {
    expect(await adcOf(await recordOf(data))).toEqual(leads);
    expect(await adcOf(await recordOf(data, header('16', '')))).toEqual(leads);
  });

  it('is read in mV, with -32768 and NaN as missing samples', async () => {
    const rows = [
      [Number.NaN, 500],
      [-32768, 1000],
    ];
    const data = level5([{ name: 'val', rows }], { type: 'double', matClass: 6 });
    const { signalsMv } = await readRecord(await recordOf(data, header('16+24', ' 2')));
    expect(signalsMv).toEqual([Float32Array.of(Number.NaN, 0.5), Float32Array.of(Number.NaN, 1)]);
  });

  it('is [leads, samples] if it is square', async () => {
    const rows = [
      [1, 2],
      [3, 4],
    ];
    expect(await adcOf(await recordOf(level4({ name: 'val', rows }), header('16+24', ' 2')))).toEqual(rows);
  });

  const hdf5 = Buffer.alloc(600);
  hdf5.write('MATLAB 7.3 MAT-file, Platform: GLNXA64');
  hdf5.write('\u0089HDF\r\n\u001a\n', 512, 'latin1');
  const inMillivolts = { name: 'val', rows: leads.map((lead) => lead.map((adc) => adc / 1000)) };
  it.each([
    ['level 7.3', hdf5, 'ERR_WFDB_FORMAT', 'level 7.3 (HDF5)'],
    ['HDF5 without the words of MATLAB', hdf5.subarray(512), 'ERR_WFDB_FORMAT', 'is an HDF5 file'],
    [
      'a zip archive',
      Buffer.from('PK\u0003\u0004 and more bytes of it', 'latin1'),
      'ERR_WFDB_FORMAT',
      'zip archive',
    ],
    ['text', Buffer.from('0.1,0.2,0.3,0.4,0.5,0.6,0.7\n'), 'ERR_WFDB_FORMAT', 'not a MATLAB file'],
    [
      'another shape',
      level4({ name: 'val', rows: [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] }),
      'ERR_WFDB_FORMAT',
      '1 x 10 int16',
    ],
    [
      'fewer samples',
      level4({
        name: 'val',
        rows: [
          [1, 2],
          [3, 4],
        ],
      }),
      'ERR_WFDB_FORMAT',
      '2 x 5',
    ],
    ['millivolts', level4(inMillivolts, 'double'), 'ERR_WFDB_FORMAT', 'matrix val holds 0.001'],
    [
      'numbers beyond 16 bits',
      level4({ name: 'val', rows: leads.map((lead) => lead.map((adc) => adc + 40000)) }, 'int32'),
      'ERR_WFDB_FORMAT',
      'holds 40001',
    ],
    ['a struct', level5([{ name: 'ECG', rows: leads }], { matClass: 2 }), 'ERR_WFDB_FORMAT', 'ECG (struct)'],
    ['three dimensions', level5([val], { dimensions: [2, 5, 1] }), 'ERR_WFDB_FORMAT', 'val (2 x 5 x 1)'],
    [
      'two candidates',
      level5([
        { name: 'a', rows: leads },
        { name: 'b', rows: leads },
      ]),
      'ERR_WFDB_FORMAT',
      'several of them',
    ],
    ['nothing', Buffer.alloc(0), 'ERR_WFDB_SIGNAL', 'cut short'],
    [
      'level 4 that is cut short',
      level4(val).subarray(0, 40),
      'ERR_WFDB_SIGNAL',
      'holds 40 bytes and states at least 44',
    ],
    ['level 5 that is cut short', level5([val]).subarray(0, 190), 'ERR_WFDB_SIGNAL', 'cut short'],
    [
      'a compressed part that is damaged',
      level5([val], { compress: true }).fill(7, 150),
      'ERR_WFDB_SIGNAL',
      'cannot be unpacked',
    ],
    [
      'more numbers than bytes',
      level5([val], { dimensions: [2, 2 ** 30] }),
      'ERR_WFDB_SIGNAL',
      'is incomplete',
    ],
  ])('is refused for what it is: %s', async (_, data, code, words) => {
    const error = await errorOf(readRecord(await recordOf(data)));
    expect(error).toContain(code);
    expect(error).toContain(words);
  });

  it.each([
    ['level 4', level4(val)],
    ['level 5', level5([val])],
    ['level 5, compressed', level5([val], { compress: true })],
  ])('is read or refused after any damage: %s', async (name, whole) => {
    const { signals } = parseHeader(header(), 'r.hea');
    const random = randomStream(1, 'damage', name);
    let refused = 0;
    for (let round = 0; round < 2000; round++) {
      const at = random.below(whole.length);
      const bytes = Buffer.from(round % 3 === 0 ? whole.subarray(0, at) : whole);
      if (round % 3 !== 0) bytes[at] = random.below(256);
      try {
        expect(matSignals(bytes, signals, 5, 'r.mat').length).toBeLessThan(4 * whole.length);
      } catch (error) {
        expect(error).toBeInstanceOf(PqrstError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(600);
    expect(refused).toBeLessThan(2000);
  });

  it('unpacks no more bytes than the header can need', () => {
    const zeros = level5([{ name: 'val', rows: [Array.from({ length: 200_000 }, () => 0)] }], {
      compress: true,
    });
    expect(zeros.length).toBeLessThan(2000);
    expect(readMat(zeros, 'r.mat', 1000)).toEqual({
      ...{ level: 5, matrices: [], fields: [], others: ['a variable of more than 1000 bytes'] },
    });
  });

  it('is refused if the header places its samples behind the end of the file', async () => {
    const error = await errorOf(readRecord(await recordOf(level5([val]), header('16+1000000000000'))));
    expect(error).toMatch(/ERR_WFDB_FORMAT.*places the samples at byte 1000000000000/);
  });
});
