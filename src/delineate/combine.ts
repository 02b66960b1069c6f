// Joins the waves that several leads show into one set of fiducials per beat: the median of the leads. The rule of
// Martínez et al. (the earliest onset and the latest offset that other leads confirm; IEEE Trans. Biomed. Eng. 51:570,
// 2004, section III-D) was 4 ms before, and 4 ms after, the truth of synthetic records.

import { perBeat } from './lead-waves.js';
import { valueAt } from './smoothing.js';

/** A lead with this share of the clearness of the clearest lead is as good as that lead. */
const clearEnough = 0.5;

/**
 * Returns the fiducials [beats * 9] in samples. A wave that less than a third of the leads show is absent. The peak of QRS
 * is that of one lead, because one lead may have an R where another has an S: the first one that shows it and is not much
 * less clear than the clearest.
 *
 * @param clearness - how clearly each lead shows QRS complexes.
 */
export function combineLeads(leads: readonly Float64Array[], clearness: readonly number[]): Float64Array {
  if (leads.length === 1) return leads[0]!;
  const enough = clearEnough * Math.max(...clearness);
  const inOrder = [...leads.keys()].sort(
    (a, b) => Number(clearness[b]! >= enough) - Number(clearness[a]! >= enough) || a - b,
  );
  const joint = new Float64Array(leads[0]!.length).fill(Number.NaN);
  for (let at = 0; at < joint.length; at += 3) {
    const showing = inOrder.map((k) => leads[k]!).filter((lead) => !Number.isNaN(lead[at + 1]!));
    if (showing.length < leads.length / 3) continue;
    for (let n = 0; n < 3; n++) {
      const times = showing.map((lead) => lead[at + n]!).filter((value) => !Number.isNaN(value));
      joint[at + n] = valueAt(times, 0.5);
    }
    if (at % perBeat === 3) joint[at + 1] = showing[0]![at + 1]!;
  }
  return joint;
}

/**
 * Puts the bounds of neighbouring waves in order, P before QRS before T before the next P, and removes bounds outside the
 * lead.
 */
export function settleOrder(found: Float64Array, length: number): void {
  let end = 0;
  for (let at = 0; at < found.length; at += 3) {
    const [onset, peak, offset] = [found[at]!, found[at + 1]!, found[at + 2]!];
    if (Number.isNaN(peak)) continue;
    const next = at % perBeat === 0 && !Number.isNaN(found[at + 3]!) ? found[at + 3]! : length - 1;
    found[at] = onset < 0 ? Number.NaN : Math.min(peak, Math.max(onset, end));
    found[at + 2] = offset > length - 1 ? Number.NaN : Math.max(peak, Math.min(offset, Math.max(next, peak)));
    end = Number.isNaN(found[at + 2]!) ? peak : found[at + 2]!;
  }
}
