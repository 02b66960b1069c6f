// The tables of the native test are those that the package gives to the kernel.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classNames } from '#lib/signal/class-table.js';
import { base } from '#lib/synth/physiology/base.js';
import { packClasses } from '#lib/synth/physiology/pack.js';

/** Returns the lines of physiology_NAME.inc; `npm run build` and `test-native.mjs --write` write it. */
function linesOf(name: string, folder = 'native/test'): string[] {
  const file = new URL(`../../../${folder}/physiology_${name}.inc`, import.meta.url);
  return readFileSync(file, 'utf8').trim().split('\n');
}

describe('the native test has', () => {
  it('the numbers of the shipped classes', () => {
    const fields = [...base.keys()];
    const lines = linesOf('classes').filter((line) => !line.startsWith('// '));
    expect(lines.map((line) => line.split('// ')[1])).toEqual(classNames.flatMap(() => fields));
    const numbers = lines.flatMap((line) => line.split(',').slice(0, 5).map(Number));
    expect(numbers).toEqual([...packClasses(classNames, fields).table]);
    expect(linesOf('names')).toEqual(classNames.map((name) => `"${name}",`));
  });

  it('the ranges that the kernel checks and from which it draws random classes', () => {
    expect(linesOf('ranges', 'native')).toEqual(
      [...base].map(([field, { min, max, words = {} }]) => {
        const values = Object.values(words);
        return `{${min}, ${max}, ${values.length}, {${values.join(', ')}}},  // ${field}`;
      }),
    );
  });

  it('a golden hash for each class, and for one whose rhythm changes', () => {
    expect(linesOf('golden').map((line) => line.split('// ')[1])).toEqual([...classNames, 'normal>aflt']);
  });
});
