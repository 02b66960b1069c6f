// Texts of messages: numbers with nouns, and control characters that must not reach a terminal.

import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { onOneLine, plural, printable } from '#lib/base/text.js';
import { escapeXml } from '#lib/report/paper.js';

describe('plural', () => {
  it('writes a count with its noun', () => {
    expect([plural(1, 'patient'), plural(3, 'patient'), plural(2, 'entry', 'entries')]).toEqual([
      '1 patient',
      '3 patients',
      '2 entries',
    ]);
  });
});

describe('printable', () => {
  it.each([
    ['an escape sequence', '\u001b[2J\u001b]0;title\u0007', '\\u001b[2J\\u001b]0;title\\u0007'],
    ['a one-byte escape', 'a\u009b31m', 'a\\u009b31m'],
    ['NUL, DEL and CR', '\0\u007f\r', '\\u0000\\u007f\\u000d'],
    ['reversed text', 'a\u202etad.exe', 'a\\u202etad.exe'],
    ['marks of direction', '\u061c\u200e\u2066\u2069', '\\u061c\\u200e\\u2066\\u2069'],
    ['line separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['what XML cannot hold', '\ud83d \udc93 \ufffe\uffff', '\\ud83d \\udc93 \\ufffe\\uffff'],
  ])('escapes %s', (_, text, escaped) => {
    expect(printable(text)).toBe(escaped);
  });

  it('keeps line feeds, tabs and letters of all languages', () => {
    const text = 'a\tb\n\u00b5V \u00c4rzte \u5fc3\u7535\u56fe \u{1f493}';
    expect(printable(text)).toBe(text);
  });

  it('is part of text on one line, and of text in SVG and HTML', () => {
    expect(onOneLine('a\nb\tc\u001b')).toBe('a b c\\u001b');
    expect(escapeXml('<b a="1">\u202e&\0')).toBe('&lt;b a=&quot;1&quot;&gt;\\u202e&amp;\\u0000');
  });

  it('leaves a JSON text with the same meaning', () => {
    const value = { name: 'a\u009b\u001b\u202e' };
    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
  });

  it('is applied to every message of an error', () => {
    expect(new PqrstError('ERR_CSV', 'label "\u001b[31m"').message).toBe('label "\\u001b[31m"');
  });
});

describe('a message', () => {
  const messageOf = (text: string) => new PqrstError('ERR_CSV', text).message;

  it('keeps the start and the end of a long word', () => {
    expect(messageOf(`table x holds ${'9'.repeat(50_000)}; correct that line`)).toMatch(
      /^table x holds 9{100} \[\.\.\. 49841 more characters \.\.\.\] 9{59}; correct that line$/,
    );
  });

  it('keeps the start and the end of a long quotation of several words', () => {
    const message = messageOf(`label "${'word '.repeat(200)}" is unknown; name a class`);
    expect(message).toMatch(/^label "word .*more characters.* word " is unknown; name a class$/);
    expect(message.length).toBeLessThanOrEqual(235);
  });

  it('keeps what comes between two quotations', () => {
    const between = ' is a word '.repeat(30);
    expect(messageOf(`"a"${between}"b"`)).toBe(`"a"${between}"b"`);
  });

  it('keeps its own start and its advice', () => {
    const message = messageOf(`the library says ${'no '.repeat(5000)}; copy the file again`);
    expect(message).toMatch(
      /^the library says no .*\[\.\.\. 14\d{3} more characters \.\.\.\].*no ; copy the file again$/,
    );
    expect(message.length).toBeLessThanOrEqual(1000);
    expect(messageOf(message)).toBe(message);
    expect(messageOf('a '.repeat(500))).toBe('a '.repeat(500));
  });
});
