// Which leads a model takes, by the names that its file or its run states, and which leads are read for it.

import { PqrstError } from '../base/errors.js';
import { canonicalLead, sameLeads, twelveLeads } from '../signal/leads.js';
import type { WindowSet } from '../signal/window.js';

/**
 * Returns the leads that a model was made for.
 *
 * @param stated the names in its file or run.
 * @returns undefined where it takes one lead that is not a standard lead (`ECG`): any lead may then serve.
 */
export function modelLeads(stated: readonly string[] | undefined): readonly string[] | undefined {
  const leads = stated?.map(canonicalLead);
  return leads !== undefined && (leads.length > 1 || twelveLeads.includes(leads[0]!)) ? leads : undefined;
}

/** Returns the leads to read for such a model; undefined for each data set's own default, which is lead II or serves as it. */
export function leadsToLoad(stated: readonly string[] | undefined): readonly string[] | undefined {
  const leads = modelLeads(stated);
  return leads !== undefined && sameLeads(leads, ['II']) ? undefined : leads;
}

/**
 * Checks the leads of windows that a caller hands over.
 *
 * @param leads expected, or their number where their names do not matter.
 * @param who takes the windows, for the message: `the run`, or a model file.
 * @throws PqrstError ERR_OPTION: when they differ.
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
