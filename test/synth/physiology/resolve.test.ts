// Names of classes, mixtures and episodes to numbers, and to the table of the kernel.

import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { classNames } from '#lib/signal/class-table.js';
import { base } from '#lib/synth/physiology/base.js';
import { parseClassFile } from '#lib/synth/physiology/class-file.js';
import { hashOf, packClasses } from '#lib/synth/physiology/pack.js';
import { resolveClass } from '#lib/synth/physiology/resolve.js';
import { narrowSpec, parsePhysiologySpec, physiologySpec } from '#lib/synth/physiology/spec.js';

const errorOf = (action: () => unknown): PqrstError => {
  try {
    action();
  } catch (error) {
    if (error instanceof PqrstError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const numberOf = (name: string, field: string) => resolveClass(name).numbers.get(field);

const slow = parseClassFile({
  ...{ name: 'slow-af', title: 'Slow AF', scp: ['AFIB'], snomed: [], rhythm: '(AFIB', parents: ['af'] },
  numbers: { 'rhythm.rrS': { law: 'uniform', min: 1, max: 1.4 } },
});

describe('a class', () => {
  it('has the base laws but for its own', () => {
    expect(numberOf('af', 'rhythm.kind')).toBe(1);
    expect(numberOf('af', 'p.sizeMv')).toEqual(base.get('p.sizeMv')!.law);
    expect(resolveClass('af').numbers.size).toBe(base.size);
  });

  it('of the user starts from its parents', () => {
    const { numbers } = resolveClass('slow-af', physiologySpec([slow]));
    expect(numbers.get('rhythm.kind')).toBe(1);
    expect(numbers.get('rhythm.rrS')).toEqual({ law: 'uniform', min: 1, max: 1.4 });
  });

  it('that is unknown is an error with a suggestion', () => {
    const error = errorOf(() => resolveClass('slow-aff', physiologySpec([slow])));
    expect(error.code).toBe('ERR_UNKNOWN_CLASS');
    expect(error.message).toBe('unknown class "slow-aff"; did you mean "slow-af"?');
  });
});

describe('a mixture', () => {
  it('has the numbers of both, and the larger of two chances', () => {
    expect(numberOf('af+pvc', 'rhythm.kind')).toBe(1);
    expect(numberOf('af+pvc', 'pvc.chance')).toBe(1);
    expect(numberOf('pvc+af', 'pvc.chance')).toBe(1);
  });

  it('limits a number that both set to the range that they share', () => {
    expect(numberOf('lafb+crbbb', 'qrs.durationS')).toMatchObject({ min: 0.12, max: 0.14 });
    expect(numberOf('af+sbrad', 'rhythm.rrS')).toMatchObject({ median: 1.13, min: 0.98, max: 1.4 });
  });

  it.each([
    ['af+aflt', /rhythm\.kind is fibrillation in one and flutter in the other/],
    ['sbrad+stach', /rhythm\.rrS is 0\.98 to 1\.9 in one and 0\.33 to 0\.62 in the other \(s\)/],
    ['clbbb+crbbb', /qrs\.type is L in one and R in the other/],
    ['lvh+lvolt', /qrs\.sizeMv/],
    ['pvc+pvc', /names "pvc" twice/],
    ['normal+pvc', /contains normal/],
  ])('%s is a contradiction', (name, message) => {
    const error = errorOf(() => resolveClass(name));
    expect(error.code).toBe('ERR_SPEC');
    expect(error.message).toMatch(message);
  });
});

describe('an episode', () => {
  it('has the numbers of its start, and the length of the class that begins', () => {
    const run = resolveClass('normal>vt');
    expect(run.episode!.name).toBe('vt');
    expect(run.numbers.get('rhythm.kind')).toBe(0);
    expect(run.numbers.get('rhythm.episodeS')).toEqual({ law: 'uniform', min: 1.5, max: 6 });
  });

  it('happens once in a record, in a class that exists', () => {
    expect(errorOf(() => resolveClass('normal>af>normal')).message).toMatch(/changes its rhythm 2 times/);
    expect(errorOf(() => resolveClass('normal>')).code).toBe('ERR_UNKNOWN_CLASS');
    expect(errorOf(() => resolveClass('normal>aff')).message).toMatch(/did you mean "af"/);
  });
});

describe('packClasses', () => {
  const fields = [...base.keys()];
  const lawAt = (table: Float64Array, spec: number, field: string) => {
    const first = (spec * fields.length + fields.indexOf(field)) * 5;
    return [...table.subarray(first, first + 5)];
  };

  it('packs kind, a, b, min, max of each law', () => {
    const { table, indexOf } = packClasses(['normal', 'aflt'], fields);
    expect(table.length).toBe(2 * fields.length * 5);
    expect([...indexOf]).toEqual([
      ['normal', 0],
      ['aflt', 1],
    ]);
    expect(lawAt(table, 0, 'thresholdMv')).toEqual([0, 0.02, 0, 0.02, 0.02]);
    expect(lawAt(table, 1, 'atrialWaves.rateHz')).toEqual([1, 0, 0, 3.6, 5.7]);
    expect(lawAt(table, 0, 'rhythm.rrS')).toEqual([3, 0.85, 0.19, 0.45, 1.5]);
    expect(lawAt(table, 0, 'qrs.depthDeg')).toEqual([2, -7, 12, -40, 25]);
  });

  it('names each class once, and puts the classes of episodes last', () => {
    const { table, indexOf } = packClasses(['normal>af', 'normal', 'normal>af', 'pvc>vt'], fields);
    expect([...indexOf.keys()]).toEqual(['normal>af', 'normal', 'pvc>vt', 'af', 'vt']);
    expect(lawAt(table, 0, 'rhythm.episodeSpec')[1]).toBe(3);
    expect(lawAt(table, 2, 'rhythm.episodeSpec')[1]).toBe(4);
    expect(lawAt(table, 1, 'rhythm.episodeSpec')[1]).toBe(-1);
  });

  it('gives every shipped class an id of its own, which depends on its name alone', () => {
    const ids = classNames.map(hashOf);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 24)).toBe(true);
    const { table } = packClasses(['normal', 'af'], fields);
    expect(lawAt(table, 1, 'id')[1]).toBe(hashOf('af'));
    // An independent computation of the FNV-1a hash, folded to 24 bits.
    let hash = 0x811c9dc5n;
    for (const byte of [97n, 102n]) hash = ((hash ^ byte) * 0x01000193n) & 0xffffffffn;
    expect(hashOf('af')).toBe(Number((hash >> 24n) ^ (hash & 0xffffffn)));
  });

  it('refuses a field that the base lacks, and more classes than a byte counts', () => {
    expect(errorOf(() => packClasses(['af'], ['rhythm.new'])).code).toBe('ERR_SPEC');
    const parts = classNames.filter((name) => name !== 'normal');
    const pairs = parts.flatMap((a) => parts.map((b) => `${a}>${b}`)).slice(0, 300);
    expect(errorOf(() => packClasses(pairs, fields)).code).toBe('ERR_RANGE');
  });
});

describe('a spec', () => {
  it('survives JSON, with its own classes', () => {
    const spec = physiologySpec([slow]);
    expect(parsePhysiologySpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it('narrows to the classes of some names, which then give the same numbers', () => {
    const narrow = narrowSpec(physiologySpec([slow]), ['normal>slow-af', 'af+pvc']);
    expect(Object.keys(narrow.classes).sort()).toEqual(['af', 'normal', 'pvc', 'slow-af']);
    expect(resolveClass('af+pvc', narrow)).toEqual(resolveClass('af+pvc'));
    expect(errorOf(() => resolveClass('wpw', narrow)).code).toBe('ERR_UNKNOWN_CLASS');
  });

  it('changes the numbers of every class by its base', () => {
    const spec = physiologySpec();
    const longer = { ...spec, base: { ...spec.base, 'repolarisation.qtcS': 0.42 } };
    expect(resolveClass('af', longer).numbers.get('repolarisation.qtcS')).toBe(0.42);
  });

  it.each<[string, (spec: ReturnType<typeof physiologySpec>) => unknown, RegExp]>([
    [
      'a missing law',
      ({ base: { 'p.sizeMv': _, ...rest }, ...spec }) => ({ ...spec, base: rest }),
      /no law for p\.sizeMv/,
    ],
    ['an absurd law', (spec) => ({ ...spec, base: { ...spec.base, 'p.sizeMv': -1 } }), /p\.sizeMv is -1/],
    ['an unknown entry', (spec) => ({ ...spec, extra: 1 }), /extra/],
    [
      'an unknown number',
      (spec) => ({ ...spec, base: { ...spec.base, 'p.size': 1 } }),
      /did you mean "p\.sizeMv"/,
    ],
  ])('with %s is refused', (_, change, message) => {
    const error = errorOf(() => parsePhysiologySpec(change(physiologySpec())));
    expect(error.code).toBe('ERR_SPEC');
    expect(error.message).toMatch(message);
  });
});
