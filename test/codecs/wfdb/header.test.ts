// Headers: every field that header(5) allows, the defaults that it prescribes, and the rejected headers.

import { describe, expect, it } from 'vitest';
import { formatHeader, parseHeader } from '#lib/codecs/wfdb/header.js';
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
    [
      'too many lines',
      `r 1 500 10\n${line}\n${line}`,
      'ERR_WFDB_HEADER',
      'announces 1 signals and describes 2',
    ],
    ['an absurd count', `r 1000000000000 500 10\n${line}`, 'ERR_WFDB_HEADER', 'announces 1000000000000'],
    ['a rate of 0', `r 1 0 10\n${line}`, 'ERR_WFDB_HEADER', 'sampling rate "0"'],
    ['a negative rate', `r 1 -500 10\n${line}`, 'ERR_WFDB_HEADER', 'sampling rate "-500"'],
    ['an absurd rate', `r 1 1e12 10\n${line}`, 'ERR_WFDB_HEADER', 'sampling rate "1e12"'],
    ['a rate of words', `r 1 fast 10\n${line}`, 'ERR_WFDB_HEADER', 'sampling rate "fast"'],
    ['a negative length', `r 1 500 -10\n${line}`, 'ERR_WFDB_HEADER', 'length "-10"'],
    ['a broken length', `r 1 500 1e3\n${line}`, 'ERR_WFDB_HEADER', 'length "1e3"'],
    ['a bad name', `r.1 1 500 10\n${line}`, 'ERR_WFDB_HEADER', 'record name "r.1"'],
    ['segments', 'r/3 1 500 10\ns1 5', 'ERR_WFDB_FORMAT', 'several segments'],
    ['an unknown format', 'r 1 500 10\nr.dat 80 200', 'ERR_WFDB_FORMAT', 'format 80 is not supported'],
    ['no format', 'r 1 500 10\nr.dat', 'ERR_WFDB_HEADER', 'must begin with a file name and a format'],
    ['a negative gain', 'r 1 500 10\nr.dat 16 -200', 'ERR_WFDB_HEADER', 'gain "-200"'],
    ['an absurd gain', 'r 1 500 10\nr.dat 16 1e12', 'ERR_WFDB_HEADER', 'gain "1e12"'],
    ['an infinite gain', 'r 1 500 10\nr.dat 16 1e999', 'ERR_WFDB_HEADER', 'gain "1e999"'],
    ['a gain of words', 'r 1 500 10\nr.dat 16 loud', 'ERR_WFDB_HEADER', 'gain "loud"'],
    ['no samples per frame', 'r 1 500 10\nr.dat 16x0 200', 'ERR_WFDB_HEADER', 'samples per frame "0"'],
    ['binary', '\0\u0001\u0002\uFFFD', 'ERR_WFDB_HEADER', 'record name'],
  ])('refuses %s', async (_, text, code, words) => {
    const error = await errorOf(() => parseHeader(text, 'r.hea'));
    expect(error).toContain(`${code}: header r.hea`);
    expect(error).toContain(words);
  });
});
