// The leads that the simulator accepts.

import { describe, expect, it } from 'vitest';
import { twelveLeads } from '#lib/signal/leads.js';
import { leadNumbers, simulatedLeads } from '#lib/synth/leads.js';

describe('simulatedLeads', () => {
  it('reads names in any spelling, and 12 for all', () => {
    expect(simulatedLeads(undefined, false)).toEqual(['II']);
    expect(simulatedLeads('mlii', false)).toEqual(['II']);
    expect(simulatedLeads(['v1', 'avr'], true)).toEqual(['V1', 'aVR']);
    expect(simulatedLeads('12', true)).toEqual(twelveLeads);
    expect([...leadNumbers(['I', 'II', 'aVR', 'V6'])]).toEqual([0, 1, 3, 11]);
  });

  it('refuses a lead that the model does not make', () => {
    expect(() => simulatedLeads('I,V7', true)).toThrow(
      /^the simulator makes no lead "V7".*12 for all twelve/,
    );
    expect(() => simulatedLeads('12', false)).toThrow(
      /^the paper's model makes lead II only, and I, II, .* were requested; choose the preset physiological/,
    );
    expect(() => simulatedLeads('V1', false)).toThrow(/and V1 was requested/);
    expect(() => simulatedLeads('II,MLII', true)).toThrow(/II twice/);
  });
});
