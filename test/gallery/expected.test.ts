// What the data of a class state about its intervals.

import { describe, expect, it } from 'vitest';
import { expectedOf } from '#lib/gallery/expected.js';
import { shippedNumbers } from '#lib/synth/classes/index.js';
import type { LognormalLaw, UniformLaw } from '#lib/synth/physiology/law.js';
import { resolveClass } from '#lib/synth/physiology/resolve.js';

const of = (name: string) => expectedOf(resolveClass(name));

describe('expectedOf', () => {
  it('gives the middle and the bounds of a law, and the rate from RR', () => {
    const { min, max, median } = shippedNumbers.sbrad['rhythm.rrS'] as LognormalLaw;
    const { rrS, rateBpm, pToRS, qrsS, qtcS } = of('sbrad');
    expect(rrS).toEqual({ middle: median, min, max });
    expect(rateBpm).toEqual({ middle: 60 / median, min: 60 / max, max: 60 / min });
    expect([pToRS, qrsS, qtcS].every((value) => value !== undefined)).toBe(true);
  });

  it('takes the interval of the pathway, the escape rhythm and the ventricular focus', () => {
    const { min, max } = shippedNumbers.wpw['pathway.prS'] as UniformLaw;
    expect(of('wpw')).toMatchObject({ pToRS: { middle: (min + max) / 2, min, max } });
    expect(of('wpw').qrsS).toBeUndefined();
    const escapeRr = shippedNumbers.avb3['av.escapeRrS'] as LognormalLaw;
    expect(of('avb3').rrS?.middle).toBe(escapeRr.median);
    expect(of('avb3').pToRS).toBeUndefined();
    const focus = shippedNumbers.vt['focus.qtS'] as LognormalLaw;
    expect(of('vt').ventricularQtS?.middle).toBe(focus.median);
    expect(of('vt').qtcS).toBeUndefined();
  });

  it('gives nothing that follows from several laws', () => {
    expect(of('aflt').rrS).toBeUndefined();
    expect(of('avb2m1')).not.toHaveProperty('rrS');
    expect(of('avb2m1')).not.toHaveProperty('pToRS');
    expect(of('af').rrCv?.middle).toBe((shippedNumbers.af['rhythm.cv'] as LognormalLaw).median);
    expect(of('normal').rrCv).toBeUndefined();
    expect(of('normal>af')).toEqual({});
  });
});
