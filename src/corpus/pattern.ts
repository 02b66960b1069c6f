// Turns the weights of classes into the shortest pattern of classes that has exactly these shares, evenly mixed. It is
// not a random draw: record i is of class pattern[i % pattern.length], so counts are known without making a record.

import { PqrstError } from '../base/errors.js';
import type { EcgClass } from '../signal/classes.js';
import { countByLabel } from '../signal/source.js';
import { labelClasses } from '../synth/model.js';

/** The share of each class in a corpus, as weights of any scale. */
export type ClassWeights = Readonly<Partial<Record<EcgClass, number>>>;

const maxPattern = 65536;

/**
 * Returns the pattern by smooth weighted round robin; equal weights give the rotation in the order of `weights`.
 *
 * @throws PqrstError ERR_RANGE: when a weight is out of range, or the weights need too long a pattern.
 */
export function classPattern(weights: ClassWeights): EcgClass[] {
  const names = Object.keys(weights);
  const shares = wholeShares(weights, names);
  const length = shares.reduce((sum, share) => sum + share, 0);
  const credit = shares.map(() => 0);
  return Array.from({ length }, () => {
    let richest = 0;
    for (const [at, share] of shares.entries()) {
      credit[at]! += share;
      if (credit[at]! > credit[richest]!) richest = at;
    }
    credit[richest]! -= length;
    return names[richest]!;
  });
}

/**
 * Counts records start .. start + count - 1 by class, in the order of their labels. Classes without records are
 * omitted.
 */
export function countClasses(
  pattern: readonly EcgClass[],
  start: number,
  count: number,
): Partial<Record<EcgClass, number>> {
  const counts = countByLabel(pattern, start, count);
  const counted = labelClasses(pattern).map((name) => [name, counts.get(name) ?? 0] as const);
  return Object.fromEntries(counted.filter(([, records]) => records > 0));
}

/** Returns the weights as whole numbers without a common divisor. */
function wholeShares(weights: ClassWeights, names: readonly EcgClass[]): number[] {
  const given = names.map((name) => weights[name]!);
  const text = names.map((name) => `${name}:${weights[name]}`).join(',');
  if (names.length === 0 || given.some((weight) => !(weight > 0 && weight <= 1e9))) {
    throw new PqrstError('ERR_RANGE', `the weights of classes must be above 0 and up to 1e9, got "${text}"`);
  }
  for (let scale = 1; scale <= 1e9; scale *= 10) {
    const scaled = given.map((weight) => Math.round(weight * scale));
    if (scaled.some((whole, at) => Math.abs(whole - given[at]! * scale) > 1e-9 * whole)) continue;
    const divisor = scaled.reduce(greatestDivisor);
    const shares = scaled.map((whole) => whole / divisor);
    if (shares.reduce((sum, share) => sum + share, 0) <= maxPattern) return shares;
    break;
  }
  throw new PqrstError(
    'ERR_RANGE',
    `the weights "${text}" need a pattern of more than ${maxPattern} records; round them`,
  );
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
