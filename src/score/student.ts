// Tail probabilities and quantiles of Student's t distribution with whole degrees of freedom, in closed form.

/**
 * Returns the probability that `error` times Student's t with `degrees` degrees of freedom is at least `least`
 * (Abramowitz and Stegun 26.7.3, 26.7.4).
 */
export function upperTail(least: number, error: number, degrees: number): number {
  // Treat a permutation as equal to the observed value in spite of rounding errors.
  if (error < 1e-12) return least <= 1e-12 ? 1 : 0;
  const angle = Math.atan(Math.abs(least) / error / Math.sqrt(degrees));
  const cos = Math.cos(angle);
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cos : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let power = isOdd ? 3 : 2; power <= degrees - 2; power += 2) {
    term *= (cos * cos * (power - 1)) / power;
    sum += term;
  }
  const within = isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return least > 0 ? (1 - within) / 2 : (1 + within) / 2;
}

/** Returns the q-quantile of Student's t for 0.5 < q < 1; NaN with 0 degrees of freedom. */
export function studentQuantile(q: number, degrees: number): number {
  if (degrees < 1) return Number.NaN;
  let low = 0;
  let high = 1;
  while (upperTail(high, 1, degrees) > 1 - q) high *= 2;
  // 60 halvings exceed the 53 bits of a double.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (upperTail(middle, 1, degrees) > 1 - q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
