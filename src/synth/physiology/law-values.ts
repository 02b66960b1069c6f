// What a law gives: its bounds, its typical value, and the five doubles by which it crosses to the kernel.

import type { BaseNumber, Law } from './law.js';

/** The five doubles of a law: kind, a, b, min, max (native/plan/physiology/spec.h). */
export type PackedLaw = readonly [kind: number, a: number, b: number, min: number, max: number];

/** The five parts of a law, in the order of `PackedLaw`. */
export const lawParts = ['kind', 'a', 'b', 'min', 'max'] as const;

/** Returns a law with its word, if it is one, as a number. */
export function plainLaw(law: Law, { words }: Pick<BaseNumber, 'words'>): Exclude<Law, string> {
  return typeof law === 'string' ? words![law]! : law;
}

/** Returns the least and the greatest value of a law. */
export function boundsOf(law: Exclude<Law, string>): readonly [min: number, max: number] {
  return typeof law === 'number' ? [law, law] : [law.min, law.max];
}

/** Returns the value in the middle of a law: the constant, the mean, the median or the centre. */
export function typicalOf(law: Exclude<Law, string>): number {
  if (typeof law === 'number') return law;
  const [min, max] = boundsOf(law);
  const middle = law.law === 'uniform' ? (min + max) / 2 : law.law === 'normal' ? law.mean : law.median;
  return Math.min(Math.max(middle, min), max);
}

/** Returns the law limited to [min, max]; undefined if it gives no value there. */
export function limitLaw(
  law: Exclude<Law, string>,
  [low, high]: readonly [number, number],
): Exclude<Law, string> | undefined {
  const bounds = boundsOf(law);
  const min = Math.max(bounds[0], low);
  const max = Math.min(bounds[1], high);
  if (min > max) return undefined;
  return typeof law === 'number' ? law : { ...law, min, max };
}

/** Returns the five doubles of a law. */
export function packLaw(law: Exclude<Law, string>): PackedLaw {
  if (typeof law === 'number') return [0, law, 0, law, law];
  const { min, max } = law;
  switch (law.law) {
    case 'uniform':
      return [1, 0, 0, min, max];
    case 'normal':
      return [2, law.mean, law.sd, min, max];
    case 'lognormal':
      return [3, law.median, law.sdLog, min, max];
  }
}
