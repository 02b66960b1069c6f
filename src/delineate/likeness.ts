// How much possible QRS complexes resemble the beats around them.

/** Fewer beats are not compared. */
export const leastCompared = 5;
/** How many beats to each side are compared, and the rank of the one that counts: a chance likeness is not enough. */
const others = { reach: 16, rank: 2 } as const;
/** Half of the stretch that is compared, and how far it may be shifted, in samples of 8 ms. */
const half = 10;
const shift = 2;
/** Correlations at which the likeness is 0 and 1. */
const range = { none: 0.5, full: 0.9 } as const;

/**
 * Returns the likeness of each peak [peaks], 0 to 1: whether at least two beats around it have the same shape.
 *
 * @param traces - the shapes of the leads [N], one value per place.
 * @param weights - how much each lead counts.
 */
export function likenessOf(
  peaks: readonly { readonly at: number }[],
  beats: readonly { readonly at: number }[],
  traces: readonly Float64Array[],
  weights: readonly number[],
): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let next = 0;
  return Float64Array.from(peaks, ({ at }) => {
    while (next < beats.length && beats[next]!.at < at) next++;
    const near = beats.slice(Math.max(0, next - others.reach), next + others.reach + 1);
    const found = near
      .filter((beat) => beat.at !== at)
      .map((beat) => {
        let sum = 0;
        for (const [k, trace] of traces.entries()) sum += weights[k]! * bestCorrelation(trace, at, beat.at);
        return total > 0 ? sum / total : 0;
      })
      .sort((a, b) => b - a);
    const ranked = found[Math.min(others.rank, found.length) - 1] ?? 0;
    return Math.max(0, Math.min(1, (ranked - range.none) / (range.full - range.none)));
  });
}

function bestCorrelation(trace: Float64Array, one: number, other: number): number {
  let best = -1;
  for (let by = -shift; by <= shift; by++) best = Math.max(best, correlation(trace, one + by, other));
  return best;
}

/** Slopes have no level of their own, so no mean is removed. */
function correlation(trace: Float64Array, one: number, other: number): number {
  const from = Math.max(-half, -one, -other);
  const to = Math.min(half, trace.length - 1 - one, trace.length - 1 - other);
  let [xx, yy, xy] = [0, 0, 0];
  for (let n = from; n <= to; n++) {
    const [x, y] = [trace[one + n]!, trace[other + n]!];
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
