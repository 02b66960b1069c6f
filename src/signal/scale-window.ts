// Scales a window as a model takes it.

import { splitLeads } from './leads.js';
import { standardize } from './standardize.js';
import { describeWindow, type EcgWindow } from './window.js';

/**
 * Writes a window to `out`: each lead z-scored by itself (default), or unchanged.
 *
 * @throws PqrstError ERR_SIGNAL: when a lead cannot be z-scored.
 */
export function scaleWindow(
  window: EcgWindow,
  scaling: 'zscore' | 'none' | undefined,
  out: Float32Array,
): void {
  const { leads, signal } = window;
  if (scaling === 'none') {
    out.set(signal);
    return;
  }
  const outs = splitLeads(out, leads.length);
  const name = describeWindow(window);
  for (const [at, lead] of splitLeads(signal, leads.length).entries()) {
    standardize(lead, outs[at]!, leads.length === 1 ? name : `lead ${leads[at]} of ${name}`);
  }
}
