// Reads the requested leads of a WFDB record, for the kinds of data sets that consist of WFDB records.

import { readLeads } from '../codecs/wfdb/read.js';
import { chooseLeads, type LeadRule } from '../signal/leads.js';
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
  if (typeof record === 'string') return record;
  const { fsHz, leads, signalsMv, notes } = record;
  return { fsHz, leads, signals: signalsMv, unit: 'mV', ...(notes && { notes }) };
}
