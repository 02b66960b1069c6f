// Moves, stretches and scales the laws of a class inside their allowed ranges.

import { base } from '../synth/physiology/base.js';
import type { Law, LognormalLaw, NormalLaw } from '../synth/physiology/law.js';
import { typicalOf } from '../synth/physiology/law-values.js';

/** The law of a number without words. */
export type PlainLaw = Exclude<Law, string>;

/** A law is cut this many standard deviations from its middle. */
const reach = 3;
/** The smallest standard deviation, so that no number becomes a constant by chance. */
const leastSdLog = 0.01;
/** A chance stays this far from 0 and 1, so that it can come back. */
const leastChance = 0.002;

/** How a law changes. */
export interface Change {
  /** The wanted middle, in the unit of the number. */
  readonly middle: number;
  /** The share of the way to that middle, 0-1; the middle of a log-normal law moves by its logarithm. */
  readonly share: number;
  /** What the spread is multiplied by. */
  readonly stretch: number;
}

/**
 * Returns a law with another middle and spread. A uniform law becomes log-normal or normal, so that both are free.
 *
 * @param field - the dotted name of the number, which has an allowed range.
 */
export function changed(field: string, law: PlainLaw, { middle, share, stretch }: Change): PlainLaw {
  const free = freed(law);
  if (typeof free === 'number') return free;
  const { min: least, max: most } = base.get(field)!;
  if (free.law === 'lognormal') {
    const wanted = free.median * (Math.max(middle, free.median / 5) / free.median) ** share;
    const median = clamp(wanted, Math.max(least, 1e-6), most);
    const sdLog = Math.max(leastSdLog, free.sdLog * stretch);
    const [min, max] = [median * Math.exp(-reach * sdLog), median * Math.exp(reach * sdLog)];
    return { law: 'lognormal', median, sdLog, min: Math.max(least, min), max: Math.min(most, max) };
  }
  const mean = clamp(free.mean + share * (middle - free.mean), least, most);
  const sd = Math.max(1e-6, free.sd * stretch);
  return {
    ...{ law: 'normal', mean, sd },
    ...{ min: Math.max(least, mean - reach * sd), max: Math.min(most, mean + reach * sd) },
  };
}

/** How far a law is from where it started. */
export interface Step {
  /** The change of the middle, in standard deviations of `unit`; of a chance, the change of its log-odds. */
  readonly middle: number;
  /** The logarithm of what the spread is multiplied by. */
  readonly spread: number;
}

/**
 * Returns a law at a step from `law`. A uniform law becomes log-normal or normal, and a constant is taken for a chance.
 *
 * @param unit - the law whose standard deviation is the unit of the change, usually that of the shipped class.
 */
export function stepped(field: string, law: PlainLaw, unit: PlainLaw, { middle, spread }: Step): PlainLaw {
  const [free, one] = [freed(law), freed(unit)];
  if (typeof free === 'number' || typeof one === 'number') {
    const odds = clamp(typicalOf(law), leastChance, 1 - leastChance);
    return 1 / (1 + (1 / odds - 1) * Math.exp(-middle));
  }
  const change = { share: 1, stretch: Math.exp(spread) };
  if (free.law === 'lognormal') {
    const sdLog = one.law === 'lognormal' ? one.sdLog : one.sd / free.median;
    return changed(field, free, { ...change, middle: free.median * Math.exp(middle * sdLog) });
  }
  const sd = one.law === 'normal' ? one.sd : one.sdLog * one.median;
  return changed(field, free, { ...change, middle: free.mean + middle * sd });
}

/** Returns a law with four significant digits, as a class file stores it. */
export function rounded(law: PlainLaw): PlainLaw {
  const round = (value: number) => Number(value.toPrecision(4));
  if (typeof law === 'number') return round(law);
  return Object.fromEntries(
    Object.entries(law).map(([part, value]) => [part, typeof value === 'number' ? round(value) : value]),
  ) as unknown as PlainLaw;
}

/** A uniform law as the normal or log-normal law of the same middle and standard deviation. */
function freed(law: PlainLaw): number | NormalLaw | LognormalLaw {
  if (typeof law === 'number' || law.law !== 'uniform') return law;
  const { min, max } = law;
  const [mean, sd] = [(min + max) / 2, (max - min) / Math.sqrt(12)];
  if (min <= 0) return { law: 'normal', mean, sd, min, max };
  return { law: 'lognormal', median: mean, sdLog: Math.sqrt(Math.log(1 + (sd / mean) ** 2)), min, max };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
