// Long records: pieces equal the whole record, other sample types equal the rounded float32 samples, aborts take effect.

import { describe, expect, test } from 'vitest';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'] as const;
// Two whole pieces and one whose length is not a multiple of 32.
const long = { preset: 'paper', fsHz: 500, seconds: (2 * 262_144 + 1001) / 500, seed: 7 } as const;

function halfToNumber(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

describe('record', () => {
  for (const unit of ['zscore', 'mV'] as const) {
    for (const type of ['float32', 'float16', 'int16'] as const) {
      test(`its pieces equal the result of batch (${unit}, ${type})`, async () => {
        const synth = new Synthesizer({ ...long, unit, type });
        const whole = await synth.batch({ classes, start: 3, count: 1, annotations: true });
        const record = await synth.record({ classes, index: 3 });
        const pieces = [];
        for await (const piece of record.pieces()) pieces.push(piece);
        expect(pieces.map(({ length }) => length)).toEqual([262_144, 262_144, 1001]);
        const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece.buffer)));
        expect(bytes.equals(Buffer.from(whole.signals.buffer))).toBe(true);
        expect(record.ecgClass).toBe('pvc');
        expect(record.annotations).toEqual(whole.annotations!.record(0));
      });
    }
  }

  test('an abort takes effect between pieces', async () => {
    const synth = new Synthesizer({ ...long, seconds: 86_400 });
    const controller = new AbortController();
    const opened = synth.record({ classes, index: 0, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(opened).rejects.toThrow('enough');
  });
});

describe('sample types', () => {
  for (const unit of ['zscore', 'mV'] as const) {
    test(`int16 and float16 round the float32 samples (${unit})`, async () => {
      const options = { preset: 'paper', fsHz: 500, seconds: 9.998, seed: 7, unit } as const;
      const wide = await new Synthesizer(options).batch({ classes, count: 25 });
      const whole = await new Synthesizer({ ...options, type: 'int16' }).batch({ classes, count: 25 });
      const half = await new Synthesizer({ ...options, type: 'float16' }).batch({ classes, count: 25 });
      expect(whole.signals).toBeInstanceOf(Int16Array);
      expect(half.signals).toBeInstanceOf(Uint16Array);
      let worst = 0;
      let worstHalf = 0;
      for (const [i, x] of wide.signals.entries()) {
        worst = Math.max(worst, Math.abs(whole.signals[i]! - x * 1000));
        const step = 2 ** (Math.floor(Math.log2(Math.max(Math.abs(x), 2 ** -14))) - 10);
        worstHalf = Math.max(worstHalf, Math.abs(halfToNumber(half.signals[i]!) - x) / step);
      }
      expect(worst).toBeGreaterThan(0.4);
      expect(worst).toBeLessThan(0.502);
      expect(worstHalf).toBeGreaterThan(0.4);
      expect(worstHalf).toBeLessThan(0.501);
    });
  }

  test('an array of another type is rejected with both type names', async () => {
    const synth = new Synthesizer({
      preset: 'paper',
      fsHz: 500,
      seconds: 1,
      seed: 7,
      type: 'int16',
      unit: 'zscore',
    });
    const out = new Float32Array(500) as unknown as Int16Array;
    await expect(synth.batch({ classes, count: 1, out })).rejects.toMatchObject({
      code: 'ERR_RANGE',
      message: 'out must be a Int16Array for samples of type int16, got a Float32Array',
    });
  });
});
