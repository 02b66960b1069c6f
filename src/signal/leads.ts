// Names of ECG leads: which spellings mean the same lead, the lists of leads that a user writes, and which leads of a
// record a reader takes. Opens no file.

import { PqrstError } from '../base/errors.js';

/** The twelve standard leads, in the order in which `12` requests them. */
export const twelveLeads: readonly string[] = [
  ...['I', 'II', 'III', 'aVR', 'aVL', 'aVF'],
  ...['V1', 'V2', 'V3', 'V4', 'V5', 'V6'],
];

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
 * @param given `II`, `I,II,V1`, or `12` for the twelve standard leads; or the names as an array. Upper and lower case are
 *   the same, and MLII is II. A name that is not a standard lead is kept as it is, because recordings have others (`ECG`).
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
    `the leads "${given}" hold ${wrong ? `${wrong} twice` : 'an empty name'}; write each lead once, such as II or I,II,V1, ` +
      'or 12 for the twelve standard leads',
  );
}

/** Returns whether two lists name the same leads in the same order. */
export function sameLeads(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => isSame(name, other[at]!));
}

/** The lead that a kind of data set gives where the user requests none. */
export interface LeadRule {
  /** Names, the best first. Upper and lower case are the same. */
  readonly prefer: readonly string[];
  /** Whether the first lead of the record serves where it has none of these. */
  readonly orFirst?: boolean;
}

/**
 * Chooses leads of a record.
 *
 * @param names the leads that the record has, as it names them.
 * @param rule decides where `wanted` is absent: one lead.
 * @param wanted the requested leads; each must be in the record, and no other lead is taken in its place.
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

/** The record's own II comes before its MLII where it has both. */
function placeOf(lead: string, names: readonly string[]): number {
  const exact = names.findIndex((name) => name.trim().toUpperCase() === lead.trim().toUpperCase());
  return exact >= 0 ? exact : names.findIndex((name) => isSame(name, lead));
}

function isSame(one: string, other: string): boolean {
  return canonicalLead(one).toUpperCase() === canonicalLead(other).toUpperCase();
}

function lacks(missing: string, names: readonly string[]): string {
  return `no lead ${missing}; it has ${names.join(', ')}`;
}
