import { describe, expect, it } from 'vitest';
import { standardize } from '#lib/signal/standardize.js';

const ramp = (length: number) => Float32Array.from({ length }, (_, at) => at + 1);

describe('standardize', () => {
  it('gives mean 0 and population SD 1', () => {
    const out = new Float32Array(4);
    standardize(Float32Array.of(1, 2, 3, 4), out, 'w');
    const sd = Math.sqrt(1.25);
    expect([...out]).toEqual([-1.5, -0.5, 0.5, 1.5].map((x) => Math.fround(x / sd)));
  });

  it('refuses a flat window and a window with a missing sample, and names the window', () => {
    const out = new Float32Array(10);
    expect(() => standardize(new Float32Array(10).fill(0.1), out, 'record 100 at 20 s')).toThrow(
      expect.objectContaining({
        code: 'ERR_SIGNAL',
        message: expect.stringMatching(/record 100 at 20 s is flat/),
      }),
    );
    const gap = ramp(10);
    gap[0] = Number.NaN;
    expect(() => standardize(gap, out, 'w')).toThrow(expect.objectContaining({ code: 'ERR_SIGNAL' }));
  });
});
