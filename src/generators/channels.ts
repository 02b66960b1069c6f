// The channels that a generator learns. Of the six limb leads only I and II are learnt; the other four follow from them.
// All channels of a record share one scale, because the sum of two leads needs it.

import { PqrstError } from '../base/errors.js';
import { derivedLeads, splitLeads } from '../signal/leads.js';
import { standardize } from '../signal/standardize.js';

/** Returns the leads that a generator of `leads` learns: all, without those that follow from I and II. */
export function learntLeads(leads: readonly string[]): readonly string[] {
  if (!leads.includes('I') || !leads.includes('II')) return leads;
  return leads.filter((lead) => !Object.hasOwn(derivedLeads, lead));
}

/**
 * Scales a record in place: each channel gets the mean 0, and all channels together the standard deviation 1.
 *
 * @param record - Samples [channels, L].
 * @param name - Name of the record in the error message.
 * @throws PqrstError ERR_SIGNAL: when a channel holds a missing sample or all channels are flat.
 */
export function scaleTogether(record: Float32Array, channels: number, name: string): void {
  let squares = 0;
  for (const channel of splitLeads(record, channels)) {
    let sum = 0;
    for (let n = 0; n < channel.length; n++) sum += channel[n]!;
    const mean = sum / channel.length;
    for (let n = 0; n < channel.length; n++) {
      channel[n] = channel[n]! - mean;
      squares += channel[n]! ** 2;
    }
  }
  const sd = Math.sqrt(squares / record.length);
  if (!(sd > 0 && Number.isFinite(sd))) {
    throw new PqrstError(
      'ERR_SIGNAL',
      `${name} ${sd === 0 ? 'is flat' : 'holds samples that are not numbers'}; expected a varying signal without gaps; ` +
        'remove this window',
    );
  }
  for (let n = 0; n < record.length; n++) record[n] = record[n]! / sd;
}

/**
 * Computes the leads of a record from its channels, and z-scores each lead.
 *
 * @param channels - Samples [learnt leads, L].
 * @param learnt - The names of the channels (`learntLeads`).
 * @param leads - The leads to write.
 * @param out - Samples [leads, L].
 * @throws PqrstError ERR_SIGNAL: when a lead is flat or not finite.
 */
export function writeLeads(
  channels: Float32Array,
  learnt: readonly string[],
  leads: readonly string[],
  out: Float32Array,
): void {
  const from = splitLeads(channels, learnt.length);
  const channel = (name: string) => from[learnt.indexOf(name)]!;
  for (const [at, lead] of splitLeads(out, leads.length).entries()) {
    const name = leads[at]!;
    const place = learnt.indexOf(name);
    if (place >= 0) lead.set(from[place]!);
    else {
      const [i, ii] = [channel('I'), channel('II')];
      const derive = derivedLeads[name]!;
      for (let n = 0; n < lead.length; n++) lead[n] = derive(i[n]!, ii[n]!);
    }
    standardize(lead, lead, `lead ${name} of a generated record`);
  }
}
