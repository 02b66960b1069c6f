// The second step of a fit: moves all laws together by the method of Levenberg and Marquardt (Marquardt, J SIAM 1963). The
// derivatives come from one simulation per number with the same random numbers, so that two simulations differ by this
// number alone; Broyden's rule (Math Comp 1965) corrects them by each later simulation. Each number has a weight that
// pulls it to where it was: with few records, whose residuals weigh less, the laws stay near the shipped ones.

import { Matrix, solve } from 'ml-matrix';
import { quantities } from '../fidelity/quantities.js';
import type { MeasuredSet } from '../fidelity/record-set.js';
import { base } from '../synth/physiology/base.js';
import { freeNumbers } from './knobs.js';
import { stepped } from './laws.js';
import { marginalsOf } from './marginals.js';
import { type FitProblem, type Fitted, type Numbers, simulatedRecords } from './match.js';

/** A number that the fit moves, and one of the two ways in which it moves. */
interface Free {
  readonly field: string;
  readonly part: 'middle' | 'spread';
  /** True where the residuals of the rhythm alone show it. */
  readonly isRhythm: boolean;
  /** The step of its derivative. */
  readonly probe: number;
  /** The standard deviation of its distance from the start: how far a class is likely to be from the shipped one. */
  readonly reach: number;
}

/** The probes and the reach of a middle, in standard deviations of its law; of a chance, in log-odds; of a spread. */
const moves = {
  middle: { probe: 0.5, reach: 1.5 },
  chance: { probe: 1, reach: 2 },
  spread: { probe: 0.4, reach: 0.7 },
} as const;
/** No number moves further than this share of its reach in one step. */
const longest = 0.7;
/** How the damping starts and changes. */
const damping = { first: 0.1, less: 0.3, more: 4, most: 1e4 };
/** The derivatives take fewer records: the random numbers are the same, so the difference of two sets is exact enough. */
const probesPerTrial = 3;
const probedRecords = simulatedRecords / probesPerTrial;
const rhythmKeys = new Set<string>(
  quantities.filter(({ group }) => group === 'rhythm').map(({ key }) => key),
);

/** Returns the number of simulations that the derivatives take. */
export function probesOf(numbers: Numbers): number {
  return Math.ceil(freesOf(numbers).length / probesPerTrial);
}

/**
 * Moves the laws of a fit.
 *
 * @param shipped - the laws of the shipped class, whose spreads are the units of the moves.
 * @param trials - greatest number of simulations, those of the derivatives included.
 * @param onTrial - receives the number of finished simulations and the best loss so far.
 */
export async function refineNumbers(
  start: Fitted,
  shipped: Numbers,
  problem: FitProblem,
  trials: number,
  onTrial: (done: number, loss: number) => void,
): Promise<Fitted> {
  const frees = freesOf(start.numbers);
  const { target } = problem;
  let done = 0;
  const simulated = (place: Float64Array, records?: number) =>
    problem.simulate(numbersAt(start.numbers, shipped, frees, place), records);
  const residualsOf = (made: MeasuredSet) => target.residualsOf(made, marginalsOf(made));
  const report = (loss: number) => onTrial(++done, loss);
  let place = new Float64Array(frees.length);
  const made = await simulated(place);
  if (made === undefined) {
    report(start.loss);
    return start;
  }
  let residuals = residualsOf(made);
  const costOf = (at: Float64Array, of: Float64Array) =>
    squares(of) + at.reduce((sum, value, k) => sum + (value / frees[k]!.reach) ** 2, 0);
  let cost = costOf(place, residuals);
  report(target.lossOf(residuals));
  const slopes = new Matrix(residuals.length, frees.length);
  const few = residualsOf({ ...made, quantities: made.quantities.slice(0, probedRecords) });
  for (const [k, free] of frees.entries()) {
    if (done >= trials) break;
    const probed = Float64Array.from(place);
    probed[k] = free.probe;
    const found = await simulated(probed, probedRecords);
    if ((k + 1) % probesPerTrial === 0) report(target.lossOf(residuals));
    if (found === undefined) continue;
    const after = residualsOf(found);
    for (const [row, key] of target.keys.entries()) {
      if (free.isRhythm && !(key !== undefined && rhythmKeys.has(key))) continue;
      slopes.set(row, k, (after[row]! - few[row]!) / free.probe);
    }
  }
  let damped = damping.first;
  while (done < trials && damped < damping.most) {
    const move = moveFrom(place, residuals, slopes, frees, damped);
    const next = place.map((value, k) => value + move[k]!);
    const records = await simulated(next);
    if (records !== undefined) {
      const found = residualsOf(records);
      correct(slopes, move, residuals, found);
      const reached = costOf(next, found);
      if (reached < cost) {
        [place, residuals, cost] = [next, found, reached];
        damped *= damping.less / damping.more;
      }
    }
    damped *= damping.more;
    report(target.lossOf(residuals));
  }
  return { numbers: numbersAt(start.numbers, shipped, frees, place), loss: target.lossOf(residuals) };
}

function freesOf(numbers: Numbers): Free[] {
  return freeNumbers.flatMap(({ field, shows }): Free[] => {
    const law = numbers.get(field)!;
    const isRhythm = shows === 'rhythm';
    const { unit } = base.get(field)!;
    if (typeof law !== 'number') {
      return (['middle', 'spread'] as const).map((part) => ({ field, part, isRhythm, ...moves[part] }));
    }
    // Other constants stay, and so does a chance that the class rules out.
    return unit === 'chance' && law > 0 ? [{ field, part: 'middle', isRhythm, ...moves.chance }] : [];
  });
}

function numbersAt(start: Numbers, shipped: Numbers, frees: readonly Free[], place: Float64Array): Numbers {
  const steps = new Map<string, { middle: number; spread: number }>();
  for (const [k, { field, part }] of frees.entries()) {
    if (place[k] === 0) continue;
    const step = steps.get(field) ?? { middle: 0, spread: 0 };
    step[part] = place[k]!;
    steps.set(field, step);
  }
  const numbers = new Map(start);
  for (const [field, step] of steps) {
    numbers.set(field, stepped(field, start.get(field)!, shipped.get(field)!, step));
  }
  return numbers;
}

/** Solves the damped normal equations, and limits each part of the move. */
function moveFrom(
  place: Float64Array,
  residuals: Float64Array,
  slopes: Matrix,
  frees: readonly Free[],
  damped: number,
): Float64Array {
  const across = slopes.transpose();
  const system = across.mmul(slopes);
  const right = across.mmul(Matrix.columnVector(Array.from(residuals))).mul(-1);
  for (const [k, { reach }] of frees.entries()) {
    const weight = 1 / reach ** 2;
    right.set(k, 0, right.get(k, 0) - weight * place[k]!);
    const diagonal = system.get(k, k) + weight;
    system.set(k, k, diagonal * (1 + damped));
  }
  const found = solve(system, right).to1DArray();
  const over = found.reduce(
    (most, value, k) => Math.max(most, Math.abs(value) / (longest * frees[k]!.reach)),
    1,
  );
  return Float64Array.from(found, (value) => value / over);
}

/** Broyden's rule: the slopes give what the move really changed. */
function correct(slopes: Matrix, move: Float64Array, before: Float64Array, after: Float64Array): void {
  const length = squares(move);
  if (length < 1e-12) return;
  for (let row = 0; row < slopes.rows; row++) {
    let expected = before[row]!;
    for (let k = 0; k < move.length; k++) expected += slopes.get(row, k) * move[k]!;
    const error = (after[row]! - expected) / length;
    for (let k = 0; k < move.length; k++) slopes.set(row, k, slopes.get(row, k) + error * move[k]!);
  }
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
