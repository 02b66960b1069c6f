// Reads the requested leads of a WFDB record, for the kinds of data sets that consist of WFDB records.

import { readHeader, readLeads } from '../codecs/wfdb/read.js';
import { canonicalLead, chooseLeads, type LeadRule, spellLead } from '../signal/leads.js';
import type { WindowOptions } from '../signal/window.js';
import type { LeadSignals } from './kind.js';

/**
 * Reads the requested leads of the record at `path` (with or without .hea) in mV, and decodes no other lead.
 *
 * @param rule - chooses the lead if `options.leads` is absent.
 * @returns the leads, or the reason why the record lacks one. The errors are those of `readRecord`.
 */
export async function readMillivolts(
  path: string,
  rule: LeadRule,
  options: WindowOptions,
): Promise<LeadSignals | string> {
  const record = await readLeads(path, (names) => chooseLeads(names, rule, options.leads), options);
  const read = typeof record === 'string' ? [] : record.leads;
  const unread = await otherUnitOf(path, options.leads ?? rule.prefer.slice(0, 1), read);
  if (unread !== undefined) return unread;
  if (typeof record === 'string') return record;
  const { fsHz, leads, signalsMv } = record;
  return { fsHz, leads, signals: signalsMv, unit: 'mV' };
}

/**
 * Returns a reason if the record has one of the `wanted` leads in a unit that is not a voltage. Another lead must not
 * replace it.
 */
async function otherUnitOf(
  path: string,
  wanted: readonly string[],
  read: readonly string[],
): Promise<string | undefined> {
  const found = new Set(read.map(canonicalLead));
  const missing = wanted.filter((lead) => !found.has(canonicalLead(lead)));
  if (missing.length === 0) return undefined;
  const { signals } = await readHeader(path);
  for (const lead of missing) {
    const same = signals.find(({ description }) => spellLead(description) === spellLead(lead));
    if (same !== undefined) return `lead ${lead} has the unit "${same.units}", which is not a voltage`;
  }
  return undefined;
}
