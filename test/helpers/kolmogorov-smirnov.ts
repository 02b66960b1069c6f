// The Kolmogorov-Smirnov distance of two samples.

/** Returns the greatest difference between the cumulative distributions of two samples, 0-1. */
export function kolmogorovSmirnov(one: Iterable<number>, other: Iterable<number>): number {
  const [a, b] = [Float64Array.from(one).sort(), Float64Array.from(other).sort()];
  let [below, largest] = [0, 0];
  for (const [at, value] of a.entries()) {
    while (below < b.length && b[below]! <= value) below++;
    largest = Math.max(largest, Math.abs((at + 1) / a.length - below / b.length));
  }
  return largest;
}
