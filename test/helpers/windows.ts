// Made-up windows, complete where a test names only what it needs.

import type { EcgWindow, WindowSet } from '#lib/signal/window.js';

type Given = Partial<Omit<EcgWindow, 'origin'>> & Pick<EcgWindow, 'signal'> & { dataset?: string };

/** A window of one lead II in mV, of a patient named as the record where no other is given. */
export function windowOf(given: Given & { record?: string; patient?: string }): EcgWindow {
  const { record = 'r', patient = record, dataset = '', ...rest } = given;
  const origin = { dataset, record, patient };
  return { unit: 'mV', leads: ['II'], startS: 0, classes: [], ...rest, origin };
}

/** A set of such windows. */
export function setOf(windows: readonly EcgWindow[], given: Partial<WindowSet> = {}): WindowSet {
  const { unit = 'mV', leads = ['II'], signal = [] } = windows[0] ?? {};
  const lengthSamples = signal.length / leads.length;
  return { source: 'test', fsHz: 100, lengthSamples, unit, leads, windows, skipped: [], ...given };
}
