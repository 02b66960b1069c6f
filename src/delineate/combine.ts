// Joins the waves that several leads show into one set of fiducials per beat.
// Source: Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004, section III-D (the earliest onset, or the latest
// offset, that other leads confirm).

import { perBeat } from './lead-waves.js';
import { quantile } from './smoothing.js';

/** How close the bounds of other leads must be to confirm a bound, in s: P, QRS, T. */
const closeS = [0.012, 0.008, 0.014] as const;

/** Returns the fiducials [beats * 9] in samples. A wave that less than a third of the leads show is absent. */
export function combineLeads(leads: readonly Float64Array[], fsHz: number): Float64Array {
  if (leads.length === 1) return leads[0]!;
  const joint = new Float64Array(leads[0]!.length).fill(Number.NaN);
  const least = Math.max(1, Math.ceil(leads.length / 3));
  const confirming = Math.min(2, Math.max(0, Math.floor(leads.length / 3)));
  for (let at = 0; at < joint.length; at += 3) {
    const close = closeS[((at % perBeat) / 3) as 0 | 1 | 2] * fsHz;
    const showing = leads.filter((lead) => !Number.isNaN(lead[at + 1]!));
    if (showing.length < least) continue;
    const of = (offset: number) =>
      showing
        .map((lead) => lead[at + offset]!)
        .filter((value) => !Number.isNaN(value))
        .sort((a, b) => a - b);
    joint[at] = confirmed(of(0), close, confirming);
    joint[at + 1] = quantile(of(1), 0.5);
    const ends = of(2).reverse();
    joint[at + 2] = confirmed(ends, close, confirming);
  }
  return joint;
}

/** Returns the first value that `count` of the following ones confirm, or the median if there is none. */
function confirmed(sorted: readonly number[], close: number, count: number): number {
  for (let k = 0; k + count < sorted.length; k++) {
    if (Math.abs(sorted[k + count]! - sorted[k]!) <= close) return sorted[k]!;
  }
  return quantile(sorted, 0.5);
}
