// The laws of the physiological model: how each number of a record is drawn, as data. A law crosses to the kernel as five
// doubles (native/plan/physiology/spec.h).

/** Always the value `min + (max - min) u` for a uniform u. */
export interface UniformLaw {
  readonly law: 'uniform';
  readonly min: number;
  readonly max: number;
}

/** A normal value, limited to [min, max]. */
export interface NormalLaw {
  readonly law: 'normal';
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/** A log-normal value with a median and the SD of its logarithm, limited to [min, max]. */
export interface LognormalLaw {
  readonly law: 'lognormal';
  readonly median: number;
  readonly sdLog: number;
  readonly min: number;
  readonly max: number;
}

/** How a number is drawn. A plain number is a constant; a word is the constant that the field gives it. */
export type Law = number | string | UniformLaw | NormalLaw | LognormalLaw;

/** The laws of a class by the dotted names of their fields; they override the base. */
export type ClassNumbers = Readonly<Record<string, Law>>;

/** One number of the model: its law for normal sinus rhythm, and what a class may set. */
export interface BaseNumber {
  readonly law: Law;
  /** s, mV, Hz, degrees; `chance` of a record, `chance per beat`; `of R` and similar shares. */
  readonly unit: string;
  /** The allowed range of each value that the law can give. */
  readonly min: number;
  readonly max: number;
  /** What the number does, in one sentence. */
  readonly meaning: string;
  readonly source: string;
  /** The words that stand for numbers, if the field has words. */
  readonly words?: Readonly<Record<string, number>>;
}

/** A group of numbers by their names inside the group. */
export type BaseGroup = Readonly<Record<string, BaseNumber>>;

/** Returns a uniform law. */
export const uniform = (min: number, max: number): UniformLaw => ({ law: 'uniform', min, max });

/** Returns a normal law that is limited to [min, max]. */
export const normal = (mean: number, sd: number, min: number, max: number): NormalLaw => ({
  law: 'normal',
  mean,
  sd,
  min,
  max,
});

/** Returns a log-normal law that is limited to [min, max]. */
export const lognormal = (median: number, sdLog: number, min: number, max: number): LognormalLaw => ({
  law: 'lognormal',
  median,
  sdLog,
  min,
  max,
});

/**
 * Returns the makers of the numbers that share a source: `number(law, unit, [min, max], meaning)`.
 * `from` names the source of the group; one number may give its own.
 */
export function numbersFrom(from: string) {
  return (
    law: Law,
    unit: string,
    [min, max]: readonly [number, number],
    meaning: string,
    source = from,
  ): BaseNumber => ({ law, unit, min, max, meaning, source });
}
