// JSON of files: the nesting is limited before the parser sees the text.

import { expect, it } from 'vitest';
import { parseJson } from '#lib/base/parse-json.js';

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

it('parses JSON, whose strings may hold brackets', () => {
  const value = { a: ['[[[['.repeat(100), '\\"[', { b: null }], '{': 1.5 };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
  expect(parseJson(nested(100, '[', ']'))).toEqual(JSON.parse(nested(100, '[', ']')));
  expect(parseJson(`[${'[],'.repeat(1000)}1]`)).toHaveLength(1001);
});

it.each([nested(101, '[', ']'), '{"a":'.repeat(101), '['.repeat(1e6)])('refuses deeper nesting', (text) => {
  expect(() => parseJson(text)).toThrow(/^more than 100 levels of brackets at character \d+$/);
});

it('refuses more values than the caller takes', () => {
  expect(parseJson('[1,2,3,4,5]', 8)).toHaveLength(5);
  expect(() => parseJson('[1,2,3,4,5,6]', 8)).toThrow('more than 8 values');
  expect(() => parseJson('[[],[]]', 8)).toThrow('more than 8 values');
});
