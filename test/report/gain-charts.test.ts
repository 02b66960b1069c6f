// Gain charts state their numbers for a screen reader, accept unknown values, and have the same bytes each time.

import { describe, expect, it } from 'vitest';
import { differenceChart, gainChart } from '#lib/report/gain-charts.js';
import { lineChart } from '#lib/report/line-chart.js';

const steps = [
  { positives: 10, percent: 12, low: 5, high: 20, single: [10, 14] },
  { positives: null, percent: 3, low: -1, high: 6, single: [2, 4] },
];

describe('gainChart', () => {
  it('draws the line, the band and one dot per architecture', () => {
    const svg = gainChart('Gain', steps, { embedded: true });
    expect(svg).toContain(
      'aria-label="Gain: 10 positives 12.0 % (5.0 to 20.0); all positives 3.0 % (-1.0 to 6.0)"',
    );
    expect(svg).toContain('fill="var(--series-2)"');
    expect(svg).toContain('fill="var(--ink)"');
    expect(gainChart('Gain', steps, { embedded: true })).toBe(svg);
  });

  it('omits unknown values', () => {
    const svg = gainChart('Gain', [
      steps[0]!,
      { ...steps[1]!, percent: Number.NaN, low: Number.NaN, high: Number.NaN },
    ]);
    expect(svg).not.toContain('NaN');
    expect(gainChart('Gain', [{ ...steps[0]!, low: Number.NaN, high: Number.NaN }])).not.toContain('NaN');
  });
});

describe('a very wide interval', () => {
  it('does not stretch the axis', () => {
    const ends = (svg: string) =>
      [...svg.matchAll(/fill="#3d3b3a">([−+-]?[\d,.]+)</g)].map(([, text]) =>
        Number(text!.replace('−', '-').replaceAll(',', '')),
      );
    const wild = gainChart('Gain', [{ ...steps[0]!, low: -3000, high: 5000 }]);
    expect(Math.max(...ends(wild))).toBeLessThanOrEqual(100);
    const row = { name: 'gru', value: 0.2, low: -3.5, high: 5.3, sure: false };
    expect(ends(differenceChart('F1', 'difference', [row])).map(Math.abs)).toEqual([1, 0.5, 0, 0.5, 1]);
  });
});

describe('differenceChart', () => {
  it('has one row per name, even if there is nothing to draw', () => {
    const rows = [
      { name: 'gru', value: 0.07, low: 0.01, high: 0.12, sure: true },
      { name: 's4', value: Number.NaN, low: Number.NaN, high: Number.NaN, sure: false },
    ];
    const svg = differenceChart('F1', 'difference', rows);
    expect(svg).toContain('>gru<');
    expect(svg).toContain('>s4<');
    expect(svg).toContain('aria-label="F1: gru +0.07 (+0.01 to +0.12)"');
    expect(svg).not.toContain('NaN');
  });
});

describe('lineChart', () => {
  it('shows a line with one point as a dot', () => {
    const draw = (points: [number, number][]) =>
      lineChart('t', 'label', { name: 'x' }, { name: 'y' }, [
        { name: 'a', colour: 0, weight: 'strong', points },
      ]);
    expect(draw([[1, 2]])).not.toBe(draw([]));
    expect(draw([[1, 2]])).toContain('role="img" aria-label="label"');
  });
});
