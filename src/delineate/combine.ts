// Joins the waves that several leads show into one set of fiducials per beat.
// A lead shows a wave later, and loses it earlier, where the wave is perpendicular to it; but a single early onset may be
// noise. So an onset is a low quantile of the leads, and an offset a high one.
// Source: Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004, section III-D (the earliest onset, or the latest
// offset, that other leads confirm).

import { perBeat } from './lead-waves.js';
import { quantile } from './smoothing.js';

/** The onset of a wave is the quantile of the onsets in the leads, its offset that of the offsets, in time order. */
const share = {
  onset: Number(process.env['CS'] ?? 0.35),
  offset: 1 - Number(process.env['CS'] ?? 0.35),
} as const;

/** Returns the fiducials [beats * 9] in samples. A wave that less than a third of the leads show is absent. */
export function combineLeads(leads: readonly Float64Array[]): Float64Array {
  if (leads.length === 1) return leads[0]!;
  const joint = new Float64Array(leads[0]!.length).fill(Number.NaN);
  const least = Math.max(1, Math.ceil(leads.length / 3));
  for (let at = 0; at < joint.length; at += 3) {
    const showing = leads.filter((lead) => !Number.isNaN(lead[at + 1]!));
    if (showing.length < least) continue;
    const of = (offset: number) =>
      showing.map((lead) => lead[at + offset]!).filter((value) => !Number.isNaN(value));
    joint[at] = quantile(of(0), share.onset);
    joint[at + 1] = quantile(of(1), 0.5);
    joint[at + 2] = quantile(of(2), share.offset);
  }
  return joint;
}
