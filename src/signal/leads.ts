// Compares the names of ECG leads, parses the lists of leads that a user writes, and chooses the leads of a record that
// a reader takes. Opens no file.

import { PqrstError } from '../base/errors.js';

/** The twelve standard leads, in the order in which `12` requests them. */
export const twelveLeads: readonly string[] = [
  ...['I', 'II', 'III', 'aVR', 'aVL', 'aVF'],
  ...['V1', 'V2', 'V3', 'V4', 'V5', 'V6'],
];

/**
 * The leads that follow from the leads I and II at the same time (Einthoven, Goldberger).
 */
export const derivedLeads: Readonly<Record<string, (i: number, ii: number) => number>> = {
  III: (i, ii) => ii - i,
  aVR: (i, ii) => -(i + ii) / 2,
  aVL: (i, ii) => i - ii / 2,
  aVF: (i, ii) => ii - i / 2,
};

const spellings = new Map(twelveLeads.map((name) => [name.toUpperCase(), name]));

/** Returns the usual spelling of a standard lead (`aVR` for `avr`), and every other name unchanged. */
export function spellLead(name: string): string {
  return spellings.get(name.trim().toUpperCase()) ?? name.trim();
}

/** Returns the name under which leads are compared: its usual spelling, and `II` for `MLII`. */
export function canonicalLead(name: string): string {
  return name.trim().toUpperCase() === 'MLII' ? 'II' : spellLead(name);
}

/**
 * Parses a list of leads.
 *
 * @param given - `II`, `I,II,V1`, or `12` for the twelve standard leads; or the names as an array. The case of
 *   letters does not matter, and MLII is II. A name that is not a standard lead is kept, because recordings have other
 *   leads (`ECG`).
 * @returns the names in the order given, in their usual spelling.
 * @example
 * ```js
 * import { parseLeads } from 'pqrst/records';
 *
 * console.log(parseLeads('i,avr')); // ['I', 'aVR']
 * ```
 * @throws PqrstError ERR_OPTION: when a name is empty or a lead is named twice.
 */
export function parseLeads(given: string | readonly string[]): readonly string[] {
  if (given === '12') return twelveLeads;
  const leads = (typeof given === 'string' ? given.split(',') : given).map(canonicalLead);
  const wrong = leads.find((lead, at) => lead === '' || leads.findIndex((one) => isSame(one, lead)) !== at);
  if (wrong === undefined && leads.length > 0) return leads;
  throw new PqrstError(
    'ERR_OPTION',
    `the leads "${given}" contain ${wrong ? `${wrong} twice` : 'an empty name'}; write each lead once, such as II or I,II,V1, ` +
      'or 12 for the twelve standard leads',
  );
}

/** Returns whether two lists name the same leads in the same order. */
export function sameLeads(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => isSame(name, other[at]!));
}

/** Decides which lead a kind of data set gives if the user requests no lead. */
export interface LeadRule {
  /** Names of leads, the preferred one first. The case of letters does not matter. */
  readonly prefer: readonly string[];
  /** True if the first lead of the record is taken when the record has none of these. */
  readonly orFirst?: boolean;
}

/**
 * Chooses the leads of a record to read.
 *
 * @param names - the leads that the record has, as it names them.
 * @param rule - chooses one lead if `wanted` is absent.
 * @param wanted - the requested leads; each must be in the record, and no other lead replaces it.
 * @returns the places of the leads in `names`, in the requested order; or the reason why the record lacks one.
 */
export function chooseLeads(
  names: readonly string[],
  { prefer, orFirst = false }: LeadRule,
  wanted?: readonly string[],
): readonly number[] | string {
  if (wanted === undefined) {
    const upper = names.map((name) => name.toUpperCase());
    const places = prefer.map((name) => upper.indexOf(name.toUpperCase()));
    const place = places.find((one) => one >= 0) ?? (orFirst ? 0 : -1);
    return names[place] === undefined ? lacks(prefer.join(' or '), names) : [place];
  }
  const places = wanted.map((lead) => placeOf(lead, names));
  const missing = wanted.filter((_, at) => places[at] === -1);
  return missing.length > 0 ? lacks(missing.join(', '), names) : places;
}

/** Returns the place of a lead in `names`, or -1. If a record has both II and MLII, its II is the lead II. */
function placeOf(lead: string, names: readonly string[]): number {
  const exact = names.findIndex((name) => name.trim().toUpperCase() === lead.trim().toUpperCase());
  return exact >= 0 ? exact : names.findIndex((name) => isSame(name, lead));
}

/** An array of samples of any type. */
interface Samples<Part> {
  readonly length: number;
  subarray(from: number, to: number): Part;
}

/** Returns the leads of samples [leads, L] as views of them, in order. */
export function splitLeads<Part>(samples: Samples<Part>, leads: number): Part[] {
  const length = samples.length / leads;
  return Array.from({ length: leads }, (_, at) => samples.subarray(at * length, (at + 1) * length));
}

/** Returns leads of one length as one array [leads, L]; a single lead is returned itself. */
export function joinLeads(leads: readonly Float32Array[]): Float32Array {
  const [first] = leads;
  if (leads.length === 1) return first!;
  const joined = new Float32Array(leads.length * (first?.length ?? 0));
  for (const [at, lead] of leads.entries()) joined.set(lead, at * lead.length);
  return joined;
}

function isSame(one: string, other: string): boolean {
  return canonicalLead(one).toUpperCase() === canonicalLead(other).toUpperCase();
}

function lacks(missing: string, names: readonly string[]): string {
  return `no lead ${missing}; it has ${names.join(', ')}`;
}
