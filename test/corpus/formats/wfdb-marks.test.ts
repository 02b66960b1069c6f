// Compares the marks that are formatted from flat beats with those that are formatted from objects.

import { describe, expect, it } from 'vitest';
import { formatAnnotations, parseAnnotations } from '#lib/codecs/wfdb/annotations.js';
import { formatMarks } from '#lib/corpus/formats/wfdb/marks.js';
import { ecgClasses } from '#lib/signal/classes.js';
import {
  BatchAnnotations,
  paperRhythms,
  rhythmsOf,
  soleRhythms,
  toWfdbAnnotations,
} from '#lib/synth/annotations.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

describe('formatMarks', () => {
  it.each([
    [50, 0.02, 'paper'],
    [50, 4, 'paper'],
    [360, 6, 'clinical'],
    [500, 1, 'paper'],
    [4000, 5, 'paper'],
  ])('writes the bytes of formatAnnotations at %i Hz, %d s, %s', async (fsHz, seconds, preset) => {
    const synthesizer = new Synthesizer({ preset, fsHz, seconds, seed: fsHz, unit: 'zscore' });
    const { lengthSamples } = synthesizer;
    const { annotations } = await synthesizer.batch({ classes: ecgClasses, count: 200, annotations: true });
    for (let k = 0; k < 200; k++) {
      const flat = formatMarks(annotations!.beats, k, { rhythms: paperRhythms, fsHz, lengthSamples });
      const marks = toWfdbAnnotations(annotations!.record(k), fsHz);
      expect(Buffer.compare(flat, formatAnnotations(marks))).toBe(0);
    }
  });

  it('writes each change of the rhythm before the marks at its sample, and every type of beat', () => {
    const types = 'NLRAaJVFEj/';
    const fiducialsS = Float64Array.from({ length: 9 * types.length }, (_, at) => {
      const isQrs = at % 9 >= 3 && at % 9 < 6;
      return isQrs ? Math.floor(at / 9) + 0.5 + 0.1 * ((at % 9) - 4) : Number.NaN;
    });
    const beats = {
      offsets: Uint32Array.of(0, types.length, types.length),
      types: Uint8Array.from(types, (type) => type.charCodeAt(0)),
      fiducialsS,
      rhythmOffsets: Uint32Array.of(0, 4, 5),
      // At the onset of a QRS, between beats, after the last beat, and in a record without beats.
      rhythmTimesS: Float64Array.of(0, 3.4, 5.2, 11.9, 0),
      rhythmClasses: Uint8Array.of(0, 1, 0, 2, 1),
    };
    const scale = { rhythms: paperRhythms, fsHz: 100, lengthSamples: 1200 };
    const annotations = new BatchAnnotations(beats, scale);
    for (const k of [0, 1]) {
      const marks = toWfdbAnnotations(annotations.record(k), 100);
      expect(Buffer.compare(formatMarks(beats, k, scale), formatAnnotations(marks))).toBe(0);
    }
    const { annotations: read } = parseAnnotations(formatMarks(beats, 0, scale), 'r.atr');
    const at = read.flatMap(({ sample, symbol, aux }) => (symbol === '+' ? [[sample, aux]] : []));
    expect(at).toEqual([
      [0, '(N'],
      [340, '(AFIB'],
      [520, '(N'],
      [1190, '(AFL'],
    ]);
    expect(read[read.findIndex(({ aux }) => aux === '(AFIB') + 1]).toMatchObject({
      sample: 340,
      symbol: '(',
    });
    expect(read.filter(({ symbol }) => types.includes(symbol)).map(({ symbol }) => symbol)).toEqual([
      ...types,
    ]);
    expect(annotations.record(0).beats.map(({ type }) => type)).toEqual([...types]);
    expect(rhythmsOf({ ...beats, ...soleRhythms(Uint8Array.of(1, 4)) }, 1, scale)).toEqual([
      { ecgClass: 'wpw', rhythm: '(PREX', timeS: 0, sample: 0 },
    ]);
  });
});
