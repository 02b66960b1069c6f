// What a reader must know before the numbers of a comparison: records without beats, and copies.

import type { CopyTest, FidelityResult } from './compare.js';

/** Below this value Meehan's statistic means copies. */
const leastZ = -3;

/** Returns whether synthetic records repeat real ones, as one sentence; undefined without a sign of it. */
export function copyText({ n, copies, heldCopies, z }: CopyTest): string | undefined {
  if (copies > heldCopies) {
    return (
      `${copies} of ${n} synthetic records equal a real record of the comparison, but for shift, scale and noise; of as many ` +
      `real records of other patients ${heldCopies} do. The synthetic side has real records, so the measures say little.`
    );
  }
  if (z < leastZ) {
    return `The synthetic records are nearer to half A than other patients are (Meehan's statistic ${z.toFixed(1)}): they repeat it.`;
  }
  return undefined;
}

/** Returns what a reader must know before the numbers, one sentence each. */
export function notesOf({
  n,
  withoutBeats,
  memorisation,
}: Pick<FidelityResult, 'n' | 'withoutBeats' | 'memorisation'>): string[] {
  const sides = { real: 'real', otherReal: 'other real', made: 'synthetic' } as const;
  const silent = (Object.keys(sides) as (keyof typeof sides)[]).filter((key) => withoutBeats[key] > 0);
  return [
    ...silent.map(
      (key) =>
        `${withoutBeats[key]} of ${n} ${sides[key]} records show no clear beat; their rhythm, intervals and amplitudes are missing.`,
    ),
    ...[copyText(memorisation) ?? []].flat(),
  ];
}
