import { describe, expect, it } from 'vitest';
import { type Splittable, splitSides, splitWindows } from '#lib/train/splits.js';

/** `positive` patients with 3 positive and 2 negative windows each, then `negative` patients with 4 windows each. */
function cohort(positive: number, negative: number): Splittable[] {
  const windows: Splittable[] = [];
  for (let at = 0; at < positive; at++) {
    for (let k = 0; k < 5; k++) windows.push({ patientId: `af${at}`, positive: k < 3 });
  }
  for (let at = 0; at < negative; at++) {
    for (let k = 0; k < 4; k++) windows.push({ patientId: `n${at}`, positive: false });
  }
  return windows;
}

const patientsOf = (windows: Splittable[], indices: readonly number[]) =>
  new Set(indices.map((at) => windows[at]!.patientId));

describe('splitWindows', () => {
  it('never puts a patient on two sides and loses no window', () => {
    for (let seed = 0; seed < 50; seed++) {
      const windows = cohort(4, 20);
      const split = splitWindows(windows, { seed });
      const sides = splitSides.map((side) => patientsOf(windows, split[side]));
      expect(sides.reduce((sum, side) => sum + side.size, 0)).toBe(24);
      expect(new Set(sides.flatMap((side) => [...side])).size).toBe(24);
      expect(splitSides.flatMap((side) => split[side]).sort((a, b) => a - b)).toEqual(
        windows.map((_, at) => at),
      );
    }
  });

  it('deals four positive patients 2, 1, 1, and others by the shares', () => {
    const windows = cohort(4, 20);
    const split = splitWindows(windows, { seed: 1 });
    const count = (side: 'train' | 'val' | 'test', start: string) =>
      [...patientsOf(windows, split[side])].filter((id) => id.startsWith(start)).length;
    expect([count('train', 'af'), count('val', 'af'), count('test', 'af')]).toEqual([2, 1, 1]);
    expect([count('train', 'n'), count('val', 'n'), count('test', 'n')]).toEqual([13, 3, 4]);
  });

  it('is decided by the seed alone, not by the order of reading', () => {
    const windows = cohort(5, 11);
    const reversed = [...windows].reverse();
    const ids = (list: Splittable[], seed: number) =>
      [...patientsOf(list, splitWindows(list, { seed }).test)].sort().join();
    expect(ids(reversed, 3)).toBe(ids(windows, 3));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => ids(windows, seed))).size).toBeGreaterThan(5);
  });

  it('says what is missing where a side would lack a class', () => {
    expect(() => splitWindows(cohort(2, 10), { seed: 1 })).toThrow(
      expect.objectContaining({
        code: 'ERR_DATA_EMPTY',
        message: expect.stringMatching(/positive.*2 patients/),
      }),
    );
    expect(() => splitWindows([], { seed: 1 })).toThrow(expect.objectContaining({ code: 'ERR_DATA_EMPTY' }));
    expect(splitWindows(cohort(3, 0), { seed: 1 }).val).toHaveLength(5);
  });

  it('follows strat_fold, and refuses a patient in two of them', () => {
    const windows = Array.from({ length: 40 }, (_, at) => ({
      patientId: `p${at}`,
      positive: at % 2 === 0,
      fold: (Math.floor(at / 2) % 10) + 1,
    }));
    const split = splitWindows(windows, { seed: 1, kind: 'folds' });
    expect(split.test.every((at) => windows[at]!.fold === 10)).toBe(true);
    expect(split.val.every((at) => windows[at]!.fold === 9)).toBe(true);
    expect(split.train).toHaveLength(32);
    const twice = windows.map((window) => (window.fold > 8 ? { ...window, patientId: 'p18' } : window));
    expect(() => splitWindows(twice, { seed: 1, kind: 'folds' })).toThrow(/p18.*both/);
    expect(() => splitWindows(cohort(4, 9), { seed: 1, kind: 'folds' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });

  it('offers the plain random split by name', () => {
    const windows = cohort(1, 1);
    const split = splitWindows([...windows, ...windows], { seed: 2, kind: 'random' });
    expect(patientsOf([...windows, ...windows], split.test).size).toBeGreaterThan(0);
    expect(splitSides.every((side) => split[side].length > 0)).toBe(true);
  });
});
