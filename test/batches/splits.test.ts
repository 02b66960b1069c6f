// Splits windows by patients, folds or at random, and pairs of training and validation.

import { describe, expect, it } from 'vitest';
import { holdOutTest, type Splittable, splitPair, splitSides, splitWindows } from '#lib/batches/splits.js';

/** Returns `positive` patients with 3 positive and 2 negative windows each, and `negative` patients with 4 windows. */
function cohort(positive: number, negative: number): Splittable[] {
  const windows: Splittable[] = [];
  for (let at = 0; at < positive; at++) {
    for (let k = 0; k < 5; k++) windows.push({ patientId: `af${at}`, label: k < 3 ? 1 : 0 });
  }
  for (let at = 0; at < negative; at++) {
    for (let k = 0; k < 4; k++) windows.push({ patientId: `n${at}`, label: 0 });
  }
  return windows;
}

const patientsOf = (windows: Splittable[], indices: readonly number[]) =>
  new Set(indices.map((at) => windows[at]!.patientId));

describe('splitWindows', () => {
  it('puts each patient on one side only and loses no window', () => {
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

  it('assigns four positive patients as 2, 1, 1, and the others by the shares', () => {
    const windows = cohort(4, 20);
    const split = splitWindows(windows, { seed: 1 });
    const count = (side: 'train' | 'val' | 'test', start: string) =>
      [...patientsOf(windows, split[side])].filter((id) => id.startsWith(start)).length;
    expect([count('train', 'af'), count('val', 'af'), count('test', 'af')]).toEqual([2, 1, 1]);
    expect([count('train', 'n'), count('val', 'n'), count('test', 'n')]).toEqual([13, 3, 4]);
  });

  it('depends on the seed, and not on the order of the windows', () => {
    const windows = cohort(5, 11);
    const reversed = [...windows].reverse();
    const ids = (list: Splittable[], seed: number) =>
      [...patientsOf(list, splitWindows(list, { seed }).test)].sort().join();
    expect(ids(reversed, 3)).toBe(ids(windows, 3));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => ids(windows, seed))).size).toBeGreaterThan(5);
  });

  it('states what is missing if a side would have no window of a class', () => {
    expect(() => splitWindows(cohort(2, 10), { seed: 1 })).toThrow(
      expect.objectContaining({
        code: 'ERR_DATA_EMPTY',
        message: expect.stringMatching(/positive.*2 patients/),
      }),
    );
    expect(() => splitWindows([], { seed: 1 })).toThrow(expect.objectContaining({ code: 'ERR_DATA_EMPTY' }));
    const plain = [0, 0, 0, 1, 1].map(
      (label, at): Splittable => ({ patientId: `p${at % 3}`, label, fold: 8 }),
    );
    const messageOf = (kind: 'random' | 'folds') =>
      errorMessage(() => splitWindows(plain, { seed: 1, kind }));
    expect(messageOf('random')).toMatch(
      /2 positive windows of 2 patients, and the split by random needs at least 3 windows;/,
    );
    expect(messageOf('folds')).toMatch(
      /2 patients, and the split by folds needs windows in a fold of every side/,
    );
    expect(splitWindows(cohort(3, 0), { seed: 1 }).val).toHaveLength(5);
  });

  it('follows the folds of the data set, and refuses a patient in two folds', () => {
    const windows = Array.from({ length: 40 }, (_, at) => ({
      patientId: `p${at}`,
      label: at % 2 === 0 ? 1 : 0,
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

  it('supports a random split of windows', () => {
    const windows = cohort(1, 1);
    const split = splitWindows([...windows, ...windows], { seed: 2, kind: 'random' });
    expect(patientsOf([...windows, ...windows], split.test).size).toBeGreaterThan(0);
    expect(splitSides.every((side) => split[side].length > 0)).toBe(true);
  });
});

/** Returns `counts[label]` patients of each label with 3 windows each. Every tenth patient also shows label 0. */
function classes(counts: readonly number[], withFolds = false): Splittable[] {
  return counts.flatMap((count, label) =>
    Array.from({ length: 3 * count }, (_, at) => {
      const patient = Math.floor(at / 3);
      const mixed = patient % 10 === 9 && at % 3 === 2;
      const fold = withFolds ? { fold: (patient % 10) + 1 } : {};
      return { patientId: `c${label}-${patient}`, label: mixed ? 0 : label, ...fold };
    }),
  );
}

const pairKinds = ['patients', 'random', 'folds'] as const;

describe('a split of several labels, or into pairs', () => {
  const labelsOf = (windows: Splittable[], indices: readonly number[]) =>
    new Set(indices.map((at) => windows[at]!.label));

  it('gives every side every label and its own patients, for any order of the windows', () => {
    const windows = classes([40, 12, 3]);
    for (let seed = 0; seed < 30; seed++) {
      const split = splitWindows(windows, { seed });
      const sides = splitSides.map((side) => patientsOf(windows, split[side]));
      expect(splitSides.map((side) => labelsOf(windows, split[side]).size)).toEqual([3, 3, 3]);
      expect(new Set(sides.flatMap((side) => [...side])).size).toBe(55);
      expect(sides.reduce((sum, side) => sum + side.size, 0)).toBe(55);
      const reversed = [...windows].reverse();
      const test = splitWindows(reversed, { seed }).test;
      expect(patientsOf(reversed, test)).toEqual(sides[2]);
    }
  });

  it('assigns a patient with several labels by the rarest label', () => {
    // All three patients of label 2 also show label 1. If label 1 decided, they could all be on one side.
    const windows = classes([20, 20, 3]);
    for (const [at, { patientId, label }] of windows.entries()) {
      if (label === 2 && at % 3 === 0) windows[at] = { patientId, label: 1 };
    }
    for (let seed = 0; seed < 30; seed++) {
      const split = splitWindows(windows, { seed });
      const rare = (side: 'train' | 'val' | 'test') =>
        [...patientsOf(windows, split[side])].filter((id) => id.startsWith('c2')).length;
      expect(splitSides.map(rare)).toEqual([1, 1, 1]);
    }
  });

  it('names the label that is missing on a side', () => {
    const labels = ['normal', 'af', 'aflt'];
    expect(() => splitWindows(classes([9, 9, 2]), { seed: 1, labels })).toThrow(
      expect.objectContaining({
        code: 'ERR_DATA_EMPTY',
        message: expect.stringMatching(/no aflt window is left for val.*6 aflt windows of 2 patients/),
      }),
    );
    expect(() => splitWindows(classes([9, 9]), { seed: 1, labels })).toThrow(/0 aflt windows of 0 patients/);
  });

  it.each(pairKinds)('holds out the same test windows as a split into three sides: %s', (kind) => {
    for (const counts of [
      [30, 11],
      [30, 20, 11],
    ]) {
      const windows = classes(counts, true);
      const { rest, test } = holdOutTest(windows, { kind, seed: 7 });
      const split = splitWindows(windows, { kind, seed: 7 });
      expect(test).toEqual(split.test);
      expect(rest).toEqual([...split.train, ...split.val].sort((a, b) => a - b));
    }
  });

  it.each(pairKinds)('splits the rest into six different pairs, the same each time: %s', (kind) => {
    const windows = classes([40, 20, 20], true);
    const { rest } = holdOutTest(windows, { kind, seed: 7 });
    const seen = new Set<string>();
    for (let pair = 1; pair <= 6; pair++) {
      const { train, val } = splitPair(windows, rest, { kind, seed: 7, pair });
      expect([...train, ...val].sort((a, b) => a - b)).toEqual(rest);
      expect([labelsOf(windows, train).size, labelsOf(windows, val).size]).toEqual([3, 3]);
      const both = new Set([...patientsOf(windows, train), ...patientsOf(windows, val)]);
      const sum = patientsOf(windows, train).size + patientsOf(windows, val).size;
      if (kind !== 'random') expect(sum).toBe(both.size);
      if (kind === 'folds') expect(new Set(val.map((at) => windows[at]!.fold))).toEqual(new Set([10 - pair]));
      expect(splitPair(windows, rest, { kind, seed: 7, pair })).toEqual({ train, val });
      seen.add(val.join());
    }
    expect(seen.size).toBe(6);
  });

  it('refuses pair 10 of the folds, and pair 0', () => {
    const windows = classes([40, 20], true);
    const { rest } = holdOutTest(windows, { kind: 'folds', seed: 7 });
    expect(splitPair(windows, rest, { kind: 'folds', seed: 7, pair: 9 }).val).not.toHaveLength(0);
    expect(() => splitPair(windows, rest, { kind: 'folds', seed: 7, pair: 10 })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(/at most nine/) }),
    );
    expect(() => splitPair(windows, rest, { seed: 7, pair: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE' }),
    );
  });
});

function errorMessage(call: () => unknown): string {
  try {
    return String(call());
  } catch (error) {
    return (error as Error).message;
  }
}
