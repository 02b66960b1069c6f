// Parsers of option values for commander. A function that takes the name of the flag uses it in its message.

import { PqrstError, suggest } from '../base/errors.js';
import type { ClassWeights } from '../corpus/pattern.js';
import { parseLeads } from '../signal/leads.js';
import { type LabelMap, parseLabelMap } from '../signal/synonyms.js';
import { parseLabelTask } from '../signal/tasks.js';

/** Returns a parser of whole numbers in [min, max]. */
export function wholeNumber(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && value >= min && value <= max) return value;
    throw new PqrstError('ERR_RANGE', `${name} takes a whole number from ${min} to ${max}, got "${text}"`);
  };
}

/** Returns a parser of numbers in [min, max]. */
export function decimal(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new PqrstError('ERR_RANGE', `${name} takes a number from ${min} to ${max}, got "${text}"`);
  };
}

/** Returns a parser of one of several words. */
export function oneOf<Word extends string>(name: string, known: readonly Word[]): (text: string) => Word {
  return (text) => {
    const found = known.find((word) => word === text);
    if (found !== undefined) return found;
    throw new PqrstError('ERR_OPTION', `${name} cannot be "${text}"${suggest(text, known)}`);
  };
}

/** Collects the values of an option that may be repeated. */
export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Returns a parser of different words, separated by commas. */
export function list(name: string): (text: string) => string[] {
  return (text) => {
    const words = text.split(',').map((word) => word.trim());
    const odd = words.find((word, at) => word === '' || words.indexOf(word) !== at);
    if (odd === undefined) return words;
    const what = odd === '' ? 'an empty word' : `"${odd}" twice`;
    throw new PqrstError(
      'ERR_OPTION',
      `${name} takes different words, separated by commas, got ${what} in "${text}"`,
    );
  };
}

/** Returns a parser of different whole numbers in [min, max], separated by commas. */
export function numbers(name: string, min: number, max: number): (text: string) => number[] {
  return (text) => list(name)(text).map(wholeNumber(name, min, max));
}

/** Returns a parser of different numbers in [min, max], separated by commas. */
export function decimals(name: string, min: number, max: number): (text: string) => number[] {
  return (text) => list(name)(text).map(decimal(name, min, max));
}

/**
 * Parses different class names, separated by commas, each with a weight (`normal:3,af:1`) or without one (weight 1). The
 * model of the preset checks the names.
 */
export function classWeights(text: string): ClassWeights {
  const pairs = namedNumbers('--classes', text, 1);
  return Object.fromEntries(pairs);
}

/** Returns a parser of shares by name (`train:0.8,val:0.2`). */
export function shares(name: string): (text: string) => Readonly<Record<string, number>> {
  return (text) => Object.fromEntries(namedNumbers(name, text));
}

/** Parses `NAME:NUMBER`, separated by commas, with different names. A name without a number gets `alone`, if given. */
function namedNumbers(option: string, text: string, alone?: number): [string, number][] {
  const pairs = text.split(',').map((word): [string, number] => {
    const [name = '', ...rest] = word.split(':').map((part) => part.trim());
    if (rest.length === 0 && alone !== undefined && name !== '') return [name, alone];
    const value = Number(rest[0]);
    if (rest.length === 1 && rest[0] !== '' && value > 0 && Number.isFinite(value)) return [name, value];
    throw new PqrstError(
      'ERR_OPTION',
      `${option} takes NAME:NUMBER separated by commas, with numbers above 0, got "${word}"`,
    );
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new PqrstError('ERR_OPTION', `${option} names "${twice}" twice in "${text}"; name each once`);
  }
  return pairs;
}

/** Parses `depth=2` and adds it to the hyper-parameters given before; the architecture checks names and values. */
export function archOption(
  text: string,
  before: Readonly<Record<string, number | string | boolean>> = {},
): Record<string, number | string | boolean> {
  const [, name, value] = /^([^=\s]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new PqrstError('ERR_OPTION', `--arch-option takes NAME=VALUE (depth=2), got "${text}"`);
  }
  const words: Readonly<Record<string, boolean>> = { true: true, false: false };
  const number = Number(value);
  return {
    ...before,
    [name]: words[value] ?? (value.trim() !== '' && !Number.isNaN(number) ? number : value),
  };
}

/**
 * Parses `SR=normal,AF=af` and adds it to the labels given before. A comma separates only what has a class of its own, so
 * that a label may contain one.
 */
export function labelMap(text: string, before: LabelMap = {}): LabelMap {
  const pairs = text.split(/,(?=[^,]*=)/).map((word): [string, string] => {
    const at = word.lastIndexOf('=');
    const [label, target] = [word.slice(0, Math.max(at, 0)).trim(), word.slice(at + 1).trim()];
    if (at > 0 && label !== '' && target !== '') return [label, target];
    throw new PqrstError(
      'ERR_OPTION',
      `--map takes LABEL=CLASS (SR=normal), separated by commas, got "${word}"`,
    );
  });
  const twice = pairs.find(([label], at) => {
    return Object.hasOwn(before, label) || pairs.findIndex(([other]) => other === label) !== at;
  });
  if (twice !== undefined) {
    throw new PqrstError('ERR_OPTION', `--map names the label "${twice[0]}" twice; name each once`);
  }
  return parseLabelMap({ ...before, ...Object.fromEntries(pairs) });
}

/** Returns a parser of a part such as `3/64`, the third of 64 parts. */
export function partOf(name: string): (text: string) => { part: number; parts: number } {
  return (text) => {
    const [, part, parts] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
    if (part !== undefined && parts !== undefined && part >= 1 && part <= parts && parts <= 100_000) {
      return { part, parts };
    }
    throw new PqrstError(
      'ERR_RANGE',
      `${name} takes PART/PARTS such as 3/64, with parts from 1 to at most 100000, got "${text}"`,
    );
  };
}

/** Parses the name of a task: `af`, `aflt:af`, `af:rest`, `normal+af+aflt`. */
export function taskName(text: string): string {
  return parseLabelTask(text).name;
}

/** Parses a list of leads: `II`, `I,II,V1` or `12`. */
export function leads(text: string): string[] {
  return [...parseLeads(text)];
}

export const fsHz = decimal('--fs', 50, 4000);
export const seed = wholeNumber('--seed', 0, Number.MAX_SAFE_INTEGER);
