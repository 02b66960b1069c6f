// The model behind a preset: which classes it takes, their labels, and what the kernel receives.

import { describe, expect, it } from 'vitest';
import type { KernelBinding } from '#lib/kernel/binding.js';
import { classNames } from '#lib/signal/class-table.js';
import { ecgClasses } from '#lib/signal/classes.js';
import { specOf } from '#lib/synth/check.js';
import { labelClasses, modelOf } from '#lib/synth/model.js';
import { base } from '#lib/synth/physiology/base.js';
import { hashOf } from '#lib/synth/physiology/pack.js';
import { resolveClass } from '#lib/synth/physiology/resolve.js';
import { presets } from '#lib/synth/presets.js';
import { specPaths } from '#lib/synth/spec.js';

/** The lists of numbers of a kernel; nothing else of it is used here. */
const native = {
  specFields: () => specPaths(presets.paper),
  physiologyFields: () => [...base.keys()],
} as KernelBinding;
const own = {
  ...{ name: 'slow-af', title: 'Slow AF', scp: ['AFIB'], snomed: [], rhythm: '(AFIB', parents: ['af'] },
  numbers: { 'rhythm.rrS': { law: 'uniform', min: 1, max: 1.4 } },
} as const;

describe('the model of the paper', () => {
  const model = modelOf(presets.paper);

  it('has five classes, their codes, and its spec as numbers', () => {
    expect(model.offered).toEqual(ecgClasses);
    const packed = model.pack(['wpw', 'normal', 'af'], native);
    expect(packed.model).toBe('paper');
    expect([...packed.classes]).toEqual([4, 0, 1]);
    expect(packed.spec).toHaveLength(specPaths(presets.paper).length);
    expect(packed.rhythms.map(({ rhythm }) => rhythm)).toEqual(['(N', '(AFIB', '(AFL', '(N', '(PREX']);
  });

  it('refuses other classes', () => {
    for (const name of ['clbbb', 'af+pvc', 'normal>af']) {
      expect(() => model.parse([name])).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_CLASS' }));
    }
  });
});

describe('the physiological model', () => {
  const model = modelOf(specOf('physiological', [own]));

  it('offers every shipped class, own classes, and mixtures whose parts do not contradict each other', () => {
    expect(model.offered.slice(0, classNames.length)).toEqual(classNames);
    expect(model.offered).toContain('slow-af');
    expect(model.offered).toContain('af+pvc');
    expect(model.parse(model.offered)).toEqual(model.offered);
  });

  it('packs a table of the classes, and the rhythm of each', () => {
    const names = ['slow-af', 'normal>vt', 'af+pvc', 'slow-af'];
    const packed = model.pack(names, native);
    expect(packed.model).toBe('physiological');
    expect([...packed.classes]).toEqual([0, 1, 2, 0]);
    expect(packed.spec).toHaveLength(4 * base.size * 5);
    expect(packed.rhythms).toEqual([
      { ecgClass: 'slow-af', rhythm: '(AFIB' },
      { ecgClass: 'normal', rhythm: '(N' },
      { ecgClass: 'af+pvc', rhythm: '(AFIB' },
      { ecgClass: 'vt', rhythm: '(VT' },
    ]);
    expect(packed.spec[1]).toBe(hashOf('slow-af'));
    expect(model.pack([...names], native)).toBe(packed);
  });

  it('names an unknown class, and a contradiction', () => {
    expect(() => model.parse(['clbb'])).toThrow(/unknown class "clbb"; did you mean "clbbb"/);
    expect(() => model.parse(['af+aflt'])).toThrow(expect.objectContaining({ code: 'ERR_SPEC' }));
  });

  it('has mixtures that are all valid without own classes', () => {
    for (const name of modelOf(presets.physiological).offered) expect(resolveClass(name).name).toBe(name);
  });
});

describe('labelClasses', () => {
  it('starts with the shipped classes, the first five as the paper counts them', () => {
    expect(labelClasses(['af', 'normal']).slice(0, 5)).toEqual(ecgClasses);
    expect(labelClasses(['x', 'af+pvc', 'af', 'x']).slice(classNames.length)).toEqual(['x', 'af+pvc']);
  });

  it('fits a byte', () => {
    const many = Array.from({ length: 300 }, (_, k) => `own${k}`);
    expect(() => labelClasses(many)).toThrow(/300 classes besides the shipped ones; a label is one byte/);
  });
});

describe('own classes', () => {
  it('need the physiological model', () => {
    expect(() => specOf('paper', [own])).toThrow(/five classes and takes no classes of your own/);
    expect(() => specOf('paper', [own])).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });

  it('are checked', () => {
    expect(() => specOf('physiological', [{ ...own, name: 'af' }])).toThrow(
      expect.objectContaining({ code: 'ERR_CLASS_FILE' }),
    );
  });
});
