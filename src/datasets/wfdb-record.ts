// Reads the requested leads of a WFDB record, for the kinds of data sets that consist of WFDB records.

import { PqrstError } from '../base/errors.js';
import { readHeader, readLeads } from '../codecs/wfdb/read.js';
import { canonicalLead, chooseLeads, type LeadRule, spellLead } from '../signal/leads.js';
import type { WindowOptions } from '../signal/window.js';
import type { LeadSignals } from './kind.js';

/**
 * Reads the requested leads of the record at `path` (with or without .hea) in mV, and decodes no other lead.
 *
 * @param rule - chooses the lead if `options.leads` is absent.
 * @returns the leads, or the reason why the record lacks one.
 * @throws PqrstError ERR_WFDB_SIGNAL: when the record has a wanted lead in a unit that is not a voltage.
 * @throws PqrstError The errors of `readRecord`.
 */
export async function readMillivolts(
  path: string,
  rule: LeadRule,
  options: WindowOptions,
): Promise<LeadSignals | string> {
  let voltages: readonly string[] = [];
  const choose = (names: readonly string[]) => {
    voltages = names;
    return chooseLeads(names, rule, options.leads);
  };
  const record = await readLeads(path, choose, options);
  await refuseOtherUnit(path, options.leads ?? rule.prefer.slice(0, 1), voltages);
  if (typeof record === 'string') return record;
  const { fsHz, leads, signalsMv, notes, isGainAssumed } = record;
  return {
    ...{ fsHz, leads, signals: signalsMv, unit: 'mV' },
    ...(notes && { notes }),
    ...(isGainAssumed && { isUnitAssumed: true as const }),
  };
}

/**
 * Refuses a record that has a lead of `wanted`, but not among its `voltages`: the unit is unknown, and no other lead may
 * replace it.
 */
async function refuseOtherUnit(
  path: string,
  wanted: readonly string[],
  voltages: readonly string[],
): Promise<void> {
  const found = new Set(voltages.map(canonicalLead));
  const missing = wanted.filter((lead) => !found.has(canonicalLead(lead)));
  if (missing.length === 0) return;
  const { signals } = await readHeader(path);
  for (const lead of missing) {
    const same = signals.find(({ description }) => spellLead(description) === spellLead(lead));
    if (same === undefined) continue;
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `record ${path} states its lead ${lead} in "${same.units}", which is not a unit of voltage; correct the header`,
    );
  }
}
