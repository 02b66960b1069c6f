// Headers: every field that header(5) allows, the defaults that it prescribes, and the rejected headers.

import { describe, expect, it } from 'vitest';
import { formatHeader, parseHeader, refuseFlaws } from '#lib/codecs/wfdb/header.js';
import { headerText } from '#lib/codecs/wfdb/header-text.js';
import { errorOf } from '../../helpers/folder.js';

const line = 'r.dat 16 200(0)/mV 16 0 0 0 0 II';

describe('parseHeader', () => {
  it('reads every field of a full header', () => {
    const header = parseHeader(
      '# before\r\nr-1_a 2 360.5/720(3.5) 1000 12:00:00 01/02/2003\r\n' +
        'r.mat 16x2:3+24 1e3(-5)/uV 12 7 -9 -123 512 lead II, upper\r\n' +
        'r.mat 16x2+24 200 11 1024 995\r\n#Dx: 426783006\n',
      'r.hea',
    );
    expect(header).toEqual({
      name: 'r-1_a',
      fsHz: 360.5,
      lengthFrames: 1000,
      comments: ['before', 'Dx: 426783006'],
      signals: [
        {
          ...{ fileName: 'r.mat', format: 16, samplesPerFrame: 2, skewSamples: 3, byteOffset: 24 },
          ...{ gain: 1000, baseline: -5, units: 'uV', resolutionBits: 12, zero: 7, initial: -9 },
          ...{ checksum: -123, blockSize: 512, description: 'lead II, upper' },
        },
        {
          ...{ fileName: 'r.mat', format: 16, samplesPerFrame: 2, skewSamples: 0, byteOffset: 24 },
          ...{ gain: 200, baseline: 1024, units: 'mV', resolutionBits: 11, zero: 1024, initial: 995 },
          ...{ checksum: undefined, blockSize: 0, description: '' },
        },
      ],
    });
  });

  it('uses the defaults of header(5): 250 Hz, 200 units per mV also for a gain of 0, length from the file', () => {
    const header = parseHeader('r 2\nr.dat 212\nr.dat 212 0 12 0', 'r.hea');
    expect([header.fsHz, header.lengthFrames]).toEqual([250, undefined]);
    expect(header.signals.map(({ gain, baseline, units }) => [gain, baseline, units])).toEqual([
      [200, 0, 'mV'],
      [200, 0, 'mV'],
    ]);
  });

  it('lists the segments of a record, and no signals', () => {
    const header = parseHeader('r/3 2 125 9\nlayout 0\n# note\ns_1 5\n~ 4\n', 'r.hea');
    expect([header.name, header.lengthFrames, header.signals]).toEqual(['r', 9, []]);
    expect(header.segments).toEqual([
      { name: 'layout', lengthFrames: 0 },
      { name: 's_1', lengthFrames: 5 },
      { name: '~', lengthFrames: 4 },
    ]);
  });

  it('keeps the number of every format, because another signal may be wanted', () => {
    const { signals } = parseHeader('r 3 500\n~ 0\nr.dat 310x2\nx.dat 4711 200/mV', 'r.hea');
    expect(signals.map(({ format }) => format)).toEqual([0, 310, 4711]);
  });

  it('reads back what formatHeader writes', () => {
    const text = `r 2 360.5 1000\nr.mat 16x2:3+24 1000(-5)/uV 12 7 -9 -123 512 II\n${line}\n# one\n`;
    expect(formatHeader(parseHeader(text, 'r.hea'))).toBe(text);
  });

  it.each([
    ['empty', '', 'ERR_WFDB_HEADER', 'no record line'],
    ['only comments', '# x\n', 'ERR_WFDB_HEADER', 'no record line'],
    ['no count', 'r', 'ERR_WFDB_HEADER', 'number of signals ""'],
    ['a negative count', 'r -1 500 10', 'ERR_WFDB_HEADER', 'number of signals "-1"'],
    [
      'cut short',
      `r 3 500 10\n${line}`,
      'ERR_WFDB_HEADER',
      'announces 3 signals and describes 1; it may be cut short',
    ],
    ['too many lines', `r 1 500\n${line}\n${line}`, 'ERR_WFDB_HEADER', 'announces 1 signals and describes 2'],
    ['an absurd count', `r 1000000000000 500 10\n${line}`, 'ERR_WFDB_HEADER', 'announces 1000000000000'],
    ['a rate of 0', `r 1 0 10\n${line}`, 'ERR_WFDB_HEADER', 'sampling rate "0"'],
    ['a negative rate', `r 1 -500 10\n${line}`, 'ERR_WFDB_HEADER', 'sampling rate "-500"'],
    ['an absurd rate', `r 1 1e12 10\n${line}`, 'ERR_WFDB_HEADER', 'sampling rate "1e12"'],
    ['a rate of words', `r 1 fast 10\n${line}`, 'ERR_WFDB_HEADER', 'sampling rate "fast"'],
    ['a negative length', `r 1 500 -10\n${line}`, 'ERR_WFDB_HEADER', 'length "-10"'],
    ['a broken length', `r 1 500 10.5\n${line}`, 'ERR_WFDB_HEADER', 'length "10.5"'],
    ['no name', `med/ 1 500 10\n${line}`, 'ERR_WFDB_HEADER', 'record name "med/"'],
    ['missing segments', 'r/3 1 500 10\ns1 5', 'ERR_WFDB_HEADER', 'announces 3 segments and lists 1'],
    ['a segment without length', 'r/1 1 500 10\ns1', 'ERR_WFDB_HEADER', 'length of segment s1 ""'],
    ['no format', 'r 1 500 10\nr.dat', 'ERR_WFDB_HEADER', 'must begin with a file name and a format'],
    ['no samples per frame', 'r 1 500 10\nr.dat 16x0 200', 'ERR_WFDB_HEADER', 'samples per frame "0"'],
    ['binary', '\0\u0001\u0002\uFFFD', 'ERR_WFDB_HEADER', 'record name'],
  ])('refuses %s', async (_, text, code, words) => {
    const error = await errorOf(() => parseHeader(text, 'r.hea'));
    expect(error).toContain(`${code}: header r.hea`);
    expect(error).toContain(words);
  });

  it.each([
    ['the suffix of its signal file, as in CinC 2020', 'E00001.mat', 'E00001'],
    ['a folder', 'med_wfdb/00001_medians', '00001_medians'],
    ['a folder of numbers', 'p1000/40141', '40141'],
    ['a Windows folder', 'data\\17', '17'],
    ['a dot', 'a.b', 'a.b'],
    ['a letter outside ASCII', '\u00c4rzte1', '\u00c4rzte1'],
  ])('reads a record name with %s', (_, given, name) => {
    expect(parseHeader(`${given} 1 500 10\n${line}`, 'r.hea').name).toBe(name);
  });

  it('refuses a record name with a blank, which would shift all fields', async () => {
    const text = 'ECG 01 1 500 5000\nECG01.dat 16 200';
    expect(await errorOf(() => parseHeader(text, 'in/ECG 01.hea'))).toContain('"ECG 01" contains a blank');
  });

  it.each([
    ['CR alone', `# x\rr 1 500 10\r${line}\r`],
    ['CR CR LF', `r 1 500 10\r\r\n${line}\r\r\n`],
    ['tabs', `r\t1\t500\t10\n${line.replaceAll(' ', '\t')}`],
    [
      'whole numbers with a point or an exponent',
      `r 1.0 500. 1e1\nr.dat 16 200(0.0)/mV 16.0 0.0 0 0.0 0. II`,
    ],
    ['any date', `r 1 500 10 2006 and more\n${line}`],
    ['words for missing numbers', 'r 1 500 10\nr.dat 16 200(0)/mV 16 0 NaN None - II'],
  ])('reads %s', (_, text) => {
    const { fsHz, lengthFrames, signals } = parseHeader(text, 'r.hea');
    const [{ gain, baseline, description }] = signals as [(typeof signals)[0]];
    expect([fsHz, lengthFrames, gain, baseline, description]).toEqual([500, 10, 200, 0, 'II']);
  });

  it.each([
    ['360/360(0)', 360],
    ['62.4725', 62.4725],
    ['128.', 128],
    ['2.5e2', 250],
    ['250.0/1000(12:00)', 250],
  ])('reads the rate %s', (rate, fsHz) => {
    expect(parseHeader(`r 1 ${rate} 10\n${line}`, 'r.hea').fsHz).toBe(fsHz);
  });

  it.each([
    ['a negative gain', '-200', -200, 1024, 'mV'],
    ['an empty unit', '200(5)/', 200, 5, 'mV'],
    ['a baseline with a fraction', '1e3(-12.5)/uV', 1000, -12.5, 'uV'],
    ['a unit with slashes', '20/l/min', 20, 1024, 'l/min'],
    ['a gain of 0 with a baseline', '0(100)/uV', 200, 100, 'uV'],
    ['a baseline without a gain', '(100)/uV', 200, 100, 'uV'],
    ['a unit without a gain', '/uV', 200, 1024, 'uV'],
  ])('reads %s', (_, field, gain, baseline, units) => {
    const [signal] = parseHeader(`r 1 500 10\nr.dat 16 ${field} 11 1024`, 'r.hea').signals;
    expect(signal).toMatchObject({ gain, baseline, units });
    expect(signal).not.toHaveProperty('flaw');
  });

  it.each([
    ['an absurd gain', '1e12', 'gain "1e12"'],
    ['an infinite gain', '1e999', 'gain "1e999"'],
    ['a gain of words', 'loud', 'gain "loud"'],
    ['a gain with a comma', '200,5', 'gain "200,5"'],
    ['a baseline of words', '200(low)/mV', 'baseline of gain "200(low)/mV"'],
    ['a unit with a blank, which shifts the fields', '1/mm Hg 12', 'ADC resolution "Hg"'],
  ])('keeps %s as the flaw of its signal', async (_, field, words) => {
    const { signals } = parseHeader(`r 2 500 10\n${line}\nr.dat 16 ${field}`, 'r.hea');
    expect(() => refuseFlaws(signals.slice(0, 1), 'r.hea')).not.toThrow();
    const error = await errorOf(() => refuseFlaws(signals, 'r.hea'));
    expect(error).toContain('ERR_WFDB_HEADER: header r.hea');
    expect(error).toContain(words);
  });

  it('ignores signal lines beyond the announced number, and marks the files that they share with others', () => {
    const other = parseHeader(`r 1 500 10\n${line}\nother.dat 16`, 'r.hea');
    expect([other.signals.length, other.overfullFiles]).toEqual([1, undefined]);
    const same = parseHeader(`r 1 500 10\n${line}\n${line}`, 'r.hea');
    expect([same.signals.length, same.overfullFiles]).toEqual([1, ['r.dat']]);
  });
});

describe('headerText', () => {
  it.each([
    ['UTF-8', Buffer.from('1/\u00b5V')],
    ['UTF-8 with its mark', Buffer.from('\uFEFF1/\u00b5V')],
    ['Latin-1', Buffer.from('1/\u00b5V', 'latin1')],
    ['UTF-16', Buffer.from('\uFEFF1/\u00b5V', 'utf16le')],
    ['UTF-16 of the other order', Buffer.from('\uFEFF1/\u00b5V', 'utf16le').swap16()],
    ['an end-of-file mark', Buffer.from('1/\u00b5V\r\n\u001a\u001a')],
    ['what a DOS program leaves behind the mark', Buffer.from('1/\u00b5V\r\n\u001a\0old text')],
    ['zeros at the end', Buffer.from('1/\u00b5V\n\0\0\0')],
  ])('decodes %s', (_, bytes) => {
    expect(headerText(bytes, 'r.hea')).toBe('1/\u00b5V');
  });

  it.each([
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0\n', 'git lfs pull'],
    ['<html><body>403 Forbidden</body></html>', 'web page'],
    ['\u001f\u008b\b\0', 'gzip'],
  ])('refuses another kind of file: %j', async (text, words) => {
    const error = await errorOf(() => headerText(Buffer.from(text, 'latin1'), 'r.hea'));
    expect(error).toContain('ERR_WFDB_HEADER: header r.hea');
    expect(error).toContain(words);
  });
});

describe('a header with a long run of one character', () => {
  // Work that grows with the square of the length would take minutes.
  const run = 200_000;

  it.each([
    ['blanks within the text', `r 1 250 60\nr.dat 16${' '.repeat(run)}200 16 0 0 0 0 II`],
    ['NULs within the text', `r 1 250 60\n${line}\n#${'\0'.repeat(run)}x`],
    ['digits before a letter', `r 1 250 60\nr.dat 16 200 16 ${'2'.repeat(run)}x 0 0 0 II`],
    ['digits as a gain', `r 1 250 60\nr.dat 16 ${'2'.repeat(run)}x/mV 16 0 0 0 0 II`],
    ['digits as a rate', `r 1 ${'2'.repeat(run)}x 60\nr.dat 16 200 16 0 0 0 0 II`],
    ['digits as a format', `r 1 250 60\nr.dat ${'2'.repeat(run)}x/ 200 16 0 0 0 0 II`],
  ])('is parsed in time that is linear in its length: %s', async (_, text) => {
    const since = process.cpuUsage();
    const outcome = await errorOf(() => parseHeader(headerText(Buffer.from(text), 'r.hea'), 'r.hea')).catch(
      () => 'parsed',
    );
    const { user } = process.cpuUsage(since);
    expect(outcome).toMatch(/^parsed$|^ERR_WFDB_HEADER/);
    expect(user / 1000).toBeLessThan(1000);
  });
});
