// Readers of option values. Each takes the option's name for its complaint and returns a reader for commander.

import { type EcgClass, parseClass } from '../classes.js';
import { PqrstError, suggest } from '../errors.js';

/** A whole number in [min, max]. */
export function wholeNumber(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && value >= min && value <= max) return value;
    throw new PqrstError('ERR_RANGE', `${name} takes a whole number ${min}-${max}, got "${text}"`);
  };
}

/** A number in [min, max]. */
export function decimal(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new PqrstError('ERR_RANGE', `${name} takes a number ${min}-${max}, got "${text}"`);
  };
}

/** One of a few words. */
export function oneOf<Word extends string>(name: string, known: readonly Word[]): (text: string) => Word {
  return (text) => {
    const found = known.find((word) => word === text);
    if (found !== undefined) return found;
    throw new PqrstError('ERR_OPTION', `${name} does not know "${text}"${suggest(text, known)}`);
  };
}

/** Class names by commas, each once. */
export function classList(text: string): EcgClass[] {
  const classes = text.split(',').map((name) => parseClass(name.trim()));
  const twice = classes.find((name, at) => classes.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new PqrstError('ERR_OPTION', `--classes names "${twice}" twice in "${text}"; name each class once`);
  }
  return classes;
}

export const fsHz = decimal('--fs', 50, 4000);
export const seed = wholeNumber('--seed', 0, Number.MAX_SAFE_INTEGER);
