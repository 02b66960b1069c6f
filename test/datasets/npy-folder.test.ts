// npy:DIR, tested with tables and arrays made here. test/codecs/npy/judge.test.ts reads arrays of NumPy.

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floatToHalf } from '#lib/base/half.js';
import type { NpyData, NpyType } from '#lib/codecs/npy/types.js';
import { NpyWriter } from '#lib/codecs/npy/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { npyFolder } from '#lib/datasets/kinds/npy-folder.js';
import { surveyDataset } from '#lib/datasets/survey.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { floats, npyFile } from '../helpers/npy-file.js';

const options = { fsHz: 100, seconds: 2 };

interface Made {
  readonly table?: string;
  /** The text of meta.json, or a value that is written as JSON. With null, the file is missing. */
  readonly meta?: unknown;
  readonly type?: NpyType;
  readonly rowShape?: readonly number[];
  readonly data?: NpyData;
}

/** Returns multiples of an eighth of a millivolt, which every type holds exactly. */
const wave = (length: number) => Float32Array.from({ length }, (_, n) => ((n * 7) % 31) / 8);

async function folderWith({
  table = 'label\naf\nnormal\n',
  meta = { fsHz: 100 },
  type = 'float32',
  rowShape = [500],
  data = wave(1000),
}: Made): Promise<string> {
  const folder = await temporaryFolder();
  const writer = await NpyWriter.open(join(folder, 'signals.npy'), type, rowShape);
  await writer.append(data);
  await writer.close();
  await writeFile(join(folder, 'labels.csv'), table);
  if (meta !== null)
    await writeFile(join(folder, 'meta.json'), typeof meta === 'string' ? meta : JSON.stringify(meta));
  return folder;
}

describe('npy:DIR', () => {
  it('states its unit in a survey, and whether it is assumed', async () => {
    const surveyed = async (made: Made) => {
      const { units, notes } = await surveyDataset(`npy:${await folderWith(made)}`, options);
      return [units, notes.filter((note) => note.includes('unit'))];
    };
    const mV = { unit: 'mV', records: 2 };
    expect(await surveyed({})).toEqual([[{ ...mV, isAssumed: true }], []]);
    expect(await surveyed({ meta: { fsHz: 100, unit: 'mV' } })).toEqual([[{ ...mV, isAssumed: false }], []]);
    const int16 = {
      type: 'int16',
      data: Int16Array.from({ length: 1000 }, (_, n) => (n * 7) % 310),
    } as const;
    expect(await surveyed(int16)).toEqual([
      [{ ...mV, isAssumed: true }],
      [
        expect.stringMatching(
          /^signals\.npy holds int16 of no stated unit, read as uV; state it in meta\.json/,
        ),
      ],
    ]);
  });

  it('reads rows in the order of the lines, cuts them into windows, and accepts any words as labels', async () => {
    const folder = await folderWith({ table: 'label\naf;LVH;af\n;\n' });
    const set = await openDataset(`npy:${folder}`, options);
    expect(
      set.windows.map((one) => [one.origin.record, one.origin.patient, one.startS, one.classes, one.labels]),
    ).toEqual([
      ['row0', 'row0', 0, ['af', 'lvh'], ['af', 'LVH']],
      ['row0', 'row0', 2, ['af', 'lvh'], ['af', 'LVH']],
      ['row1', 'row1', 0, [], []],
      ['row1', 'row1', 2, [], []],
    ]);
    expect([set.leads.join(), set.skipped]).toEqual(['ECG', []]);
    expect(set.windows[3]!.signal).toEqual(wave(1000).slice(700, 900));
  });

  it('accepts both kinds of line ends, and empty labels', async () => {
    const folder = await folderWith({ table: 'label\r\n""\naf\r\n' });
    const { windows } = await openDataset(`npy:${folder}`, options);
    expect(windows.map(({ origin, classes }) => [origin.record, classes])).toEqual([
      ['row0', []],
      ['row0', []],
      ['row1', ['af']],
      ['row1', ['af']],
    ]);
  });

  it('reads rows, patients, folds and rates from the table if it has these columns', async () => {
    const table = 'label,fs_hz,row,patient,fold\nnormal,200,1,p7,10\naf,,0,p7,\n';
    const { windows } = await openDataset(`npy:${await folderWith({ table })}`, options);
    expect(
      windows.map(({ origin, fold, classes, startS }) => [
        origin.record,
        origin.patient,
        fold,
        classes,
        startS,
      ]),
    ).toEqual([
      ['row1', 'p7', 10, ['normal'], 0],
      ['row0', 'p7', undefined, ['af'], 0],
      ['row0', 'p7', undefined, ['af'], 2],
    ]);
    const bare = await folderWith({ table: 'label,fs_hz\naf,100\nnormal,100\n', meta: null });
    expect((await openDataset(`npy:${bare}`, options)).windows.length).toBe(4);
  });

  it('uses lead II, otherwise MLII, otherwise the first lead', async () => {
    const cut = async (meta: unknown) => {
      const folder = await folderWith({ rowShape: [2, 250], meta });
      const { leads, windows } = await openDataset(`npy:${folder}`, options);
      return [leads.join(), windows[1]!.signal];
    };
    expect(await cut({ fsHz: 100, leads: ['V1', 'ii'] })).toEqual(['II', wave(1000).slice(750, 950)]);
    expect(await cut({ fsHz: 100, leads: ['MLII', 'V1'] })).toEqual(['MLII', wave(1000).slice(500, 700)]);
    expect(await cut({ fsHz: 100, leads: ['V1', 'V2'] })).toEqual(['V1', wave(1000).slice(500, 700)]);
    expect(await cut({ fsHz: 100 })).toEqual(['signal 0', wave(1000).slice(500, 700)]);
  });

  it.each([
    ['float32', 'mV', wave(1000)],
    ['float64', 'V', Float64Array.from(wave(1000), (mv) => mv / 1000)],
    ['float16', undefined, floatToHalf(wave(1000))],
    ['int16', undefined, Int16Array.from(wave(1000), (mv) => mv * 1000)],
    ['int16', 'uV', Int16Array.from(wave(1000), (mv) => mv * 1000)],
    ['float32', 'uV', wave(1000).map((mv) => mv * 1000)],
  ] as const)('reads %s in %s as millivolts', async (type, unit, data) => {
    const folder = await folderWith({ type, data, meta: { fsHz: 100, unit, source: 'ours' } });
    const { windows } = await openDataset(`npy:${folder}`, options);
    expect(windows[2]!.signal).toEqual(wave(1000).slice(500, 700));
  });

  it('skips windows with missing or flat samples, and rows that are too short', async () => {
    const data = wave(1000);
    data[250] = Number.NaN;
    data.fill(0, 700);
    const table = 'label,fs_hz\naf,100\nnormal,100\n';
    const { windows, skipped } = await openDataset(`npy:${await folderWith({ data, table })}`, options);
    expect(windows.map(({ origin, startS }) => [origin.record, startS])).toEqual([
      ['row0', 0],
      ['row1', 0],
    ]);
    expect(skipped.map(({ recordName, reason }) => `${recordName}: ${reason}`)).toEqual([
      expect.stringMatching(/^row0: 1 of 2 windows: missing samples, the first at 2\.0 s/),
      expect.stringMatching(/^row1: 1 of 2 windows: flat, the first at 2\.0 s/),
    ]);
    const slow = await folderWith({ table: 'label,fs_hz\naf,400\nnormal,100\n' });
    expect((await openDataset(`npy:${slow}`, options)).skipped).toEqual([
      { recordName: 'row0', reason: 'too short: 1.25 s, a window takes 2 s' },
    ]);
  });

  it.each([
    ['no label column', 'row\n0', 'column "label"'],
    ['more lines than rows', 'label\naf\naf\naf', 'has 3 lines for the 2 rows of signals.npy'],
    ['fewer lines than rows', 'label\naf', 'has 1 lines for the 2 rows of signals.npy; give each row a line'],
    ['an empty line for a row', 'label\n\naf', 'has 1 lines for the 2 rows'],
    ['a broken line among lines without a row', 'label,patient\naf,a,b\nnormal,c', 'line 2: it has 3 cells'],
  ])('refuses a table with %s', async (_, table, words) => {
    const error = await errorOf(openDataset(`npy:${await folderWith({ table })}`, options));
    expect(error).toMatch(/^ERR_CSV: table .*labels\.csv/);
    expect(error).toContain(words);
  });

  it.each([
    ['beyond the array', 'label,row\naf,0\naf,2', 'row "2" must be a whole number from 0 to 1'],
    ['below 0', 'label,row\naf,0\naf,-1', 'row "-1"'],
    ['by name', 'label,row\naf,0\naf,first', 'row "first"'],
    ['that is repeated', 'label,row\naf,0\naf,0', 'row 0 is already on line 2'],
    ['with a rate of 0', 'label,fs_hz\naf,100\naf,0', 'fs_hz "0" must be a number above 0'],
    ['with a rate in words', 'label,fs_hz\naf,100\naf,fast', 'fs_hz "fast"'],
    ['with too many cells', 'label,row\naf,0\naf,1,1', 'it has 3 cells where the head has 2'],
  ])('skips a line with a row %s', async (_, table, words) => {
    const { windows, skipped } = await openDataset(`npy:${await folderWith({ table })}`, options);
    expect(new Set(windows.map(({ origin }) => origin.record))).toEqual(new Set(['row0']));
    expect(skipped).toEqual([
      { recordName: 'labels.csv line 3', reason: expect.stringContaining(words), unreadable: true },
    ]);
  });

  it('skips both lines if two describe one row differently, and a line without a rate', async () => {
    const table = 'label,row,fs_hz\naf,1,100\nnormal,1.0,100\naf,0,\n';
    const folder = await folderWith({ table, meta: null });
    expect(await errorOf(openDataset(`npy:${folder}`, options))).toMatch(/ERR_DATA_EMPTY.*3 skipped/);
    await writeFile(join(folder, 'meta.json'), '{"fsHz": 100}');
    const { windows, skipped } = await openDataset(`npy:${folder}`, options);
    expect([windows.length, skipped.length]).toEqual([2, 2]);
    expect(skipped[0]!.reason).toContain('row 1 is on the lines 2, 3 with different cells');
  });

  it.each([
    ['invalid JSON', '{fsHz: 100}', 'is not JSON'],
    ['a list instead of an object', [100], 'must hold an object'],
    ['a rate below 0', { fsHz: -1 }, 'must have as "fsHz" a number above 0'],
    ['a rate as text', { fsHz: '100' }, 'must have as "fsHz" a number above 0'],
    ['another unit', { fsHz: 100, unit: 'g' }, 'must have as "unit" mV, uV, V, sd or arbitrary'],
    ['leads as text', { fsHz: 100, leads: 'II' }, 'must have as "leads" a list of names'],
    ['classes as text', { fsHz: 100, classes: [1] }, 'must have as "classes.0" names'],
    ['too many leads', { fsHz: 100, leads: ['I', 'II'] }, 'one lead, but meta.json names 2 leads: I, II'],
    [
      'a rate under another name',
      { sampling_rate: 100 },
      'has a field "sampling_rate"; its name must be "fsHz"',
    ],
    ['a unit under another name', { fsHz: 100, Units: 'uV' }, 'has a field "Units"; its name must be "unit"'],
    ['leads under another name', { fsHz: 100, sig_name: ['II'] }, 'its name must be "leads"'],
  ])('refuses a meta.json with %s', async (_, meta, words) => {
    const error = await errorOf(openDataset(`npy:${await folderWith({ meta })}`, options));
    expect(error).toMatch(/^ERR_NPY: /);
    expect(error).toContain(words);
  });

  it('accepts a byte order mark in meta.json, and reports fields that are not used', async () => {
    const folder = await folderWith({
      meta: '\uFEFF{"fsHz": 100, "unit": "µV", "source": "ours", "when": 2020}',
    });
    const { windows, notes } = await openDataset(`npy:${folder}`, options);
    expect(notes).toEqual(['meta.json has fields that are not used: source, when']);
    expect(windows[0]!.signal[1]).toBe(Math.fround(0.875 / 1000));
  });

  it.each([
    ['one dimension', { rowShape: [] }, 'has the shape (1000); expected (records, samples)'],
    [
      'four dimensions',
      { rowShape: [1, 5, 100] },
      'has the shape (2, 1, 5, 100); expected (records, samples)',
    ],
    ['no rows', { data: new Float32Array(0) }, 'has the shape (0, 500), so it holds no samples'],
    ['truth values', { type: 'bool', data: new Uint8Array(1000) }, 'holds truth values (bool)'],
    [
      'whole millivolts',
      { type: 'int16', data: new Int16Array(1000), meta: { unit: 'mV' } },
      'holds int16, and',
    ],
    [
      'integers without a unit',
      { type: 'int32', data: new Int32Array(1000) },
      'does not state their unit; write',
    ],
    [
      'axes that may be either',
      { rowShape: [25, 20] },
      'does not show whether its axes are (records, leads, samples)',
    ],
    ['many samples after leads', { rowShape: [100, 150] }, 'does not show whether its axes'],
    [
      'as many leads as samples',
      { rowShape: [2, 2], meta: { leads: ['I', 'II'] } },
      'so either axis may be the leads',
    ],
    [
      'other leads',
      { rowShape: [2, 250], meta: { leads: ['I', 'II', 'III'] } },
      'so 2 leads, but meta.json names 3',
    ],
  ] as const)('refuses an array of %s', async (_, made, words) => {
    const shape: readonly number[] = 'rowShape' in made ? made.rowShape : [500];
    const data = wave(2 * shape.reduce((product, length) => product * length, 1));
    const folder = await folderWith(shape.length === 0 ? made : { data, ...made });
    const error = await errorOf(openDataset(`npy:${folder}`, options));
    expect(error).toMatch(/^ERR_NPY: .*signals\.npy/);
    expect(error).toContain(words);
  });

  it('reads samples before leads if the shape or the names leave no doubt, and says so', async () => {
    const cut = async (rowShape: number[], leads?: string[]) => {
      const length = 2 * rowShape[0]! * rowShape[1]!;
      const folder = await folderWith({ rowShape, meta: { fsHz: 100, leads }, data: wave(length) });
      const { windows, notes } = await openDataset(`npy:${folder}`, options);
      return { names: windows[0]!.leads, signal: windows.at(-1)!.signal, notes };
    };
    // Row 1 starts at 3 * 250. The sample n of the second lead follows at 3 n + 1.
    const second = Float32Array.from({ length: 200 }, (_, n) => wave(1500)[750 + 3 * n + 1]!);
    const axes =
      'signals.npy has the shape (2, 250, 3) and is read as (records, samples, leads), with 3 leads';
    expect(await cut([250, 3], ['I', 'II', 'III'])).toEqual({ names: ['II'], signal: second, notes: [axes] });
    const unnamed = await cut([250, 3]);
    expect([unnamed.names, unnamed.notes?.[0]]).toEqual([['signal 0'], axes]);
    const single = await cut([250, 1]);
    expect(single.notes?.[0]).toContain(
      '(2, 250, 1) and is read as (records, samples, leads), with one lead',
    );
    expect(single.signal).toEqual(wave(500).slice(250, 450));
    // The names decide where the shape does not.
    const names = Array.from({ length: 20 }, (_, at) => `E${at}`);
    expect((await cut([20, 210], names)).notes).toEqual([
      '2 records without lead II: another lead is read instead, such as E0 of row0',
    ]);
    expect((await cut([210, 20], names)).notes?.[0]).toContain('(records, samples, leads), with 20 leads');
  });

  it('says that the first lead is read if the leads have no names', async () => {
    const folder = await folderWith({ rowShape: [8, 250], data: wave(4000) });
    const { notes, leads } = await openDataset(`npy:${folder}`, options);
    expect(leads).toEqual(['signal 0']);
    expect(notes?.join()).toMatch(
      /^the 8 leads have no names, so the first one is read, which may not be lead II/,
    );
    const wanted = await openDataset(`npy:${folder}`, { ...options, leads: ['signal 3'] });
    expect([wanted.leads, wanted.notes]).toEqual([['signal 3'], undefined]);
  });

  it.each([
    ['int8', 'arbitrary', Int8Array, 1],
    ['uint8', 'arbitrary', Uint8Array, 1],
    ['int16', 'arbitrary', Int16Array, 1],
    ['uint16', 'uV', Uint16Array, 1000],
    ['int32', 'uV', Int32Array, 1000],
    ['uint32', 'uV', Uint32Array, 1000],
  ] as const)('reads %s in %s', async (type, unit, Numbers, perUnit) => {
    const data = Numbers.from(Array.from({ length: 1000 }, (_, n) => (n * 7) % 120));
    const { windows } = await openDataset(
      `npy:${await folderWith({ type, data, meta: { fsHz: 100, unit } })}`,
      options,
    );
    expect(windows[0]!.signal).toEqual(
      Float32Array.from({ length: 200 }, (_, n) => ((n * 7) % 120) / perUnit),
    );
    expect(windows[0]!.unit).toBe(unit === 'uV' ? 'mV' : 'arbitrary');
  });

  it('reads integers of 64 bits, and takes infinite samples for missing', async () => {
    const data = BigInt64Array.from({ length: 1000 }, (_, n) => BigInt(((n * 7) % 31) * 125));
    const { windows } = await openDataset(
      `npy:${await folderWith({ type: 'int64', data, meta: { fsHz: 100, unit: 'uV' } })}`,
      options,
    );
    expect(windows[2]!.signal).toEqual(wave(1000).slice(500, 700));
    const infinite = Float64Array.from(wave(1000), (value, n) =>
      n === 10 ? 1e300 : n === 600 ? -Infinity : value,
    );
    const set = await openDataset(`npy:${await folderWith({ type: 'float64', data: infinite })}`, options);
    expect(set.windows.map(({ origin, startS }) => [origin.record, startS])).toEqual([
      ['row0', 2],
      ['row1', 2],
    ]);
  });

  it('reads an array in Fortran order', async () => {
    const folder = await folderWith({ rowShape: [2, 250] });
    // The first index varies fastest, then the second: [row, lead, n] is at row + 2 lead + 4 n.
    const stored = Float32Array.from({ length: 1000 }, (_, at) => {
      const [row, lead, n] = [at % 2, Math.floor(at / 2) % 2, Math.floor(at / 4)];
      return wave(1000)[500 * row + 250 * lead + n]!;
    });
    const data = new Uint8Array(stored.buffer);
    await writeFile(join(folder, 'signals.npy'), npyFile({ isFortran: true, shape: [2, 2, 250], data }));
    const { windows } = await openDataset(`npy:${folder}`, { ...options, leads: ['signal 1'] });
    expect(windows.map(({ signal }) => signal)).toEqual([
      wave(1000).slice(250, 450),
      wave(1000).slice(750, 950),
    ]);
  });

  it('reports a missing rate, array or table, and a file that is not an array', async () => {
    const folder = await folderWith({ meta: null });
    expect(await errorOf(openDataset(`npy:${folder}`, options))).toMatch(
      /^ERR_NPY: .*meta\.json does not state the sampling rate, and labels\.csv has no fs_hz; write \{"fsHz": 500\}/,
    );
    await writeFile(join(folder, 'signals.npy'), 'x');
    expect(await errorOf(openDataset(`npy:${folder}`, options))).toMatch(/^ERR_NPY: .*is not a \.npy file/);
    const empty = await temporaryFolder();
    expect(await errorOf(openDataset(`npy:${empty}`, options))).toMatch(/^ERR_NOT_FOUND: .*labels\.csv/);
    await writeFile(join(empty, 'labels.csv'), 'label\naf\n');
    expect(await errorOf(openDataset(`npy:${empty}`, options))).toMatch(/^ERR_NOT_FOUND: .*signals\.npy/);
    const recognized = (...names: string[]) => npyFolder.recognizes(new Set(names));
    expect([recognized('signals.npy', 'labels.csv'), recognized('signals.npy', 'labels.npy')]).toEqual([
      true,
      true,
    ]);
    expect([recognized('signals.npy'), recognized('labels.csv')]).toEqual([false, false]);
    // A shard of a corpus.
    expect(recognized('signals.npy', 'labels.npy', 'beat_offsets.npy')).toBe(false);
  });
});

describe('npy:DIR with labels.npy', () => {
  /** Makes a folder without labels.csv, unless `table` is given. */
  async function folderOfLabels(
    labels: Uint8Array,
    { classes, table, samples = 500 }: { classes?: readonly string[]; table?: string; samples?: number } = {},
  ): Promise<string> {
    const data = wave(2 * samples);
    const folder = await folderWith({ meta: { fsHz: 100, classes }, rowShape: [samples], data });
    if (table === undefined) await rm(join(folder, 'labels.csv'));
    else await writeFile(join(folder, 'labels.csv'), table);
    await writeFile(join(folder, 'labels.npy'), labels);
    return folder;
  }
  const bytes = (shape: readonly number[], ...values: number[]) =>
    npyFile({ descr: '|u1', shape, data: Uint8Array.from(values) });
  const classes = ['AFIB', 'LVH', 'own'];
  const afib = [['af'], ['AFIB']];

  it.each([
    [
      'columns of 0 and 1',
      bytes([2, 3], 1, 1, 0, 0, 0, 1),
      classes,
      [
        [
          ['af', 'lvh'],
          ['AFIB', 'LVH'],
        ],
        [[], ['own']],
      ],
    ],
    [
      'floats of 0 and 1',
      npyFile({ shape: [2, 3], data: floats(1, 0, 0, 0, 0, 0) }),
      classes,
      [afib, [[], []]],
    ],
    ['positions', bytes([2], 0, 2), classes, [afib, [[], ['own']]]],
    ['positions in a column', bytes([2, 1], 0, 2), classes, [afib, [[], ['own']]]],
    ['one column of 0 and 1', bytes([2, 1], 1, 0), ['AFIB'], [afib, [[], []]]],
    [
      'truth values',
      npyFile({ descr: '|b1', shape: [2, 1], data: Uint8Array.of(0, 1) }),
      ['AFIB'],
      [[[], []], afib],
    ],
    [
      'texts',
      npyFile({ descr: '|S8', shape: [2], data: Buffer.from('AFIB;LVHown\0\0\0\0\0') }),
      undefined,
      [
        [
          ['af', 'lvh'],
          ['AFIB', 'LVH'],
        ],
        [[], ['own']],
      ],
    ],
  ] as const)('reads %s', async (_, labels, names, expected) => {
    const folder = await folderOfLabels(labels, names === undefined ? {} : { classes: names });
    const { windows } = await openDataset(`npy:${folder}`, { ...options, seconds: 5 });
    expect(windows.map(({ classes: found, labels: words }) => [found, words])).toEqual(expected);
  });

  it('takes patients, folds and rows from a labels.csv without labels', async () => {
    const table = 'row,patient,fold\n1,p,2\n0,p,3\n';
    const folder = await folderOfLabels(bytes([2], 0, 1), { classes, table });
    const { windows } = await openDataset(`npy:${folder}`, { ...options, seconds: 5 });
    expect(windows.map(({ origin, fold, labels }) => [origin.patient, fold, labels])).toEqual([
      ['p', 2, ['LVH']],
      ['p', 3, ['AFIB']],
    ]);
  });

  it('prefers the labels of labels.csv, and says so', async () => {
    const folder = await folderOfLabels(Buffer.from('no array'), { table: 'label\nNORM\nAFIB\n' });
    const { windows, notes } = await openDataset(`npy:${folder}`, { ...options, seconds: 5 });
    expect([windows[0]!.labels, notes]).toEqual([
      ['NORM'],
      [
        'labels.npy is not read, because labels.csv has labels',
        expect.stringContaining('labels are read as classes: NORM as normal, AFIB as af;'),
      ],
    ]);
  });

  it.each([
    [
      'no names',
      bytes([2, 2], 1, 0, 0, 1),
      undefined,
      'holds 2 columns whose labels are not known; name them',
    ],
    [
      'no names of numbers',
      bytes([2], 1, 0),
      undefined,
      'holds numbers whose labels are not known; name them',
    ],
    [
      'too few names',
      bytes([2, 3], 1, 0, 0, 1, 0, 0),
      ['a', 'b'],
      'has 3 columns, but meta.json names 2 classes: a, b',
    ],
    [
      'other numbers',
      bytes([2, 2], 1, 0, 2, 1),
      ['a', 'b'],
      'holds 2 in row 1, column 0 (a); expected 0 or 1',
    ],
    [
      'probabilities',
      npyFile({ shape: [2, 2], data: floats(1, 0, 0.5, 0) }),
      ['a', 'b'],
      'holds 0.5 in row 1, column 0',
    ],
    ['a position beyond the names', bytes([2], 0, 2), ['a', 'b'], 'holds 2 in row 1; expected 0 to 1'],
    [
      'labels of other records',
      bytes([3], 0, 0, 1),
      ['a', 'b'],
      'holds labels of 3 records, but signals.npy holds 2',
    ],
    [
      'too many dimensions',
      bytes([2, 1, 1], 0, 1),
      ['a', 'b'],
      'has the shape (2, 1, 1); expected (records)',
    ],
    ['no columns', bytes([2, 0]), ['a'], 'has the shape (2, 0); expected (records)'],
    [
      'several texts',
      npyFile({ descr: '|S1', shape: [2, 2], data: Buffer.from('abcd') }),
      undefined,
      'holds 2 texts per record',
    ],
    ['objects', npyFile({ descr: '|O', shape: [2] }), ['a'], 'holds Python objects'],
  ] as const)('refuses %s', async (_, labels, names, words) => {
    const folder = await folderOfLabels(labels, names === undefined ? {} : { classes: names });
    const error = await errorOf(openDataset(`npy:${folder}`, options));
    expect(error).toMatch(/^ERR_NPY: .*labels\.npy/);
    expect(error).toContain(words);
  });

  it('notices a change of the labels in spite of the cache', async () => {
    const folder = await folderOfLabels(bytes([2], 0, 1), { classes });
    const cached = { ...options, seconds: 5, cacheFolder: await temporaryFolder() };
    const first = async () => (await openDataset(`npy:${folder}`, cached)).windows[0]!.labels;
    expect([await first(), await first()]).toEqual([['AFIB'], ['AFIB']]);
    await writeFile(join(folder, 'labels.npy'), bytes([2], 2, 1));
    expect(await first()).toEqual(['own']);
  });
});
