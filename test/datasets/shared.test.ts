// Finds a recording that occurs in two data sets.

import { describe, expect, it } from 'vitest';
import { findShared } from '#lib/datasets/shared.js';
import type { EcgWindow } from '#lib/signal/window.js';
import { setOf, windowOf } from '../helpers/windows.js';

const window = (record: string, signal: number[]) =>
  windowOf({ record, classes: ['normal'], signal: Float32Array.from(signal) });
const set = (...windows: EcgWindow[]) => setOf(windows);

describe('findShared', () => {
  const [a, b] = [window('a', [0, 1, 2]), window('b', [0, 1, 3])];

  it('finds a recording by its samples, with the earlier set that contains it', () => {
    const other = window('other name', [0, 1, 3]);
    const shared = findShared([set(a), set(b), set(other)]);
    expect(shared).toEqual({ window: other, at: 2, same: b, sameAt: 1 });
  });

  it('finds nothing if one sample differs, within one set, or in flat signals', () => {
    expect(findShared([set(a), set(b)])).toBeUndefined();
    expect(findShared([set(a, window('again', [0, 1, 2])), set(b)])).toBeUndefined();
    expect(findShared([set(window('flat', [0, 0, 0])), set(window('flat too', [0, 0, 0]))])).toBeUndefined();
  });
});
