// The check of one law of a user's class.

import { suggest } from '../../base/errors.js';
import { base } from './base.js';
import type { BaseNumber, Law } from './law.js';

type Parts = Readonly<Record<string, number>>;

/** The parts of each law. */
const lawParts: Readonly<Record<string, readonly string[]>> = {
  uniform: ['min', 'max'],
  normal: ['mean', 'sd', 'min', 'max'],
  lognormal: ['median', 'sdLog', 'min', 'max'],
};
/** Numbers that names of classes set, such as `normal>af`; no class and no spec has them. */
export const numbersOfNames: readonly string[] = ['id', 'rhythm.episodeSpec'];
/** The largest SD of a logarithm: 95 % of the values within a factor of 400. */
const maxSdLog = 3;

/**
 * Checks the law of a number.
 *
 * @returns the law, or what is wrong with it.
 */
export function checkLaw(field: string, law: unknown): { law: Law } | { problem: string } {
  const number = base.get(field);
  const settable = [...base.keys()].filter((name) => !numbersOfNames.includes(name));
  if (number === undefined) return { problem: `unknown number "${field}"${nearest(field, settable)}` };
  if (numbersOfNames.includes(field)) {
    return {
      problem: `a class cannot set ${field}; write the name of an episode instead, such as normal>af`,
    };
  }
  const problem = problemOf(law, number);
  return problem === undefined
    ? { law: law as Law }
    : { problem: `${field} ${problem} (${number.meaning} Unit: ${number.unit})` };
}

function problemOf(law: unknown, number: BaseNumber): string | undefined {
  const { words, min, max } = number;
  if (words !== undefined) {
    if (typeof law === 'string' && Object.hasOwn(words, law)) return undefined;
    return `is ${show(law)}; expected one of ${Object.keys(words).join(', ')}`;
  }
  if (typeof law === 'number') return outside('is', law, min, max);
  if (typeof law !== 'object' || law === null || Array.isArray(law)) {
    return `is ${show(law)}; expected a number or a law, such as { "law": "uniform", "min": ${min}, "max": ${max} }`;
  }
  const { law: kind, ...parts } = law as Record<string, unknown>;
  if (typeof kind !== 'string' || !Object.hasOwn(lawParts, kind)) {
    const near = typeof kind === 'string' ? suggest(kind, Object.keys(lawParts)) : '';
    return `has the law ${show(kind)}${near === '' ? `; expected one of ${Object.keys(lawParts).join(', ')}` : near}`;
  }
  const names = lawParts[kind]!;
  const unknown = Object.keys(parts).find((part) => !names.includes(part));
  if (unknown !== undefined) return `has the unknown part "${unknown}"${suggest(unknown, names)}`;
  for (const name of names) {
    const value = parts[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      return `has ${name} ${value === undefined ? 'missing' : show(value)}; a ${kind} law needs ${names.join(', ')} as numbers`;
    }
  }
  return problemOfParts(parts as Parts, number);
}

function problemOfParts(parts: Parts, { min, max }: BaseNumber): string | undefined {
  for (const name of ['min', 'max', 'mean', 'median']) {
    const value = parts[name];
    const problem = value === undefined ? undefined : outside(`has ${name}`, value, min, max);
    if (problem !== undefined) return problem;
  }
  if (parts.min! > parts.max!) {
    return `has min ${parts.min} above max ${parts.max}; exchange the two, or correct one`;
  }
  if (parts.median !== undefined && parts.median <= 0) {
    return `has median ${parts.median}; a log-normal value is above 0; take another law for 0`;
  }
  if (parts.sd !== undefined && !(parts.sd >= 0 && parts.sd <= max - min)) {
    return `has sd ${parts.sd}; expected a number from 0 to ${max - min}`;
  }
  if (parts.sdLog !== undefined && !(parts.sdLog >= 0 && parts.sdLog <= maxSdLog)) {
    return `has sdLog ${parts.sdLog}; expected a number from 0 to ${maxSdLog}`;
  }
  return undefined;
}

function outside(what: string, value: number, min: number, max: number): string | undefined {
  if (value >= min && value <= max) return undefined;
  return `${what} ${value}; expected a number from ${min} to ${max}`;
}

/** Suggests one name, or else the numbers of the same group: the list of all would be too long. */
function nearest(field: string, known: readonly string[]): string {
  const near = suggest(field, known);
  if (near.includes('did you mean')) return near;
  const [group = ''] = field.split('.');
  const siblings = known.filter((name) => name.startsWith(`${group}.`));
  if (siblings.length > 0) return `; expected one of ${siblings.join(', ')}`;
  const groups = [...new Set(known.map((name) => name.split('.')[0]!))];
  return `; expected a number of the groups ${groups.join(', ')}, such as rhythm.rrS (docs/simulator.md lists all)`;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
