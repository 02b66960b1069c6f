// Checks the options of public functions with zod schemas and turns each problem into a readable message, which
// suggests the nearest name for a misspelled option. Specs and presets have their own checks in src/synth/spec.ts.

import { z } from 'zod';
import { type ErrorCode, PqrstError, suggest } from './errors.js';

/**
 * Returns the options in `given`, parsed by `schema`. `caller` names the function in messages. The message of each
 * field's schema states what is expected, for example "a whole number from 1".
 *
 * @throws PqrstError ERR_OPTION: when `given` is not an object, has an unknown name or a value of the wrong type.
 * @throws PqrstError ERR_RANGE: when a number is out of range.
 */
export function parseOptions<S extends z.ZodObject>(schema: S, given: unknown, caller: string): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  // Report an unknown name first: a misspelled option may be the reason that another one is missing.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) throw result.error;
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0] ?? '';
    if (issue.path.length > 0) {
      const where = `${caller}: ${issue.path.join('.')}`;
      throw new PqrstError('ERR_OPTION', `${where} must be ${issue.message}, but has "${name}"`);
    }
    const known = Object.keys(schema.shape);
    throw new PqrstError('ERR_OPTION', `${caller} has no option "${name}"${suggest(name, known)}`);
  }
  const name = issue.path.join('.');
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], given);
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  const wantsOther =
    issue.code === 'invalid_union' ||
    (issue.code === 'invalid_type' && !['number', 'int', 'bigint'].includes(issue.expected));
  const code: ErrorCode = isNumber && !wantsOther ? 'ERR_RANGE' : 'ERR_OPTION';
  if (name === '') throw new PqrstError(code, `${caller} takes an object of options, got ${show(value)}`);
  throw new PqrstError(code, `${caller}: ${name} must be ${issue.message}, got ${show(value)}`);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'object' && value !== null ? value.constructor?.name : JSON.stringify(value);
  return text ?? typeof value;
}

const kinds: Readonly<Record<string, string>> = {
  ...{ number: 'a number', int: 'a whole number', string: 'a text', boolean: 'true or false' },
  ...{ object: 'an object', record: 'an object', array: 'an array', null: 'null' },
};

/** Returns what a schema without messages of its own expects, in words: `a number from 0`. */
export function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return kinds[issue.expected] ?? issue.expected;
  if (issue.code === 'too_small' && issue.origin === 'number')
    return `a number ${issue.inclusive ? 'from' : 'above'} ${issue.minimum}`;
  if (issue.code === 'too_big' && issue.origin === 'number')
    return `a number ${issue.inclusive ? 'up to' : 'below'} ${issue.maximum}`;
  return issue.message;
}

/** Returns the problem of one value of `given`, which is called `whole`: `beat.floorS is missing; expected a number`. */
export function problemOf(issue: z.core.$ZodIssue, given: unknown, whole: string): string {
  const place = issue.path.map(String).join('.') || whole;
  if (issue.code === 'unrecognized_keys') return `${place} has the unknown entry "${issue.keys[0]}"`;
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], given);
  const text =
    typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value)).slice(0, 60);
  const found = `${place} is ${value === undefined ? 'missing' : text}`;
  return issue.code === 'custom'
    ? `${found} (${issue.message})`
    : `${found}; expected ${expectationOf(issue)}`;
}

/** Returns a schema for a whole number from `low` to `high`; `what` names it in messages. */
export function whole(low: number, high = Number.MAX_SAFE_INTEGER, what = rangeText(low, high)): z.ZodInt {
  return z.int(what).min(low, what).max(high, what);
}

/** Returns a schema for a number from `low` to `high`; `what` names it in messages. */
export function between(low: number, high: number, what = `a number from ${low} to ${high}`): z.ZodNumber {
  return z.number(what).min(low, what).max(high, what);
}

/** The schema of a number above 0. */
export const above0 = z.number('a number above 0').positive('a number above 0');

/** Returns a schema for one of several words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, `one of ${words.join(', ')}`);
}

function rangeText(low: number, high: number): string {
  return `a whole number from ${low}${high < Number.MAX_SAFE_INTEGER ? ` to ${high}` : ''}`;
}
