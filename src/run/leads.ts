// Finds the leads that a model takes, from the names that its file or its run states, and the leads to read for it.

import { PqrstError } from '../base/errors.js';
import { canonicalLead, sameLeads, twelveLeads } from '../signal/leads.js';
import type { WindowSet } from '../signal/window.js';

/**
 * Returns the leads that a model was made for.
 *
 * @param stated - The names that its file or run states.
 * @returns The standard names. Undefined if the model takes one lead without a standard name (`ECG`); it then accepts any
 * lead.
 */
export function modelLeads(stated: readonly string[] | undefined): readonly string[] | undefined {
  const leads = stated?.map(canonicalLead);
  return leads !== undefined && (leads.length > 1 || twelveLeads.includes(leads[0]!)) ? leads : undefined;
}

/**
 * Returns the leads to read for a model; undefined for the default lead of each data set (lead II, or the one used
 * instead).
 */
export function leadsToLoad(stated: readonly string[] | undefined): readonly string[] | undefined {
  const leads = modelLeads(stated);
  return leads !== undefined && sameLeads(leads, ['II']) ? undefined : leads;
}

/**
 * Checks the leads of given windows.
 *
 * @param leads - The expected leads, or their number if any names are allowed.
 * @param who - What takes the windows, for the error message: `the run`, or a model file.
 * @throws PqrstError ERR_OPTION: when the leads differ.
 */
export function expectLeads(set: WindowSet, leads: readonly string[] | number, who: string): void {
  const fits = (names: readonly string[]) =>
    typeof leads === 'number' ? names.length === leads : sameLeads(names, leads);
  const other = set.windows.find((window) => !fits(window.leads));
  if (other === undefined) return;
  const wanted = typeof leads === 'number' ? `${leads} ${leads === 1 ? 'lead' : 'leads'}` : leads.join(', ');
  throw new PqrstError(
    'ERR_OPTION',
    `the windows of ${set.source} have ${other.leads.join(', ')}, but ${who} takes ${wanted}; load them with those leads`,
  );
}
