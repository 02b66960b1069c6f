// The function that Kaiser windows consist of.

/** Returns the modified Bessel function of the first kind of order 0, computed from its series. */
export function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
