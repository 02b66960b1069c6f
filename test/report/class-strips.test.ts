// How windows of data sets are drawn as strips: their lead, their scale and their length.

import { describe, expect, it } from 'vitest';
import { drawWindow } from '#lib/report/class-strips.js';
import type { EcgWindow, SignalUnit } from '#lib/signal/window.js';
import { traces } from '../helpers/traces.js';
import { windowOf } from '../helpers/windows.js';

describe('drawWindow', () => {
  const window = (unit: SignalUnit, change: (mv: number) => number, seconds = 10): EcgWindow =>
    windowOf({
      signal: Float32Array.from({ length: 100 * seconds }, (_, at) => change(at % 100 === 50 ? 1 : 0)),
      ...{ record: '7', classes: ['af'], unit },
    });
  /** Height of the trace on paper. */
  const heightMm = (svg: string) => {
    const y = traces(svg)[0]!.map(([, value]) => value);
    return Math.max(...y) - Math.min(...y);
  };

  it('draws 1 mV with a height of 10 mm and 1 s with a width of 25 mm', () => {
    const { svg, note } = drawWindow(
      window('mV', (mv) => mv),
      100,
    );
    expect(heightMm(svg)).toBeCloseTo(10, 1);
    const x = traces(svg)[0]!.map(([value]) => value);
    expect(Math.max(...x) - Math.min(...x)).toBeCloseTo(125, 0);
    expect(note).toBe('');
  });

  it.each(['arbitrary', 'sd'] as const)('states no millivolts of a window in the unit %s', (unit) => {
    const { svg, note } = drawWindow(
      window(unit, (mv) => mv),
      100,
    );
    expect(svg).toContain('5 mm/SD');
    expect(svg).not.toContain('10 mm/mV');
    expect(note).toContain('not millivolts');
    // One beat a second of one sample: an SD of sqrt(.01 - .0001).
    expect(heightMm(svg)).toBeCloseTo(5 / Math.sqrt(0.0099), 1);
  });

  it('believes the unit, not the numbers: a z-scored signal in mV is drawn in mV', () => {
    const { svg } = drawWindow(
      window('mV', (mv) => (mv - 0.01) / Math.sqrt(0.0099)),
      100,
    );
    expect(svg).toContain('10 mm/mV');
  });

  it('states what it leaves out', () => {
    expect(
      drawWindow(
        window('mV', (mv) => mv, 30),
        100,
      ).note,
    ).toBe(' The first 10 s of 30 s.');
  });

  it('draws lead II of several and names it', () => {
    const one = window('mV', (mv) => mv).signal;
    const signal = Float32Array.of(...one.map((mv) => 3 * mv), ...one);
    const { svg, note } = drawWindow(windowOf({ signal, leads: ['V1', 'MLII'] }), 100);
    expect(heightMm(svg)).toBeCloseTo(10, 1);
    expect(svg).toContain('lead MLII');
    expect(note).toBe(' Lead MLII of 2.');
  });
});
