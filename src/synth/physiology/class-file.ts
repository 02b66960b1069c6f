// A user's own class: a JSON file, or an object in code. Every mistake is an error that names the value, what was
// expected and what to do.

import { z } from 'zod';
import { PqrstError, suggest } from '../../base/errors.js';
import { fileLimits, readText } from '../../base/open-file.js';
import { systemReason } from '../../base/system-reason.js';
import { classNames } from '../../signal/class-table.js';
import { suggestClass } from '../../signal/synonyms.js';
import { checkLaw } from './check-law.js';
import type { ClassNumbers } from './law.js';
import { resolveClass } from './resolve.js';
import { physiologySpec } from './spec.js';

/** A class of the simulator as data: what it is called, and the numbers in which it differs from sinus rhythm. */
export interface ClassFile {
  /** Lower-case letters, digits, `-` and `_`; the label of its records. */
  readonly name: string;
  /** The title in figures. */
  readonly title: string;
  /** SCP-ECG codes of the class. One code at least, SCP-ECG or SNOMED CT, is necessary. */
  readonly scp: readonly string[];
  /** SNOMED CT codes of the class. */
  readonly snomed: readonly string[];
  /** The rhythm text of WFDB, such as `(AFIB`. */
  readonly rhythm: string;
  /** Shipped classes whose numbers it starts from; default: normal adult sinus rhythm. */
  readonly parents?: readonly string[] | undefined;
  /** The laws that it changes, by the names of docs/simulator.md. */
  readonly numbers: ClassNumbers;
}

const codes = (system: string, pattern: RegExp, example: string) =>
  z.array(z.string().regex(pattern), `an array of ${system} codes, such as ["${example}"] (it may be empty)`);

const schema = z.strictObject({
  name: z
    .string('a name')
    .regex(
      /^[a-z][a-z0-9_-]{0,31}$/,
      'a name of 1 to 32 lower-case letters, digits, "-" and "_" that starts with a letter',
    ),
  title: z
    .string('a title for figures')
    .trim()
    .min(1, 'a title for figures')
    .max(100, 'at most 100 characters'),
  scp: codes('SCP-ECG', /^[A-Z0-9_()/]{1,16}$/, 'AFIB'),
  snomed: codes('SNOMED CT', /^[1-9]\d{5,17}$/, '164889003'),
  rhythm: z
    .string('the rhythm text of WFDB, such as "(AFIB" or "(N"')
    .regex(/^\([A-Z0-9]{1,15}$/, 'the rhythm text of WFDB, such as "(AFIB" or "(N"'),
  parents: z
    .array(z.string(), 'an array of names of shipped classes, such as ["af"]')
    .max(4, 'an array of at most 4 names')
    .optional(),
  numbers: z.record(z.string(), z.unknown(), 'an object with a law for each number that the class changes'),
});

/**
 * Reads the file of a class.
 *
 * @param path - a JSON file of the form of `ClassFile`.
 * @returns the checked class.
 * @example
 * ```js
 * import { writeFile } from 'node:fs/promises';
 * import { readClassFile, Synthesizer } from 'pqrst/synth';
 *
 * const coarse = {
 *   ...{ name: 'coarse-af', title: 'Coarse AF', scp: ['AFIB'], snomed: ['164889003'], rhythm: '(AFIB' },
 *   parents: ['af'],
 *   numbers: { 'atrialWaves.sizeMv': { law: 'uniform', min: 0.12, max: 0.3 } },
 * };
 * await writeFile('coarse-af.json', JSON.stringify(coarse));
 * const ownClasses = [await readClassFile('coarse-af.json')];
 * const synth = new Synthesizer({ preset: 'physiological', ownClasses, fsHz: 250, seconds: 10, seed: 1 });
 * const { signals } = await synth.batch({ classes: ['normal', 'coarse-af'], count: 4 });
 * console.log(signals.length);
 * ```
 * @throws PqrstError ERR_NOT_FOUND: when there is no such file.
 * @throws PqrstError ERR_CLASS_FILE: when it is not JSON, or describes no valid class.
 */
export async function readClassFile(path: string): Promise<ClassFile> {
  let text: string;
  try {
    text = await readText(path, fileLimits.json);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new PqrstError('ERR_NOT_FOUND', `there is no class file ${path}; check the path`, { cause });
    }
    throw new PqrstError('ERR_CLASS_FILE', `the class file ${path} cannot be read: ${systemReason(cause)}`, {
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = (cause as Error).message;
    throw new PqrstError(
      'ERR_CLASS_FILE',
      `the class file ${path} is not JSON: ${problem}; correct it there`,
      {
        cause,
      },
    );
  }
  return parseClassFile(value, `the class file ${path}`);
}

/**
 * Checks a class.
 *
 * @param given - an object of the form of `ClassFile`.
 * @param where - names the object in messages.
 * @returns the class.
 * @throws PqrstError ERR_CLASS_FILE: when a value is missing, unknown or out of range, or the numbers contradict each other.
 */
export function parseClassFile(given: unknown, where = 'the class'): ClassFile {
  const fail = (problem: string): never => {
    throw new PqrstError('ERR_CLASS_FILE', `${where}: ${problem}`);
  };
  const result = schema.safeParse(given);
  if (!result.success) return fail(problemOf(result.error, given));
  const { name, title, scp, snomed, rhythm, parents } = result.data;
  if (name === 'rest' || classNames.includes(name)) {
    const why = name === 'rest' ? 'a word of tasks (`af:rest`)' : 'the name of a shipped class';
    return fail(`the name "${name}" is ${why}; choose another name`);
  }
  if (scp.length + snomed.length === 0) {
    return fail(
      'scp and snomed are empty; give at least one code, so that labels of data sets can be matched',
    );
  }
  for (const parent of parents ?? []) {
    if (!classNames.includes(parent)) {
      return fail(`the parent "${parent}" is not a shipped class${suggestClass(parent, classNames)}`);
    }
  }
  const numbers: ClassNumbers = Object.fromEntries(
    Object.entries(result.data.numbers).map(([field, law]) => {
      const checked = checkLaw(field, law);
      return [field, 'problem' in checked ? fail(checked.problem) : checked.law] as const;
    }),
  );
  const file = { ...{ name, title, scp, snomed, rhythm, numbers }, ...(parents && { parents }) };
  try {
    resolveClass(name, physiologySpec([file]));
  } catch (cause) {
    if (cause instanceof PqrstError) return fail(cause.message);
    throw cause;
  }
  return file;
}

/**
 * Checks a user's classes: each by itself, and their names against each other.
 *
 * @throws PqrstError ERR_CLASS_FILE: when a class is invalid, or two have one name.
 */
export function parseOwnClasses(given: readonly unknown[]): ClassFile[] {
  const classes = given.map((one, at) => parseClassFile(one, `the class ${nameOf(one) ?? at + 1}`));
  const twice = classes.find(({ name }, at) => classes.findIndex((one) => one.name === name) < at);
  if (twice === undefined) return classes;
  throw new PqrstError(
    'ERR_CLASS_FILE',
    `two classes are called "${twice.name}"; give each class a name of its own`,
  );
}

function nameOf(one: unknown): string | undefined {
  const name = typeof one === 'object' && one !== null ? (one as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? `"${name.slice(0, 40)}"` : undefined;
}

function problemOf({ issues }: z.ZodError, given: unknown): string {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    return `unknown entry "${key}"${suggest(key, Object.keys(schema.shape))}`;
  }
  const [entry, item] = issue.path;
  if (entry === undefined)
    return `expected an object with name, title, scp, snomed, rhythm and numbers, got ${show(given)}`;
  const whole = (given as Record<PropertyKey, unknown>)[entry];
  if (whole === undefined) {
    return `${String(entry)} is missing; expected ${issue.message}`;
  }
  const value = item === undefined ? whole : (whole as Record<PropertyKey, unknown>)[item];
  const what =
    item === undefined ? issue.message : `a code as the standard writes it, such as "AFIB" or "164889003"`;
  return `${issue.path.map(String).join('.')} is ${show(value)}; expected ${what}`;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
