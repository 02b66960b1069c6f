// The leads that the simulator makes: the twelve standard ones with the preset `physiological`, lead II with any other.

import { PqrstError, suggest } from '../base/errors.js';
import { parseLeads, twelveLeads } from '../signal/leads.js';
import { isPhysiological, type ModelSpec } from './presets.js';

const leadOfPaper = ['II'];

/** Returns whether the model of a preset, or of a spec, makes all twelve standard leads. */
export function makesTwelveLeads(preset: string | ModelSpec): boolean {
  return typeof preset === 'string' ? preset === 'physiological' : isPhysiological(preset);
}

/**
 * Returns the requested leads in their usual spelling; without a request lead II.
 *
 * @param given - a list of leads as `parseLeads` takes it.
 * @param makesTwelve - whether the model makes all twelve standard leads. The model of the paper makes lead II only.
 * @throws PqrstError ERR_OPTION: when the simulator does not make a lead, or a lead is named twice.
 */
export function simulatedLeads(
  given: string | readonly string[] | undefined,
  makesTwelve: boolean,
): readonly string[] {
  const leads = given === undefined ? leadOfPaper : parseLeads(given);
  const unknown = leads.find((lead) => !twelveLeads.includes(lead));
  if (unknown !== undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `the simulator makes no lead "${unknown}"${suggest(unknown, twelveLeads)}; write I,II,V1, or 12 for all twelve`,
    );
  }
  if (!makesTwelve && leads.join() !== leadOfPaper.join()) {
    throw new PqrstError(
      'ERR_OPTION',
      `the paper's model makes lead II only, and ${leads.join(', ')} ${leads.length === 1 ? 'was' : 'were'} requested; ` +
        'choose the preset physiological, which makes the twelve standard leads, or lead II',
    );
  }
  return leads;
}

/** Returns the numbers of standard leads in the order of `twelveLeads`, as the kernel takes them. */
export function leadNumbers(leads: readonly string[]): Uint8Array {
  return Uint8Array.from(leads, (lead) => twelveLeads.indexOf(lead));
}
