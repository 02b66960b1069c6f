// Converts times to numbers of samples.

/** Returns the number of samples that `seconds` take at `fsHz`, rounded to the nearest whole number. */
export function samplesOf(seconds: number, fsHz: number): number {
  return Math.round(seconds * fsHz);
}
