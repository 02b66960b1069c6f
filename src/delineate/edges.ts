// Where a wave begins, peaks and ends along the slope of a lead.

/** Returns the last sample with a slope above the threshold that no pause separates from `start`. */
export function spread(
  slope: Float64Array,
  start: number,
  step: 1 | -1,
  end: number,
  { threshold, pause }: { readonly threshold: number; readonly pause: number },
): number {
  let reached = start;
  for (let n = start; (step > 0 ? n <= end : n >= end) && Math.abs(n - reached) <= pause; n += step) {
    if (Math.abs(slope[n]!) > threshold) reached = n;
  }
  return reached;
}

/**
 * Returns the first sample from `start` on, in direction `step`, at which the slope falls below `threshold` and stays
 * there for `calm` samples, or the sample with the least slope on the way to `end`.
 */
export function walk(
  slope: Float64Array,
  start: number,
  step: 1 | -1,
  end: number,
  threshold: number,
  calm: number,
): number {
  let quiet = 0;
  let [flattest, least] = [start, Number.POSITIVE_INFINITY];
  for (let n = start; step > 0 ? n <= end : n >= end; n += step) {
    const size = Math.abs(slope[n]!);
    if (size < threshold) {
      quiet++;
      if (quiet >= calm) return n - step * (quiet - 1);
    } else quiet = 0;
    if (size < least) [flattest, least] = [n, size];
  }
  return quiet > 0 ? (step > 0 ? end - quiet + 1 : end + quiet - 1) : flattest;
}

/** Returns onset and offset of the bump with its peak at `peak`. */
export function bumpBounds(
  slope: Float64Array,
  peak: number,
  from: number,
  to: number,
  share: { readonly onset: number; readonly offset: number },
  fsHz: number,
): readonly [number, number] | undefined {
  const up = steepestOf(slope, peak, Math.max(from, Math.round(peak - 0.16 * fsHz)), -1);
  const down = steepestOf(slope, peak, Math.min(to, Math.round(peak + 0.16 * fsHz)), 1);
  if (up === undefined || down === undefined) return undefined;
  const onset = walk(slope, up, -1, from, share.onset * Math.abs(slope[up]!), 1);
  const offset = walk(slope, down, 1, to, share.offset * Math.abs(slope[down]!), 1);
  return [onset, offset];
}

function steepestOf(slope: Float64Array, peak: number, end: number, step: 1 | -1): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (let n = peak; step > 0 ? n <= end : n >= end; n += step) {
    const size = Math.abs(slope[n]!);
    if (size > most) [best, most] = [n, size];
  }
  return best;
}

/** Returns the peak of the greatest bump of either sign that has an extreme of the lead between `from` and `to`. */
export function bumpPeak(
  bump: Float64Array,
  lead: Float64Array,
  from: number,
  to: number,
  fsHz: number,
): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (let n = Math.max(1, from); n <= Math.min(to, bump.length - 2); n++) {
    const size = Math.abs(bump[n]!);
    const isPeak = size >= Math.abs(bump[n - 1]!) && size > Math.abs(bump[n + 1]!);
    if (isPeak && size > most) [best, most] = [n, size];
  }
  if (best === undefined) return undefined;
  // The peak of the lead itself, which may lie beside that of the bump.
  const sign = Math.sign(bump[best]!);
  const near = Math.round(0.03 * fsHz);
  let peak = best;
  for (let n = Math.max(from, best - near); n <= Math.min(to, best + near); n++) {
    if (sign * lead[n]! > sign * lead[peak]!) peak = n;
  }
  return peak;
}
