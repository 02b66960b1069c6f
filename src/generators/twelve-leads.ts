// A generator of twelve leads learns eight of them: I, II and V1 to V6. The other four follow from I and II at the same
// time (Einthoven, Goldberger). This holds for signals in one unit, not for leads that are scaled one by one.

import { derivedLeads, joinLeads, splitLeads, twelveLeads } from '../signal/leads.js';

/** The leads that a generator of twelve leads learns, in the order of its signal. */
export const learntLeads: readonly string[] = twelveLeads.filter((lead) => derivedLeads[lead] === undefined);

/**
 * Returns the twelve leads [12, L] of a record of the learnt leads [8, L].
 *
 * @param learnt - All leads in the same unit, such as mV.
 */
export function withDerivedLeads(learnt: Float32Array): Float32Array {
  const known = new Map(splitLeads(learnt, learntLeads.length).map((lead, at) => [learntLeads[at]!, lead]));
  const [first, second] = [known.get('I')!, known.get('II')!];
  return joinLeads(
    twelveLeads.map((name) => {
      const formula = derivedLeads[name];
      return formula === undefined ? known.get(name)! : first.map((value, at) => formula(value, second[at]!));
    }),
  );
}
