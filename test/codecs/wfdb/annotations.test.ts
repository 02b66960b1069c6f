// Annotation files: fields that carry over, intervals beyond 10 bits, definitions, damage.

import { describe, expect, it } from 'vitest';
import { formatAnnotations, parseAnnotations } from '#lib/codecs/wfdb/annotations.js';
import { errorOf } from '../../helpers/folder.js';

const word = (kind: number, value: number) => [value & 0xff, (kind << 2) | (value >> 8)];
const end = [0, 0];
const note = (text: string) => [
  ...word(22, 0),
  ...word(63, text.length),
  ...Buffer.from(text + '\0'.repeat(text.length % 2)),
];
const parse = (...bytes: number[]) => parseAnnotations(Uint8Array.from(bytes), 'r.atr');
const at = (sample: number, symbol: string, more = {}) => ({
  ...{ sample, symbol, subtype: 0, channel: 0, number: 0, aux: '' },
  ...more,
});

describe('parseAnnotations', () => {
  it('keeps channel and number for the next annotation, but not subtype and text', () => {
    const text = [...Buffer.from('(AFIB\0')];
    const first = [
      ...word(28, 18),
      ...word(60, 0xff),
      ...word(61, 0x80),
      ...word(62, 200),
      ...word(63, 6),
      ...text,
    ];
    expect(parse(...first, ...word(1, 1023), ...end).annotations).toEqual([
      at(18, '+', { subtype: -128, channel: 200, number: -1, aux: '(AFIB' }),
      at(1041, 'N', { channel: 200, number: -1 }),
    ]);
  });

  it('reads 32-bit intervals in PDP-11 order', () => {
    expect(parse(...word(59, 0), 0x02, 0x01, 0x04, 0x03, ...word(5, 1), ...end).annotations).toEqual([
      at(0x01020304 + 1, 'V'),
    ]);
  });

  it('removes definitions and code 0, and keeps free codes by number or by their given name', () => {
    const { annotations, fsHz } = parse(
      ...[
        ...note('## time resolution: 128'),
        ...note('## annotation type definitions'),
        ...note('42 W wave'),
      ],
      ...[...note('## end of definitions'), ...word(0, 5), ...word(42, 5), ...word(43, 0), ...end],
    );
    expect([fsHz, annotations]).toEqual([128, [at(10, 'W'), at(10, '[43]')]]);
  });

  it('sorts annotations that are out of order, and keeps the order of one time', () => {
    const back = [...word(59, 0), 0xff, 0xff, 0xfb, 0xff];
    const { annotations } = parse(
      ...[...word(1, 10), ...word(5, 0), ...back, ...word(1, 0), ...word(28, 5), ...word(63, 2), 0x28, 0x4e],
      ...end,
    );
    expect(annotations).toEqual([at(5, 'N'), at(10, 'N'), at(10, 'V'), at(10, '+', { aux: '(N' })]);
  });

  it.each([
    ['a number beyond the codes', '72 hours ambulatory'],
    ['the code of a standard mark', '24 hours ambulatory'],
    ['a free code that no annotation has', '45 years old, male'],
    ['a comment of another program', '## scored twice'],
    ['a number without a word', '42'],
  ])('keeps a note at the start that begins with %s', (_, text) => {
    const { annotations, fsHz } = parse(...note(text), ...word(1, 7), ...word(24, 1), ...end);
    expect(annotations).toEqual([at(0, '"', { aux: text }), at(7, 'N'), at(8, 'p')]);
    expect(fsHz).toBeUndefined();
  });

  it('names codes without the marks of a table if the standard has no name for them', () => {
    const { annotations } = parse(...note('42 v atrial fib'), ...word(42, 3), ...word(5, 1), ...end);
    expect(annotations).toEqual([at(3, 'v'), at(4, 'V')]);
  });

  it('names standard codes again inside the marks of a table, and keeps a note after the first annotation', () => {
    const { annotations } = parse(
      ...[
        ...note('## annotation type definitions'),
        ...note('5 PVC early beat'),
        ...note('## end of definitions'),
      ],
      ...[...word(5, 0), ...note('42 v late'), ...word(42, 3), ...end],
    );
    expect(annotations).toEqual([at(0, 'PVC'), at(0, '"', { aux: '42 v late' }), at(3, '[42]')]);
  });

  it('applies a time resolution that follows another annotation at sample 0', () => {
    const { annotations, fsHz } = parse(
      ...word(28, 0),
      ...note('## time resolution: 5e2'),
      ...word(1, 4),
      ...end,
    );
    expect([fsHz, annotations]).toEqual([500, [at(0, '+'), at(4, 'N')]]);
  });

  it.each([
    ['with nothing', []],
    ['with zeros', [0, 0, 0]],
    ['with the end-of-file mark of DOS', [0x1a, 0x1a]],
  ])('reads a file that is filled up %s', (_, rest) => {
    expect(parse(...word(1, 7), ...end, ...rest).annotations).toEqual([at(7, 'N')]);
  });

  /** An annotation in the AHA format: 0, its letter, time (PDP-11 order), serial number, subtype, MIT code, text. */
  const aha = (letter: string, time: number, serial: number) => [
    ...[0, letter.charCodeAt(0), 0, 0, time, 0, serial, 0, 0, 1, 0, 0, 0, 0, 0, 0],
  ];

  it.each([
    ['the AHA format', [...aha('N', 77, 1), ...aha('V', 120, 2)], 'AHA format'],
    ['text', [...Buffer.from('0:00.050 18 + 0 0 0 (N\n0:00.214 77 N 0 0 0\n')], 'it is text'],
    ['a web page', [...Buffer.from('<!DOCTYPE html><html><body>404</body></html>')], 'web page'],
    [
      'a pointer of Git LFS',
      [...Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
      'git lfs pull',
    ],
    ['data after the end mark', [...word(1, 7), ...end, 0x4e, 0, 3], 'follow its end mark'],
  ])('refuses %s', async (_, bytes, words) => {
    expect(await errorOf(() => parse(...bytes))).toContain(words);
  });

  it.each([
    ['no end mark', [...word(1, 10)], 'cut short'],
    ['an odd byte', [...word(1, 10), 3], 'cut short'],
    ['nothing at all', [], 'is empty'],
    ['an interval cut', [...word(59, 0), 1, 0], 'cut short'],
    ['a text cut', [...word(28, 1), ...word(63, 200), 40, 65], 'cut short'],
    ['time before the start', [...word(59, 0), 0xff, 0xff, 0xfb, 0xff, ...word(1, 0), ...end], 'goes back'],
    ['an unknown code', [...word(55, 1), ...end], 'code 55'],
    ['a field without its annotation', [...word(62, 1), ...end], 'begins with a field'],
  ])('refuses %s', async (_, bytes, words) => {
    const error = await errorOf(() => parse(...bytes));
    expect(error).toContain('ERR_WFDB_ANNOTATION: annotation file r.atr');
    expect(error).toContain(words);
  });
});

describe('formatAnnotations', () => {
  it('sorts annotations by time and keeps the order of equal times', () => {
    const { annotations } = parseAnnotations(
      formatAnnotations([at(5, 'N'), at(3, 'p'), at(5, '+'), at(0, '(')]),
      'r.atr',
    );
    expect(annotations).toEqual([at(0, '('), at(3, 'p'), at(5, 'N'), at(5, '+')]);
  });

  it.each([
    ['an unknown symbol', at(0, 'k'), 'symbol "k"'],
    ['a negative sample', at(-1, 'N'), 'sample'],
    ['a broken sample', at(1.5, 'N'), '1.5'],
    ['a sample past 31 bits', at(2 ** 31, 'N'), '2147483648'],
    ['a channel past 8 bits', at(0, 'N', { channel: 256 }), 'channel'],
    ['a text past 255 bytes', at(0, '+', { aux: 'x'.repeat(256) }), 'at most 255'],
    ['a text beyond Latin-1', at(0, '+', { aux: '\u2665' }), 'Latin-1'],
  ])('refuses %s', async (_, annotation, words) => {
    const error = await errorOf(() => formatAnnotations([annotation]));
    expect(error).toContain('ERR_WFDB_ANNOTATION');
    expect(error).toContain(words);
  });
});
