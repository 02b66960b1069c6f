// The numbers of the physiological model: they are those that the kernel reads, each law is inside its allowed range, and
// the beat in the middle of each class looks as a cardiologist expects it in the leads.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classNames } from '#lib/signal/class-table.js';
import { shippedNumbers } from '#lib/synth/classes/index.js';
import { base } from '#lib/synth/physiology/base.js';
import { checkLaw } from '#lib/synth/physiology/check-law.js';
import { checkTogether } from '#lib/synth/physiology/check-together.js';
import { boundsOf, plainLaw } from '#lib/synth/physiology/law-values.js';
import { resolveClass } from '#lib/synth/physiology/resolve.js';
import { randomDraw, sketch, typicalDraw } from './sketch.js';

/** Returns the dotted names of the laws of a struct in native/plan/physiology/spec.h. */
function fieldsOfKernel(): string[] {
  const text = readFileSync(new URL('../../../native/plan/physiology/spec.h', import.meta.url), 'utf8');
  const members = new Map<string, { type: string; name: string }[]>();
  const macroOf = new Map<string, string>();
  let open: { type: string; name: string }[] = [];
  for (const line of text.split('\n')) {
    const macro = /#define PHYSIO_(\w+)\(X\)/.exec(line);
    if (macro) {
      open = [];
      members.set(macro[1]!, open);
    }
    const member = /X\((\w+), \w+,\s+"(\w+)"\)/.exec(line);
    if (member) open.push({ type: member[1]!, name: member[2]! });
    const struct = /PQRST_FIELDS\((\w+), PHYSIO_(\w+)\)/.exec(line);
    if (struct) macroOf.set(struct[1]!, struct[2]!);
  }
  const walk = (macro: string, prefix: string): string[] =>
    members
      .get(macro)!
      .flatMap(({ type, name }) =>
        type === 'Law' ? [`${prefix}${name}`] : walk(macroOf.get(type)!, `${prefix}${name}.`),
      );
  return walk('PHYSIOLOGY', '');
}

describe('the base', () => {
  it('has the numbers that the kernel reads, in its order', () => {
    expect([...base.keys()]).toEqual(fieldsOfKernel());
  });

  it('gives each number a unit, a meaning that is a sentence, and a source', () => {
    for (const [field, { unit, meaning, source }] of base) {
      expect(unit, field).not.toBe('');
      expect(meaning, field).toMatch(/^\S.*\.$/);
      expect(source, field).not.toBe('');
    }
  });

  it('keeps each law inside its allowed range', () => {
    for (const [field, number] of base) {
      const [low, high] = boundsOf(plainLaw(number.law, number));
      expect(low <= high, field).toBe(true);
      expect(low >= number.min && high <= number.max, field).toBe(true);
    }
  });
});

describe('the shipped classes', () => {
  it('are those of the class table', () => {
    expect(Object.keys(shippedNumbers).sort()).toEqual([...classNames].sort());
  });

  it.each(classNames)('%s has valid laws that agree', (name) => {
    for (const [field, law] of Object.entries(shippedNumbers[name as keyof typeof shippedNumbers])) {
      expect(checkLaw(field, law), field).toEqual({ law });
    }
    expect(checkTogether(resolveClass(name).numbers)).toBeUndefined();
  });
});

/** The beat in the middle of a class, with each feature that most of its records have. */
const beatOf = (name: string) => sketch(typicalDraw(resolveClass(name)), (chance) => chance >= 0.5);
const netMv = ({ min, max }: { min: number; max: number }) => min + max;

describe('the typical beat', () => {
  it('of sinus rhythm has P upright, R that grows from V1 to V5, S in V1 and V2, T upright', () => {
    const beat = beatOf('normal');
    for (const lead of ['I', 'II', 'V4', 'V5', 'V6']) expect(netMv(beat[lead]!.p), lead).toBeGreaterThan(0);
    expect(Math.abs(netMv(beat.V1!.p))).toBeLessThan(0.05);
    const rMv = ['V1', 'V2', 'V3', 'V4'].map((lead) => beat[lead]!.qrs.max);
    expect(rMv).toEqual([...rMv].sort((a, b) => a - b));
    expect(beat.V5!.qrs.max).toBeGreaterThan(1);
    for (const lead of ['V1', 'V2']) expect(-beat[lead]!.qrs.min).toBeGreaterThan(2 * beat[lead]!.qrs.max);
    for (const lead of ['I', 'II', 'V3', 'V4', 'V5', 'V6']) {
      expect(netMv(beat[lead]!.t), lead).toBeGreaterThan(0.08);
    }
    expect(beat.II!.qrs.max).toBeGreaterThan(0.8);
    expect(beat.II!.qrs.max).toBeLessThan(1.3);
  });

  it('of left bundle branch block is negative in V1, positive in I and V6, with a discordant T', () => {
    const beat = beatOf('clbbb');
    expect(beat.V1!.qrs.max).toBeLessThan(0.05);
    expect(netMv(beat.V1!.t)).toBeGreaterThan(0.3);
    for (const lead of ['I', 'V6']) {
      expect(beat[lead]!.qrs.min, lead).toBeGreaterThan(-0.05);
      expect(netMv(beat[lead]!.t), lead).toBeLessThan(0);
    }
  });

  it("of right bundle branch block has R' in V1, and S in I and V6", () => {
    const beat = beatOf('crbbb');
    expect(beat.V1!.qrs.max).toBeGreaterThan(0.5);
    expect(netMv(beat.V1!.t)).toBeLessThan(0);
    expect(beat.I!.qrs.min).toBeLessThan(-0.3);
    expect(beat.V6!.qrs.min).toBeLessThan(-0.3);
    expect(beatOf('irbbb').V1!.qrs.max).toBeLessThan(beat.V1!.qrs.max);
  });

  it('of left anterior fascicular block has a tall R in I, rS in II and aVF', () => {
    const { I, II } = beatOf('lafb');
    expect(I!.qrs.max).toBeGreaterThan(-2 * I!.qrs.min);
    expect(II!.qrs.max).toBeGreaterThan(0.1);
    expect(-II!.qrs.min).toBeGreaterThan(II!.qrs.max);
  });

  it('of hypertrophy fulfils Sokolow-Lyon, of low voltage stays below 0.5 mV in I and II', () => {
    const large = beatOf('lvh');
    expect(large.V5!.qrs.max - large.V1!.qrs.min).toBeGreaterThan(3.5);
    const small = beatOf('lvolt');
    for (const lead of ['I', 'II']) expect(small[lead]!.qrs.max - small[lead]!.qrs.min).toBeLessThan(0.5);
  });
});

describe('a thousand normal records', () => {
  /** mulberry32, seeded. */
  function randomOf(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let word = Math.imul(state ^ (state >>> 15), state | 1);
      word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
      return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  it('have R and T in lead II as adults do: medians of 0.9-1.1 mV and 0.2-0.32 mV, T negative in 5-20 %', () => {
    const random = randomOf(1);
    const one = resolveClass('normal');
    const beats = Array.from(
      { length: 1000 },
      () => sketch(randomDraw(one, random), (chance) => random() < chance).II!,
    );
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length / 2]!;
    const rMv = median(beats.map(({ qrs }) => qrs.max));
    const tMv = median(beats.map(({ t }) => netMv(t)));
    expect(rMv).toBeGreaterThan(0.9);
    expect(rMv).toBeLessThan(1.1);
    expect(tMv).toBeGreaterThan(0.2);
    expect(tMv).toBeLessThan(0.32);
    const negative = beats.filter(({ t }) => netMv(t) < 0).length;
    expect(negative).toBeGreaterThan(50);
    expect(negative).toBeLessThan(200);
  });
});
