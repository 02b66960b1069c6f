// A class shows a label by chance only where a task allows it.

import { describe, expect, it } from 'vitest';
import { physiologySpec } from '#lib/synth/physiology/spec.js';
import { withoutChanceOf } from '#lib/synth/physiology/without.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const spec = physiologySpec();

/** Returns the share of the records of a class that have a beat with one of the symbols. */
async function shareWith(symbols: string, name: string, preset = spec) {
  const synthesizer = new Synthesizer({ preset, fsHz: 100, seconds: 10, seed: 3 });
  const count = 400;
  const { annotations } = await synthesizer.batch({ classes: [name], count, annotations: true });
  const shown = Array.from({ length: count }, (_, record) =>
    annotations.record(record).beats.some(({ type }) => symbols.includes(type)),
  );
  return shown.filter(Boolean).length / count;
}

describe('withoutChanceOf', () => {
  it('leaves no premature ventricular beat in a class that does not show them', async () => {
    expect(await shareWith('V', 'af')).toBeGreaterThan(0.03);
    const exact = withoutChanceOf(spec, 'pvc');
    expect(await shareWith('V', 'af', exact)).toBe(0);
    expect(await shareWith('V', 'aflt', exact)).toBe(0);
  });

  it('leaves no premature atrial beat, although the base has a chance of them', async () => {
    expect(await shareWith('AaJ', 'lvh')).toBeGreaterThan(0.005);
    expect(await shareWith('AaJ', 'lvh', withoutChanceOf(spec, 'pac'))).toBe(0);
  });

  it('keeps the beats of the class itself, of a mixture and of a class that shows it', async () => {
    const exact = withoutChanceOf(spec, 'pvc');
    for (const name of ['pvc', 'af+pvc', 'bigeminy']) {
      expect(await shareWith('VF', name, exact)).toBeGreaterThan(0.98);
    }
  });

  it('changes no class for a label that no other class shows by chance', () => {
    expect(withoutChanceOf(spec, 'af')).toEqual(spec);
    expect(withoutChanceOf(spec, 'clbbb')).toEqual(spec);
  });

  it('changes no record of the class itself', () => {
    const exact = withoutChanceOf(spec, 'pac');
    expect(exact.base).toEqual(spec.base);
    const { pac } = spec.classes;
    expect(exact.classes).toHaveProperty('pac', pac);
  });
});
