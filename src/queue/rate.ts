// The rate of a queue.

/** Parts of the last hour count. */
const windowMs = 3_600_000;

/**
 * Returns the number of parts an hour that were done lately; 0 if fewer than two were done in the last hour.
 *
 * @param doneAtMs - times of the last parts in ms, in ascending order
 */
export function partsPerHour(doneAtMs: readonly number[], nowMs: number): number {
  const recent = doneAtMs.filter((ms) => nowMs - ms < windowMs);
  const [first] = recent;
  const last = recent.at(-1);
  if (first === undefined || last === undefined || recent.length < 2) return 0;
  // Parts that ended together, on several workers, would otherwise give any rate.
  const spanMs = Math.max(last - first, 1);
  return ((recent.length - 1) / spanMs) * windowMs;
}
