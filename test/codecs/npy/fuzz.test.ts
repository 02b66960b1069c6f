// Damaged .npy files: the reader returns an array or reports a PqrstError, quickly, and allocates no more than the file
// can hold. PQRST_FUZZ=100000 tries more files.

import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { npyHeadBytes, parseNpyHeader } from '#lib/codecs/npy/header.js';
import { parseLiteral } from '#lib/codecs/npy/literal.js';
import { product } from '#lib/codecs/npy/types.js';
import { fuzzCount, mutantsOf } from '../../helpers/mutants.js';
import { floats, npyFile } from '../../helpers/npy-file.js';

const data = floats(1, 2, 3, 4, 5, 6);
const originals = [
  npyFile({ data }),
  npyFile({ version: 2, isFortran: true, data }),
  npyFile({ version: 3, data }),
  npyFile({ descr: '>U3', shape: [2], data }),
  npyFile({ descr: '|S4', shape: [6], data }),
  npyFile({
    header: "{'descr': [('a', '<f4', (2, 3)), ('b', '|O')], 'fortran_order': False, 'shape': (1L,)}",
    data,
  }),
];
const words = [
  ...[
    "'",
    '"',
    "'''",
    '\\',
    '\\x4',
    '\\U0010ffff',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '((((((((',
    '[[[[[[[[',
  ],
  ...['True', 'False', 'None', 'L', '-', '_', '.5', 'e9', '0x7f', 'inf', 'nan', '\n', '\0', '\t', '#'],
  ...[
    'descr',
    'fortran_order',
    'shape',
    '<f4',
    '>i8',
    '|O',
    '<U999999999',
    'float64',
    '99999999999999999999',
  ],
];

/** Yields damaged files, every other one with a length of the header that fits. */
function* damagedFiles(count: number): Generator<Buffer, void, undefined> {
  const half = Math.ceil(count / 2);
  yield* mutantsOf(originals, { seed: 13, count: half }, words);
  const headers = originals.map((file) => file.subarray(file.indexOf('{'), file.indexOf('\n') + 1));
  for (const header of mutantsOf(headers, { seed: 14, count: count - half }, words)) {
    yield npyFile({ version: 2, header: header.toString('latin1'), data });
  }
}

describe('damaged .npy files', () => {
  const count = fuzzCount(5000);
  it(`fail cleanly: ${count} files`, { timeout: 60_000 + count }, () => {
    let read = 0;
    let slowestMs = 0;
    for (const bytes of damagedFiles(count)) {
      const startedMs = performance.now();
      try {
        const { element, shape, start } = parseNpyHeader(
          'x.npy',
          bytes.subarray(0, npyHeadBytes),
          bytes.length,
        );
        // The size of what a reader then allocates.
        expect(start + product(shape) * element.bytes).toBe(bytes.length);
        expect(element.bytes === 0 ? product(shape) : 0).toBe(0);
        read++;
      } catch (error) {
        if (!(error instanceof PqrstError)) throw new Error(`${error} for ${bytes.toString('latin1')}`);
        expect(error.code).toBe('ERR_NPY');
        expect(error.message.length).toBeLessThan(600);
        expect(error.message).not.toMatch(/\p{Cc}/u);
      }
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    }
    expect(read).toBeGreaterThan(count / 100);
    expect(slowestMs).toBeLessThan(5000);
  });

  it.each([
    ['open brackets', '('.repeat(65_000)],
    ['open dictionaries', "{'a':".repeat(13_000)],
    ['pairs of brackets', `(${'(),'.repeat(21_000)})`],
    ['digits', '9'.repeat(65_000)],
    ['underscores', `1${'_1'.repeat(32_000)}x`],
    ['letters', 'a'.repeat(65_000)],
    ['backslashes', `'${'\\'.repeat(65_000)}`],
    ['prefixes', 'bB'.repeat(32_000)],
    ['blanks', ' \t\n'.repeat(21_000)],
  ])('the longest header of %s takes no time', (_, text) => {
    const startedMs = performance.now();
    try {
      parseLiteral(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
    }
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });
});
