// The spec: the presets are valid, `paper` equals Table A.1, and an invalid spec is rejected with its path and value.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PqrstError } from '#lib/base/errors.js';
import { parseModelSpec, presetNames, presets, resolvePreset } from '#lib/synth/presets.js';
import { packSpec, parseSpec, type SynthSpec, specPaths, synthSpecSchema } from '#lib/synth/spec.js';

const errorOf = (action: () => unknown): PqrstError => {
  try {
    action();
  } catch (error) {
    if (error instanceof PqrstError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

/** Returns the preset with one number replaced. */
function altered(path: string, value: unknown): SynthSpec {
  const spec = structuredClone(presets.paper);
  const keys = path.split('.');
  let node = spec as unknown as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) node = node[key] as Record<string, unknown>;
  const last = keys.at(-1)!;
  if (value === undefined) delete node[last];
  else node[last] = value;
  return spec;
}

describe('presets', () => {
  it('all pass the schema', () => {
    for (const name of presetNames) expect(parseModelSpec(presets[name])).toEqual(presets[name]);
  });

  it('paper is Table A.1, with Q and S downward and relative shifts whose bases add up to the table', () => {
    const { p, q, r, s, t } = presets.paper.waves;
    const flat = [p, q, r, s, t].map(({ amplitudeMv, width }) => [
      ...Object.values(amplitudeMv),
      ...Object.values(width),
    ]);
    expect(flat).toEqual([
      [0.3, 0.2, 0.1, 0.03, 0.02, 0.005],
      [-0.1, 0.15, 0.016, 0.05, 0.05, 0.0125],
      [1.5, 0.75, 0.25, 0.0075, 0.01, 0.00187],
      [-0.5, 0.7, 0.05, 0.04, 0.04, 0.01],
      [0.45, 0.5, 0.07, 0.03, 0.03, 0.0075],
    ]);
    const links = [p, q, r, s, t].map(({ shift }) => shift);
    expect(links.map((link) => link.recordingSd)).toEqual([0.15, 0.1, 0.02, 0.05, 0.06]);
    expect(links.map((link) => link.beatSd)).toEqual([0.02, 0.01, 0.0045, 0.015, 0.015]);
    const [toP, toQ, toR, toS, toT] = links.map((link) => link.base) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const atQ = toP + toQ;
    const absolute = [toP, atQ, atQ + toR, atQ + toS, atQ + toS + toT];
    const table = [0.2, 0.3, 0.345, 0.44, 0.59];
    for (const [k, shift] of absolute.entries()) expect(shift).toBeCloseTo(table[k]!, 12);
    expect(presets.paper.beat.lengthS).toEqual({ base: 0.8, recordingSd: 0.25, beatSd: 0.1 });
    expect(presets.paper.stretch).toEqual({ p: 1, qrs: 1, t: 1 });
  });

  it('have the same fields', () => {
    expect(specPaths(presets.clinical)).toEqual(specPaths(presets.paper));
  });

  it('equal the presets in the native test', () => {
    for (const name of ['paper', 'clinical'] as const) {
      const file = new URL(`../../native/test/preset_${name}.inc`, import.meta.url);
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      const fields = lines.map((line) => line.split('// ')[1]!);
      expect([...fields].sort()).toEqual(specPaths(presets[name]).sort());
      expect([...packSpec(presets[name], fields)]).toEqual(lines.map((line) => Number(line.split(',')[0])));
    }
  });

  it('have the limits that the kernel checks and from which its test draws random specs', () => {
    type Schema = { properties?: Record<string, Schema>; minimum?: number; maximum?: number; type?: string };
    const schema = z.toJSONSchema(synthSpecSchema) as Schema;
    const file = new URL('../../native/ranges.inc', import.meta.url);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => line.split('// ')[1]).sort()).toEqual(specPaths(presets.paper).sort());
    for (const line of lines) {
      const [limits, field] = line.split(',  // ') as [string, string];
      let leaf: Schema | undefined = schema;
      for (const key of field.split('.')) leaf = leaf?.properties?.[key];
      expect(limits, field).toBe(`{${leaf?.minimum}, ${leaf?.maximum}, ${leaf?.type === 'integer'}}`);
    }
  });
});

describe('resolvePreset', () => {
  it('knows its names and suggests the nearest', () => {
    expect(resolvePreset('paper')).toBe(presets.paper);
    const error = errorOf(() => resolvePreset('papper'));
    expect(error.code).toBe('ERR_UNKNOWN_PRESET');
    expect(error.message).toContain('did you mean "paper"');
    expect(errorOf(() => resolvePreset('toString')).code).toBe('ERR_UNKNOWN_PRESET');
  });

  it('accepts a custom spec', () => {
    const own = altered('noiseMv', { min: 0, max: 0 });
    expect(resolvePreset(own)).toMatchObject({ noiseMv: { min: 0, max: 0 } });
  });
});

describe('a bad spec', () => {
  it.each([
    ['waves.p.amplitudeMv.recordingSd', -0.1, 'waves.p.amplitudeMv.recordingSd is -0.1'],
    ['waves.t.width.base', Number.NaN, 'waves.t.width.base is NaN'],
    ['beat.lengthS.base', Number.POSITIVE_INFINITY, 'beat.lengthS.base is Infinity'],
    ['beat.floorS', 'soon', 'beat.floorS is "soon"'],
    ['widthFloor', 0, 'widthFloor is 0'],
    ['noiseMv', { min: 0.2, max: 0.1 }, 'min must not be above max'],
    ['pvc.patterns.isolated.weight', 0.9, 'must sum to 1'],
    ['pvc.patterns.couplet.run', 1.5, 'pvc.patterns.couplet.run is 1.5'],
    ['aflt.conduction.share2', 1, 'share2, share3 and share4 must sum to 1'],
    ['wpw.pqS.max', 0.2, 'wpw.pqS.max is 0.2'],
    ['thresholdMv', undefined, 'thresholdMv is missing'],
    ['colour', 1, 'colour'],
  ])('%s = %s is rejected with path and value', (path, value, words) => {
    const error = errorOf(() => parseSpec(altered(path, value)));
    expect(error.code).toBe('ERR_SPEC');
    expect(error.message).toContain(words);
    expect(error.isUsage).toBe(true);
  });

  it('is rejected if it is not an object', () => {
    expect(errorOf(() => parseSpec(null)).message).toContain('the spec is null');
  });
});

describe('packSpec', () => {
  it('follows the given order and rejects a missing field', () => {
    expect([...packSpec(presets.paper, ['thresholdMv', 'waves.p.shift.base'])]).toEqual([0.02, 0.2]);
    const error = errorOf(() => packSpec(presets.paper, ['waves.u.shift.base']));
    expect(error.code).toBe('ERR_SPEC');
    expect(error.message).toContain('waves.u.shift.base is missing');
  });
});
