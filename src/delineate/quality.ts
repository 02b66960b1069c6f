// The quality of each beat: how far its QRS complex exceeds the noise around it, and how much it resembles other beats.

import { type PreparedLead, perBeat } from './lead-waves.js';
import { valueAt } from './smoothing.js';

/** The slope between the waves, as a share of the steepest slope of the QRS: below `clean` no noise, above `lost` only noise. */
const noise = { clean: 0.05, lost: 0.25 } as const;
const likeness = { none: 0.3, full: 0.9 } as const;
const halfS = 0.08;
const neighbours = 5;

/** Returns the quality [beats] of the beats in one lead, 0 to 1. */
export function leadQuality(
  lead: PreparedLead,
  fiducials: Float64Array,
  beats: readonly number[],
): Float64Array {
  return Float64Array.from(beats, (beat, k) => {
    const clear = clearness(lead, beat);
    let like = beats.length === 1 ? 1 : 0;
    for (
      let other = Math.max(0, k - neighbours);
      other <= Math.min(beats.length - 1, k + neighbours);
      other++
    ) {
      if (other !== k)
        like = Math.max(
          like,
          correlation(lead, centre(fiducials, beats, k), centre(fiducials, beats, other)),
        );
    }
    const bounded =
      Number.isNaN(fiducials[k * perBeat + 3]!) || Number.isNaN(fiducials[k * perBeat + 5]!) ? 0.5 : 1;
    return bounded * clear * (0.5 + 0.5 * share(like, likeness.none, likeness.full));
  });
}

function centre(fiducials: Float64Array, beats: readonly number[], k: number): number {
  const peak = fiducials[k * perBeat + 4]!;
  return Number.isNaN(peak) ? beats[k]! : Math.round(peak);
}

function clearness({ sharpSlope, fsHz }: PreparedLead, beat: number): number {
  const reach = Math.round(0.4 * fsHz);
  const near = Math.round(halfS * fsHz);
  const around: number[] = [];
  let steepest = 0;
  for (let n = Math.max(0, beat - reach); n <= Math.min(sharpSlope.length - 1, beat + reach); n++) {
    const size = Math.abs(sharpSlope[n]!);
    if (Math.abs(n - beat) <= near) steepest = Math.max(steepest, size);
    else around.push(size);
  }
  return steepest > 0 ? 1 - share(valueAt(around, 0.5) / steepest, noise.clean, noise.lost) : 0;
}

/** Returns the correlation of the QRS complexes around two samples. */
function correlation({ sharp, fsHz }: PreparedLead, one: number, other: number): number {
  const half = Math.round(halfS * fsHz);
  const from = Math.max(-half, -one, -other);
  const to = Math.min(half, sharp.length - 1 - one, sharp.length - 1 - other);
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (let n = from; n <= to; n++) {
    const [a, b] = [sharp[one + n]!, sharp[other + n]!];
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  const count = to - from + 1;
  const spread = (xx - (x * x) / count) * (yy - (y * y) / count);
  return spread > 0 ? (xy - (x * y) / count) / Math.sqrt(spread) : 0;
}

/** Returns where `value` lies between `low` and `high`, 0 to 1. */
function share(value: number, low: number, high: number): number {
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}
