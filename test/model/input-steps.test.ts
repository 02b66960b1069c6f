// The steps that a model file states: equal to what the code computes, and refused if they are not.

import { describe, expect, it } from 'vitest';
import { expectInputSteps, type InputStep, inputSteps, type StatedInput } from '#lib/model/input-steps.js';
import { type ModelMetadata, metadataEntries, parseMetadata } from '#lib/model/metadata.js';
import { filterSignal } from '#lib/signal/filter.js';
import { resample } from '#lib/signal/resample.js';
import { errorOf } from '../helpers/folder.js';

const facts: StatedInput = {
  ...{ fsHz: 100, lengthSamples: 1000, leads: ['II'], unit: 'mV' },
  ...{ filter: '0.5-40', scaling: 'zscore' },
};
const stepOf = (name: string, of: Partial<ModelMetadata> = {}) =>
  inputSteps({ ...facts, ...of })!.find(({ step }) => step === name)!;

/** Returns all taps from the middle one and those after it. */
const whole = (half: readonly number[]) => [...half.slice(1).reverse(), ...half];

describe('inputSteps', () => {
  it('states the steps in order; a file that z-scores itself, or without a filter, lacks the step', () => {
    const names = (of: Partial<ModelMetadata>) => inputSteps({ ...facts, ...of })!.map(({ step }) => step);
    expect(names({})).toEqual(['read', 'resample', 'window', 'filter', 'zscore']);
    const { filter: _, ...plain } = facts;
    expect(inputSteps({ ...plain, scaling: 'none' })!.map(({ step }) => step)).toEqual([
      'read',
      'resample',
      'window',
    ]);
    expect(inputSteps({ fsHz: 100, lengthSamples: 1000 })).toBeUndefined();
  });

  it.each([
    [100, 500],
    [250, 500],
    [500, 1000],
  ])('has the taps of `resample` to %i Hz from %i Hz', (toHz, fromHz) => {
    const { taps } = stepOf('resample', { fsHz: toHz }) as unknown as {
      readonly taps: { readonly fromHz: number; readonly fromMiddle: readonly number[] };
    };
    expect(taps.fromHz).toBe(fromHz);
    const weights = whole(taps.fromMiddle);
    const [reach, down] = [(weights.length - 1) / 2, fromHz / toHz];
    // Each of `down` pulses shows every `down`-th tap.
    for (let offset = 0; offset < down; offset++) {
      const at = 2 * reach * down + offset;
      const pulse = new Float32Array(2 * at).fill(0);
      pulse[at] = 1;
      for (const [n, value] of resample(pulse, fromHz, toHz).entries()) {
        expect(value).toBeCloseTo(weights[at - n * down + reach] ?? 0, 7);
      }
    }
  });

  it('has the taps of the filter', () => {
    const { fromMiddle } = stepOf('filter') as unknown as { readonly fromMiddle: readonly number[] };
    const weights = whole(fromMiddle);
    const pulse = new Float32Array(1001);
    pulse[500] = 1;
    const filtered = filterSignal(pulse, 100, '0.5-40');
    for (const [at, tap] of weights.entries()) {
      expect(filtered[500 - (weights.length - 1) / 2 + at]).toBeCloseTo(tap, 6);
    }
  });
});

describe('a file with input steps', () => {
  const metadata: ModelMetadata = { ...facts, leads: ['II'], inputSteps: inputSteps(facts)! };
  const read = (entries: Record<string, string>) =>
    parseMetadata({ producer: 'pqrst', metadata: entries }, 'file');

  it('is read back as it was written', () => {
    expect(read(metadataEntries(metadata))).toEqual(metadata);
  });

  it('is refused if its steps are not those of this version', async () => {
    const changed = (change: (steps: InputStep[]) => readonly InputStep[]) => {
      const steps = JSON.parse(metadataEntries(metadata)['pqrst.inputSteps']!) as InputStep[];
      const entries = { ...metadataEntries(metadata), 'pqrst.inputSteps': JSON.stringify(change(steps)) };
      return errorOf(Promise.resolve().then(() => read(entries)));
    };
    const withValue = (name: string, value: object) =>
      changed((steps) => steps.map((one) => (one.step === name ? { ...one, ...value } : one)));
    expect(await withValue('resample', { halfLength: 30 })).toMatch(
      /^ERR_MODEL: file states `halfLength` 30 for the step resample, and this version computes with 26; evaluate it with/,
    );
    expect(await withValue('zscore', { ddof: 1 })).toMatch(/`ddof` 1 for the step zscore.*with 0;/);
    expect(await withValue('window', { shift: 3 })).toMatch(/`shift` 3 for the step window.*with nothing;/);
    expect(await withValue('filter', { fromMiddle: [1] })).toMatch(/`fromMiddle` \[1\] for the step filter/);
    expect(await changed((steps) => steps.slice(1))).toMatch(
      /the steps resample, window, filter, zscore, and this version computes read, resample, window/,
    );
    expect(await withValue('resample', { beta: 7.857 + 1e-4 })).toMatch(/^ERR_MODEL/);
    // Another processor rounds a sine in another way.
    const steps = metadata.inputSteps!.map((one) =>
      one.step === 'resample' ? { ...one, beta: (one.beta as number) + 1e-14 } : one,
    );
    expect(() => expectInputSteps(steps, facts, 'file')).not.toThrow();
    const entries = { ...metadataEntries(metadata), 'pqrst.inputSteps': '{"step":1}' };
    expect(() => read(entries)).toThrow(/which is not a valid inputSteps/);
  });
});
