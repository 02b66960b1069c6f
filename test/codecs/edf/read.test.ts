// Reading of EDF, EDF+ and BDF files: scales, units, names of leads, lengths, gaps, and what is refused.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEdf, readEdfAnnotations, readEdfLeads } from '#lib/codecs/edf/read.js';
import { annotationSignal, edfFile, type MadeHeader, type MadeSignal } from '../../helpers/edf-file.js';
import { errorOf, temporaryFolder } from '../../helpers/folder.js';

const ramp = Array.from({ length: 30 }, (_, n) => 100 * n - 1000);
const ecg: MadeSignal = { samples: ramp };

async function made(signals: readonly MadeSignal[], header: MadeHeader = {}): Promise<string> {
  const path = join(await temporaryFolder(), header.isBdf ? 'made.bdf' : 'made.edf');
  await writeFile(path, edfFile(signals, header));
  return path;
}

const read = async (signals: readonly MadeSignal[], header?: MadeHeader) =>
  readEdf(await made(signals, header));
const mv = (values: readonly number[]) => Float32Array.from(values);

describe('readEdf', () => {
  it('reads samples in mV, and the rate from the data records', async () => {
    const record = await read([ecg], { recordSeconds: '0.04' });
    expect(record).toEqual({
      ...{ name: 'made', fsHz: 250, leads: ['II'] },
      signalsMv: [mv(ramp.map((uv) => uv / 1000))],
    });
  });

  it.each([
    ['uV', 1e-3],
    ['UV', 1e-3],
    ['mV', 1],
    ['V', 1e3],
    ['nV', 1e-6],
    [Buffer.from('b556', 'hex'), 1e-3],
    [Buffer.from('µV', 'utf8'), 1e-3],
    [Buffer.from('μV', 'utf8'), 1e-3],
  ])('knows the unit %s', async (unit, factor) => {
    const record = await read([{ ...ecg, unit }]);
    for (const [n, value] of record.signalsMv[0]!.entries()) expect(value).toBeCloseTo(ramp[n]! * factor, 5);
  });

  it('applies the limits, with a decimal comma too, and rounds a sample once', async () => {
    const unit = 'mV';
    const physical = ['-3.2768', '3,2767'] as const;
    const record = await read([{ ...ecg, unit, physical }]);
    expect(record.signalsMv[0]).toEqual(mv(ramp.map((count) => count / 10_000)));
    const shifted = await read([{ ...ecg, unit, physical: ['0', '10'], digital: ['-1000', '1000'] }]);
    expect(shifted.signalsMv[0]).toEqual(mv(ramp.map((count) => (count + 1000) / 200)));
    const mixed = await read([{ ...ecg, unit, physical: ['-1e-3', '0.5'], digital: ['-2', '1000'] }]);
    for (const [n, value] of mixed.signalsMv[0]!.entries()) expect(value).toBeCloseTo(ramp[n]! / 2000, 6);
    const exponent = await read([{ ...ecg, unit, physical: ['-1E1', '1e1'], digital: ['-1000', '1000'] }]);
    expect(exponent.signalsMv[0]).toEqual(mv(ramp.map((count) => count / 100)));
  });

  it('takes a physical minimum above the maximum as a negative gain', async () => {
    const record = await read([{ ...ecg, physical: ['1000', '-1000'], digital: ['-1000', '1000'] }]);
    expect(record.signalsMv[0]).toEqual(mv(ramp.map((count) => (0 - count) / 1000)));
  });

  it('reads 24-bit samples of BDF', async () => {
    const limits = { physical: ['-8388608', '8388607'], digital: ['-8388608', '8388607'] } as const;
    const samples = [-8388608, 8388607, -1, 0, 1, 65536, -65536, 256, -256, 12345];
    const record = await read([{ ...limits, samples }], { isBdf: true });
    expect(record.signalsMv[0]).toEqual(mv(samples.map((uv) => uv / 1000)));
  });

  it('takes the signals that their labels name as ECG, whatever else the file holds', async () => {
    const other = { samples: ramp.concat(ramp), perRecord: 20 };
    const signals: MadeSignal[] = [
      { ...other, label: 'EEG Fpz-Cz' },
      { ...ecg, label: 'ECG II' },
      { ...ecg, label: 'SaO2', unit: '%' },
      { ...ecg, label: 'Chest', unit: 'mV', physical: ['5', '5'], digital: ['7', '-7'] },
      { ...ecg, label: 'v5', prefilter: 'HP:0.1Hz \xb5' },
      { ...ecg, label: 'EKG 1' },
      annotationSignal(['+0\x14\x14', '+1\x14\x14', '+2\x14\x14']),
    ];
    const record = await read(signals, { reserved: 'EDF+C' });
    expect(record.leads).toEqual(['II', 'v5', 'EKG 1']);
    expect(record.signalsMv).toHaveLength(3);
    expect(record.signalsMv[1]).toEqual(record.signalsMv[0]);
  });

  it('takes the other signals in volts if no label states an ECG, and says so', async () => {
    const path = await made([
      { ...ecg, label: 'EMG chin' },
      { ...ecg, label: 'A' },
      { ...ecg, label: '' },
    ]);
    const seen: [readonly string[], boolean][] = [];
    await readEdfLeads(path, (names, areNamed) => {
      seen.push([names, areNamed]);
      return [0];
    });
    expect(seen).toEqual([[['A', 'signal 2'], false]]);
  });

  it('decodes no lead that is not chosen, so that its limits do not matter', async () => {
    const path = await made([ecg, { ...ecg, label: 'ECG V1', physical: ['1', '1'] }]);
    expect(await readEdfLeads(path, () => [0])).toMatchObject({
      leads: ['II'],
      recordingLeads: ['II', 'V1'],
    });
    expect(await errorOf(readEdf(path))).toMatch(
      /^ERR_EDF: EDF file .*made.edf states for signal "ECG V1" equal physical limits, 1 and 1 uV, which give no scale; correct its header$/,
    );
  });

  it('counts the data records of a recording that was not finished, and ignores an incomplete one', async () => {
    const path = await made([ecg], { records: '-1' });
    expect((await readEdf(path)).signalsMv[0]).toHaveLength(30);
    const bytes = edfFile([ecg], { records: '-1' });
    await writeFile(path, bytes.subarray(0, bytes.length - 7));
    expect((await readEdf(path)).signalsMv[0]).toHaveLength(20);
  });

  it('reads a longer file up to the stated number of data records', async () => {
    const path = await made([ecg]);
    await writeFile(path, Buffer.concat([edfFile([ecg]), Buffer.alloc(33)]));
    expect((await readEdf(path)).signalsMv[0]).toHaveLength(30);
  });

  it('aborts', async () => {
    const path = await made([ecg]);
    await expect(readEdf(path, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('a discontinuous file', () => {
  const times = (...onsets: string[]) => annotationSignal(onsets.map((onset) => `${onset}\x14\x14`));
  const discontinuous = { reserved: 'EDF+D' };

  it('has NaN in its gaps', async () => {
    const { signalsMv } = await read([ecg, times('+0', '+1', '+3.5')], discontinuous);
    const [signalMv] = signalsMv;
    expect(signalMv).toHaveLength(45);
    expect(signalMv!.subarray(0, 20)).toEqual(mv(ramp.slice(0, 20).map((uv) => uv / 1000)));
    expect(signalMv!.subarray(20, 35).every(Number.isNaN)).toBe(true);
    expect(signalMv!.subarray(35)).toEqual(mv(ramp.slice(20).map((uv) => uv / 1000)));
  });

  it('starts with its first data record, and has no gap where rounded times differ by less than a sample', async () => {
    const { signalsMv } = await read([ecg, times('+7.25', '+8.2', '+9.3')], discontinuous);
    expect(signalsMv[0]).toEqual(mv(ramp.map((uv) => uv / 1000)));
  });

  it('finds a drift that adds up to a gap', async () => {
    const samples = Array.from({ length: 60 }, () => 1);
    const onsets = Array.from({ length: 6 }, (_, n) => `+${(1.03 * n).toFixed(2)}`);
    const { signalsMv } = await read([{ samples }, times(...onsets)], discontinuous);
    expect(signalsMv[0]!.filter(Number.isNaN).length).toBe(1);
  });

  it.each([
    [
      'an overlap',
      [ecg, times('+0', '+0.5', '+2')],
      /its data record 2 starts at 0\.5 s, before the end of the one/,
    ],
    ['no time', [ecg, times('+0', 'x', '+2')], /its data record 2 does not state its time/],
    ['no annotation signal', [ecg], /holds no annotation signal that states the times/],
    [
      'an endless gap',
      [ecg, times('+0', '+1', '+99999999999')],
      /takes 1000000000000 samples per lead with its gaps/,
    ],
  ])('is refused with %s', async (_, signals, message) => {
    expect(await errorOf(read(signals, discontinuous))).toMatch(message);
  });
});

describe('a damaged file', () => {
  it.each<[string, readonly MadeSignal[], MadeHeader, RegExp]>([
    [
      'another format',
      [ecg],
      { version: '{"json":' },
      /does not begin with 0 and blanks \(EDF\).*but with "{"json":"/,
    ],
    ['escape sequences', [ecg], { version: '\x1b[31m' }, /but with "\ufffd\[31m"/],
    ['no signal', [ecg], { count: '0' }, /states "0" signals; it must be a whole number of at least 1/],
    ['letters', [ecg], { count: 'two' }, /states "two" signals/],
    [
      'another size',
      [ecg],
      { headerBytes: '768' },
      /a header of "768" bytes, but that of 1 signals takes 512/,
    ],
    [
      'more signals than bytes',
      [ecg],
      { count: '9999', headerBytes: '2560000' },
      /its header takes 2560000; it is cut short/,
    ],
    [
      'a negative duration',
      [ecg],
      { recordSeconds: '-1' },
      /states data records of "-1" s; it must be a number of at least 0/,
    ],
    [
      'a duration of 0',
      [ecg],
      { recordSeconds: '0' },
      /states data records of 0 s, so its signals have no rate/,
    ],
    ['no data record', [ecg], { records: '0' }, /states "0" data records; a recording has at least one/],
    [
      'too many data records',
      [ecg],
      { records: '99999999' },
      /holds 3 complete data records of 20 bytes, but its header states 99999999/,
    ],
    [
      'samples that are letters',
      [{ ...ecg, perRecord: '1e3' }],
      {},
      /states "1e3" samples per data record for signal 1/,
    ],
    [
      'a huge number of samples',
      [{ samples: ramp }, { label: 'x', statedPerRecord: '99999999' }],
      {},
      /complete data records/,
    ],
    [
      'no samples',
      [{ label: 'ECG', perRecord: '0' }],
      { records: '1' },
      /states data records without samples/,
    ],
    [
      'no voltage',
      [{ ...ecg, unit: '%' }],
      {},
      /holds no ECG signal in volts \(ECG II in "%"\); name a file with an ECG/,
    ],
    [
      'equal digital limits',
      [{ ...ecg, digital: ['0', '0'] }],
      {},
      /a digital range of "0" to "0"; the first must be a whole number below/,
    ],
    [
      'a digital minimum above the maximum',
      [{ ...ecg, digital: ['2047', '-2048'] }],
      {},
      /"2047" to "-2048"; the first must be/,
    ],
    [
      'limits that are not numbers',
      [{ ...ecg, physical: ['', '1'] }],
      {},
      /a physical range of "" to "1", which are not two numbers/,
    ],
    [
      'several rates',
      [ecg, { label: 'ECG V1', samples: [...ramp, ...ramp], perRecord: 20 }],
      {},
      /several rates \(II: 10 Hz, V1: 20 Hz\)/,
    ],
    ['an absurd rate', [ecg], { recordSeconds: '1e-6' }, /states a rate of 10000000 Hz/],
  ])('is refused with %s', async (_, signals, header, message) => {
    const error = await errorOf(read(signals, header));
    expect(error).toMatch(/^ERR_EDF: EDF file .*made\.edf /);
    expect(error).toMatch(message);
  });

  it('is refused if it is cut short, also within its header', async () => {
    const path = await made([ecg]);
    const bytes = edfFile([ecg]);
    await writeFile(path, bytes.subarray(0, bytes.length - 1));
    expect(await errorOf(readEdf(path))).toMatch(
      /holds 2 complete data records of 20 bytes, but its header states 3/,
    );
    for (const length of [0, 255, 256, 400]) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await errorOf(readEdf(path))).toMatch(new RegExp(`^ERR_EDF: .* holds ${length} bytes, but`));
    }
  });

  it('is reported if it is missing or a folder', async () => {
    const folder = await temporaryFolder();
    expect(await errorOf(readEdf(join(folder, 'x.edf')))).toMatch(/^ERR_NOT_FOUND: .*there is no such file/);
    expect(await errorOf(readEdf(folder))).toMatch(/^ERR_NOT_FOUND: .* it is a folder; name a file$/);
  });
});

describe('readEdfAnnotations', () => {
  it('reads times after the first sample, durations and several texts, in order', async () => {
    const tals = [
      '+0.5\x14\x14first\x14\0+2.5\x150.25\x14(AFIB\x14V\x14\0',
      '+1.5\x14\x14\0+0.75\x14caf\xc3\xa9 \xb5\x14\0',
      '+2.5\x14\x14\0-1\x14before\r\nit\x14\0',
    ];
    const path = await made([ecg, annotationSignal(tals)], { reserved: 'EDF+C' });
    expect(await readEdfAnnotations(path)).toEqual([
      { onsetS: -1.5, text: 'before it' },
      { onsetS: 0, text: 'first' },
      { onsetS: 0.25, text: 'cafÃ© µ' },
      { onsetS: 2, durationS: 0.25, text: '(AFIB' },
      { onsetS: 2, durationS: 0.25, text: 'V' },
    ]);
  });

  it('reads several annotation signals, BDF+, and files of annotations alone', async () => {
    const second = annotationSignal(['+0.2\x14N\x14\0']);
    const both = await made([annotationSignal(['+0\x14\x14\0']), second], { recordSeconds: '0' });
    expect(await readEdfAnnotations(both)).toEqual([{ onsetS: 0.2, text: 'N' }]);
    expect(await errorOf(readEdf(both))).toMatch(/holds no ECG signal in volts \(annotations only\)/);
    const signals = [{ samples: ramp }, annotationSignal(['+0\x14\x14\0+1\x14N\x14\0', '', ''], 30, true)];
    const bdf = await made(signals, { isBdf: true, reserved: 'BDF+C' });
    expect(await readEdfAnnotations(bdf)).toEqual([{ onsetS: 1, text: 'N' }]);
    expect(await readEdfAnnotations(await made([ecg]))).toEqual([]);
  });

  it.each([
    ['no sign', '1\x14\x14\0', '"1\ufffd\ufffd" at byte 0 is not a time such as \\+12.5'],
    ['letters', '+0\x14\x14\0+one\x14N\x14\0', '"\\+one\ufffdN\ufffd" at byte 5 is not a time'],
    ['two durations', '+0\x151\x151\x14\x14\0', 'is not a time'],
    ['no end of the text', '+0\x14\x14\0+1\x14lights off', 'the text at byte 8 has no end'],
    ['no end of the time', '+0', 'is not a time'],
  ])('refuses %s, but the signals are read', async (_, tal, problem) => {
    const path = await made([ecg, annotationSignal([tal, '+1\x14\x14', '+2\x14\x14'])], {
      reserved: 'EDF+C',
    });
    expect(await errorOf(readEdfAnnotations(path))).toMatch(
      new RegExp(`^ERR_EDF: .* has a damaged annotation in data record 1: .*${problem}`),
    );
    expect((await readEdf(path)).signalsMv[0]).toHaveLength(30);
  });
});
