// The two steps of a fit. `matchKnobs` moves each law until the quantity that shows it has the real middle and spread; the
// same delineation measures both sides, so its errors cancel. `searchNumbers` then changes the numbers that no single
// quantity shows, one after the other, and keeps what lowers the loss; all trials use the same random numbers, so that
// two trials differ by their laws alone.

import type { QuantityKey } from '../fidelity/quantities.js';
import { type Knob, knobs, searched } from './knobs.js';
import { changed, multiplied, type PlainLaw } from './laws.js';
import { lossOf, type Marginal, shapeOf } from './loss.js';

/** The laws of a class by the names of their numbers. */
export type Numbers = ReadonlyMap<string, PlainLaw>;

/** What a fit needs. */
export interface FitProblem {
  /** The real marginals. */
  readonly real: ReadonlyMap<QuantityKey, Marginal>;
  /** Quantities that the real signals do not show. */
  readonly skip: ReadonlySet<QuantityKey>;
  /** True if the signals are in mV. */
  readonly isMv: boolean;
  /** Returns the marginals of simulated records with these laws; undefined if the laws contradict each other. */
  simulate(numbers: Numbers): Promise<ReadonlyMap<QuantityKey, Marginal> | undefined>;
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
    const made = await problem.simulate(numbers);
    if (made === undefined) break;
    const loss = lossOf(problem.real, made, problem.skip);
    if (best === undefined || loss < best.loss) best = { numbers, loss };
    onRound(round + 1, best.loss);
    const next = new Map(numbers);
    for (const knob of knobs) {
      const law = next.get(knob.field)!;
      if ((knob.needsMv && !problem.isMv) || typeof law === 'number') continue;
      next.set(knob.field, followed(knob, law, problem.real, made));
    }
    numbers = next;
  }
  return best!;
}

function followed(
  { field, quantity, by }: Knob,
  law: PlainLaw,
  real: ReadonlyMap<QuantityKey, Marginal>,
  made: ReadonlyMap<QuantityKey, Marginal>,
): PlainLaw {
  const [wanted, found] = [real.get(quantity)!, made.get(quantity)!];
  if (wanted.sorted.length < leastShown || found.sorted.length < leastShown) return law;
  const scale = by === 'ratio' ? 'log' : 'plain';
  const [target, now] = [shapeOf(wanted, scale), shapeOf(found, scale)];
  const difference = target.median - now.median;
  const ratio = target.spread / now.spread;
  if (!Number.isFinite(difference) || !(ratio > 0) || !Number.isFinite(ratio)) return law;
  const stretch = Math.min(stretchLimit, Math.max(1 / stretchLimit, ratio ** damping));
  const isLog = typeof law !== 'number' && law.law !== 'normal';
  // The difference has the scale of the quantity, the shift that of the law.
  const middle =
    typeof law === 'number'
      ? law
      : law.law === 'normal'
        ? law.mean
        : law.law === 'lognormal'
          ? law.median
          : (law.min + law.max) / 2;
  const move =
    by === 'ratio'
      ? isLog
        ? difference
        : middle * Math.expm1(difference)
      : isLog
        ? Math.log(Math.max(0.2, 1 + difference / middle))
        : difference;
  return changed(field, law, { shift: damping * move, stretch });
}

/** Factors that a search tries, in this order; each pass tries smaller ones. */
const passes = [
  [0.4, 2.5],
  [0.7, 1.4],
  [0.85, 1.18],
] as const;

/**
 * Multiplies the numbers that no quantity shows alone, as long as the loss falls.
 *
 * @param trials - greatest number of simulations.
 * @param onTrial - receives the number of finished trials and the best loss so far.
 */
export async function searchNumbers(
  start: Fitted,
  problem: FitProblem,
  trials: number,
  onTrial: (done: number, loss: number) => void,
): Promise<Fitted> {
  let best = start;
  let done = 0;
  for (const factors of passes) {
    for (const field of searched) {
      for (const factor of factors) {
        if (done >= trials) return best;
        const law = multiplied(field, best.numbers.get(field)!, factor);
        if (JSON.stringify(law) === JSON.stringify(best.numbers.get(field))) continue;
        const numbers = new Map(best.numbers).set(field, law);
        const made = await problem.simulate(numbers);
        done++;
        const loss = made === undefined ? Number.POSITIVE_INFINITY : lossOf(problem.real, made, problem.skip);
        if (loss < best.loss) best = { numbers, loss };
        onTrial(done, best.loss);
        if (best.numbers === numbers) break;
      }
    }
  }
  return best;
}
