// Texts of messages.

import { expect, it } from 'vitest';
import { plural, printable, printableJson } from '#lib/base/text.js';

it('plural states the count with its noun', () => {
  expect([plural(1, 'record'), plural(2, 'record'), plural(0, 'class', 'classes')]).toEqual([
    ...['1 record', '2 records', '0 classes'],
  ]);
});

it('printable removes control characters, but keeps line feeds, tabs and letters of all languages', () => {
  expect(printable('a\u001b[31mb\u009b2J\u0000\r\n\tü导联🙂')).toBe('a [31mb 2J  \n\tü导联🙂');
});

it('printableJson escapes control characters, and stays the same value', () => {
  const value = { label: 'a\u001b\u009b\u007f\n', 'k\u0085': [1, 'ü'] };
  const json = printableJson(value);
  expect(json).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(json)).toEqual(value);
});
