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
/** Other names of leads, as they are left when the words around them are removed. */
const otherNames = new Map([
  ...['I', 'II', 'III'].flatMap((name, at) => [[`D${name}`, name] as const, [`D${at + 1}`, name] as const]),
  ...['MLII', 'ML2'].map((name) => [name, 'MLII'] as const),
]);
/** The numbers of leads in SCP-ECG (EN 1064), which DICOM and ISO/IEEE 11073 (MDC) share. */
const scpNumbers = new Map([
  ...['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'].map((name, at) => [at + 1, name] as const),
  ...['III', 'aVR', 'aVL', 'aVF'].map((name, at) => [at + 61, name] as const),
]);
/** The first code of the leads in ISO/IEEE 11073-10102 (MDC_ECG_LEAD_CONFIG). */
const mdcBase = 131072;
/** No name of a standard lead is longer, with the words around it. */
const longestName = 60;
/** Words that programs and standards write before or after the name of a lead. */
const around =
  /^(?:mdc_ecg_lead|mdc_ecg_elec_potl|(?:ecg|ekg)?[\s_-]*(?:lead|ableitung|derivation|derivación|derivação|导联)|(?:scp[\s_-]?)?ecg|ekg|einthoven|goldberger|wilson)(?:-|[\s_:.]*)/i;
const after = /[\s_:.-]*(?:[[(]\s*(?:m|u|µ|μ|n)?v\s*[\])]|(?:ecg|ekg|lead|导联)|[+.:])$/i;

/**
 * Returns the usual spelling of a standard lead, however it is named: `aVR` for `avr`, `II` for `Lead II`, `ECG II`,
 * `DII`, `II+`, `MDC_ECG_LEAD_II` and `5.6.3-9-2` (SCP-ECG in DICOM). Returns every other name unchanged, also that of
 * an inverted lead (`-aVR`) or of a difference (`II-V5`).
 */
export function spellLead(name: string): string {
  const given = name.trim();
  if (given.length > longestName) return given;
  // NFKC turns the single characters for Roman numbers into letters.
  const plain = given.normalize('NFKC');
  const coded = /^(?:5\.6\.3-9-(\d+)|(131\d{3}))$/.exec(plain);
  if (coded !== null) {
    return scpNumbers.get(coded[1] === undefined ? Number(coded[2]) - mdcBase : Number(coded[1])) ?? given;
  }
  const key = withoutWords(plain)
    .toUpperCase()
    .replace(/^(A[\s_-]?V|V|D|ML)[\s_-]*(?=[\dIRLF])/, (start) => start.replace(/[\s_-]/g, ''));
  return spellings.get(key) ?? otherNames.get(key) ?? given;
}

/** Removes the words around the name of a lead. They may be several: `ECG Lead II (mV)`. */
function withoutWords(name: string): string {
  let bare = name;
  for (let before = ''; before !== bare; ) {
    before = bare;
    bare = bare.replace(around, '').replace(after, '').trim();
  }
  return bare === '' ? name : bare;
}

/** Returns the name under which leads are compared: its usual spelling, and `II` for `MLII`. */
export function canonicalLead(name: string): string {
  const spelled = spellLead(name);
  return spelled === 'MLII' ? 'II' : spelled;
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
  /** Names of leads, the preferred one first. How the record spells them does not matter. */
  readonly prefer: readonly string[];
  /** True if the first lead of the record is taken when the record has none of these. */
  readonly orFirst?: boolean;
  /** True if the lead of a record with a single lead is taken, whatever its name is. */
  readonly orOnly?: boolean;
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
  { prefer, orFirst = false, orOnly = false }: LeadRule,
  wanted?: readonly string[],
): readonly number[] | string {
  if (wanted === undefined) {
    const places = prefer.map((name) => placeOf(name, names, sameSpelling));
    const place = places.find((one) => one >= 0) ?? (orFirst || (orOnly && names.length === 1) ? 0 : -1);
    if (names[place] !== undefined) return [place];
    return `${lacks(prefer.join(' or '), names)}${orOnly && names.length > 1 ? '; choose one of them with the option leads' : ''}`;
  }
  const places = wanted.map((lead) => placeOf(lead, names, isSame));
  const missing = wanted.filter((_, at) => places[at] === -1);
  return missing.length > 0 ? lacks(missing.join(', '), names) : places;
}

/** Returns the place of a lead in `names`, or -1. If a record has both II and MLII, its II is the lead II. */
function placeOf(
  lead: string,
  names: readonly string[],
  isLead: (one: string, other: string) => boolean,
): number {
  const exact = names.findIndex((name) => name.trim().toUpperCase() === lead.trim().toUpperCase());
  if (exact >= 0) return exact;
  const spelled = names.findIndex((name) => sameSpelling(name, lead));
  return spelled >= 0 ? spelled : names.findIndex((name) => isLead(name, lead));
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

function sameSpelling(one: string, other: string): boolean {
  return spellLead(one).toUpperCase() === spellLead(other).toUpperCase();
}

function isSame(one: string, other: string): boolean {
  return canonicalLead(one).toUpperCase() === canonicalLead(other).toUpperCase();
}

function lacks(missing: string, names: readonly string[]): string {
  return `no lead ${missing}; it has ${names.join(', ')}`;
}
