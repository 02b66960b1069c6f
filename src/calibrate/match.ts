// The first step of a fit: moves each law until the quantity that shows it has the real middle and spread. The same
// delineation measures both sides, so its errors cancel.

import type { MeasuredSet } from '../fidelity/record-set.js';
import { typicalOf } from '../synth/physiology/law-values.js';
import { type Knob, knobs } from './knobs.js';
import { changed, type PlainLaw } from './laws.js';
import { type Marginals, marginalsOf, shapeOf } from './marginals.js';
import type { Target } from './target.js';

/** The laws of a class by the names of their numbers. */
export type Numbers = ReadonlyMap<string, PlainLaw>;

/** What a fit needs. */
export interface FitProblem {
  readonly target: Target;
  /** True if the signals are in mV. */
  readonly isMv: boolean;
  /** Measures simulated records with these laws, 300 by default; undefined if the laws contradict each other. */
  simulate(numbers: Numbers, records?: number): Promise<MeasuredSet | undefined>;
}

/** Number of records of a simulation. */
export const simulatedRecords = 300;
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
    const loss = problem.target.lossOf(problem.target.residualsOf(records, made));
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
