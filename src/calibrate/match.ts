// The two steps of a fit. `matchKnobs` moves each law until the quantity that shows it has the real middle and spread; the
// same delineation measures both sides, so its errors cancel. `searchNumbers` then changes the numbers that no single
// quantity shows, one after the other, and keeps what lowers the loss; all trials use the same random numbers, so that
// two trials differ by their laws alone.

import type { MeasuredSet } from '../fidelity/record-set.js';
import { typicalOf } from '../synth/physiology/law-values.js';
import { type Knob, knobs, searched } from './knobs.js';
import { changed, multiplied, type PlainLaw } from './laws.js';
import { type Marginals, marginalsOf, shapeOf } from './loss.js';
import type { Target } from './target.js';

/** The laws of a class by the names of their numbers. */
export type Numbers = ReadonlyMap<string, PlainLaw>;

/** What a fit needs. */
export interface FitProblem {
  readonly target: Target;
  /** True if the signals are in mV. */
  readonly isMv: boolean;
  /** Measures simulated records with these laws; undefined if the laws contradict each other. */
  simulate(numbers: Numbers): Promise<MeasuredSet | undefined>;
}

/** A law follows its quantity by this share of the way in each round, because laws affect each other. */
const damping = 0.7;
/** A spread changes by at most this factor per round. */
const stretchLimit = 1.6;
/** Real quantities need this many records before a law follows them. */
const leastShown = 6;

/** The state of a fit. */
export interface Fitted {
  readonly numbers: Numbers;
  readonly loss: number;
}

/**
 * Moves the laws of the knobs, and returns the best round.
 *
 * @param rounds - number of simulations.
 * @param onRound - receives the number of finished rounds and the best loss so far.
 */
export async function matchKnobs(
  start: Numbers,
  problem: FitProblem,
  rounds: number,
  onRound: (done: number, loss: number) => void,
): Promise<Fitted> {
  let numbers = start;
  let best: Fitted | undefined;
  for (let round = 0; round < rounds; round++) {
    const records = await problem.simulate(numbers);
    if (records === undefined) break;
    const made = marginalsOf(records);
    const loss = problem.target.lossOf(records, made);
    if (best === undefined || loss < best.loss) best = { numbers, loss };
    onRound(round + 1, best.loss);
    const next = new Map(numbers);
    for (const knob of knobs) {
      const law = next.get(knob.field)!;
      if ((knob.needsMv && !problem.isMv) || typeof law === 'number') continue;
      next.set(knob.field, followed(knob, law, problem.target.marginals, made));
    }
    numbers = next;
  }
  return best!;
}

function followed({ field, quantity, by }: Knob, law: PlainLaw, real: Marginals, made: Marginals): PlainLaw {
  const [wanted, found] = [real.get(quantity)!, made.get(quantity)!];
  if (wanted.sorted.length < leastShown || found.sorted.length < leastShown) return law;
  const scale = by === 'ratio' ? 'log' : 'plain';
  const [target, now] = [shapeOf(wanted, scale), shapeOf(found, scale)];
  const difference = target.median - now.median;
  const ratio = target.spread / now.spread;
  if (!Number.isFinite(difference) || !(ratio > 0) || !Number.isFinite(ratio)) return law;
  const middle = typicalOf(law);
  return changed(field, law, {
    middle: by === 'ratio' ? middle * Math.exp(difference) : middle + difference,
    share: damping,
    stretch: Math.min(stretchLimit, Math.max(1 / stretchLimit, ratio ** damping)),
  });
}

/**
 * Multiplies each number that no quantity shows alone by the factors, and keeps what lowers the loss.
 *
 * @param factors - what is tried, in this order.
 * @param trials - greatest number of simulations.
 * @param onTrial - receives the number of finished trials and the best loss so far.
 */
export async function searchNumbers(
  start: Fitted,
  problem: FitProblem,
  factors: readonly number[],
  trials: number,
  onTrial: (done: number, loss: number) => void,
): Promise<Fitted> {
  let best = start;
  let done = 0;
  for (const field of searched) {
    for (const factor of factors) {
      if (done >= trials) return best;
      const before = best.numbers.get(field)!;
      const law = multiplied(field, before, factor);
      if (JSON.stringify(law) === JSON.stringify(before)) continue;
      const numbers = new Map(best.numbers).set(field, law);
      const made = await problem.simulate(numbers);
      done++;
      const loss =
        made === undefined ? Number.POSITIVE_INFINITY : problem.target.lossOf(made, marginalsOf(made));
      if (loss < best.loss) best = { numbers, loss };
      onTrial(done, best.loss);
      // The other factor points the other way.
      if (best.numbers === numbers) break;
    }
  }
  return best;
}
