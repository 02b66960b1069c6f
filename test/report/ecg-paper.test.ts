// Checks the drawing by its millimetres: 25 mm/s, 10 mm/mV, and marks at the samples that they describe.

import { describe, expect, it } from 'vitest';
import { clippedOnPaper, ecgPaper, type PaperStrip } from '#lib/report/ecg-paper.js';
import { marksFromAnnotations } from '#lib/report/marks.js';
import { svgToPng } from '#lib/report/png.js';
import { strokeText, strokeTextWidth } from '#lib/report/strokes.js';
import { traces } from '../helpers/traces.js';

const fsHz = 500;
const originMm = 15; // margin 5 + space of the calibration pulse 10

function strip(seconds: number, changes: Partial<PaperStrip> = {}): PaperStrip {
  const signal = new Float32Array(seconds * fsHz);
  for (let second = 1; second < seconds; second += 2) signal[second * fsHz] = 1;
  return { title: 'spikes', lead: 'II', fsHz, unit: 'mV', signal, ...changes };
}

/** Checks that tags are balanced and attributes are closed, which is enough to detect a broken drawing. */
function expectWellFormed(svg: string) {
  const open: string[] = [];
  for (const [, close, name, rest] of svg.matchAll(/<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*\s*\/?)>/g)) {
    if (close) expect(open.pop()).toBe(name);
    else if (!rest!.endsWith('/')) open.push(name!);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]/);
}

describe('ecgPaper', () => {
  it('draws one second as 25 mm and one millivolt as 10 mm', () => {
    const [points] = traces(ecgPaper(strip(10)));
    const zeroMm = points![0]![1];
    for (const second of [1, 3, 5, 7, 9]) {
      const peak = points!.find(([x]) => x === originMm + second * 25);
      expect(peak?.[1]).toBe(zeroMm - 10);
    }
  });

  it('states its true size in millimetres and starts a new row every ten seconds', () => {
    const ten = /width="([\d.]+)mm" height="([\d.]+)mm" viewBox="0 0 \1 \2"/.exec(ecgPaper(strip(10)));
    expect(Number(ten?.[1])).toBe(5 + 10 + 250 + 5);
    const svg = ecgPaper(strip(25));
    expect(traces(svg)).toHaveLength(3);
    const third = traces(svg)[2]!;
    expect(third.at(-1)![0]).toBeCloseTo(originMm + 5 * 25, 0);
    expectWellFormed(svg);
  });

  it('leaves room for the title above a short record', () => {
    const svg = ecgPaper(strip(1, { fsHz: 5000, signal: new Float32Array(5000) }));
    expect(Number(/width="([\d.]+)mm"/.exec(svg)![1])).toBe(145);
    expect(svg).toContain(strokeText('spikes   II', 5, 6.9, 2.8));
  });

  it('states that it cuts off a trace, at 60 mm from the median', () => {
    const heightOf = (svg: string) => Number(/height="([\d.]+)mm"/.exec(svg)![1]);
    const spike = (mv: number) => {
      const signal = new Float32Array(5000);
      signal[2500] = mv;
      return strip(10, { signal });
    };
    expect(clippedOnPaper(spike(5.9))).toBeUndefined();
    expect(clippedOnPaper(spike(-7))).toBe(
      'II: the paper cuts off the trace at 6 mV from its median; it reaches 7 mV, so check its gain',
    );
    expect(heightOf(ecgPaper(spike(7))) - heightOf(ecgPaper(spike(5.9)))).toBe(2);
    for (const mv of [-7, 7]) {
      const ys = traces(ecgPaper(spike(mv)))[0]!.map(([, y]) => y);
      expect(Math.max(...ys) - Math.min(...ys)).toBeCloseTo(60, 1);
    }
  });

  it('draws a calibration pulse 1 mV high and 5 mm wide', () => {
    expect(ecgPaper(strip(10))).toMatch(/class="calibration" d="M[\d. ]+h1.5v-10h5v10h1.5"/);
  });

  it('draws z-scores at 5 mm/SD and states it', () => {
    const svg = ecgPaper(strip(10, { unit: 'zscore' }));
    expect(svg).toContain('5 mm/SD (z-scored)');
    const [points] = traces(svg);
    expect(Math.min(...points!.map(([, y]) => y))).toBe(points![0]![1] - 5);
  });

  it('draws a wave from its onset to its offset', () => {
    const waves = [{ kind: 'QRS' as const, onsetS: 0.96, peakS: 1, offsetS: 1.04 }];
    const svg = ecgPaper(strip(10, { marks: { waves, beats: [{ timeS: 1, type: 'V' }], rhythms: [] } }));
    const rect = /class="wave QRS" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(svg);
    expect(Number(rect?.[1])).toBeCloseTo(originMm + 24, 2);
    expect(Number(rect?.[2])).toBeCloseTo(2, 2);
  });

  it('leaves a gap at missing samples, and keeps peaks when it omits samples', () => {
    const gapped = strip(10);
    gapped.signal.fill(Number.NaN, 1000, 1200);
    const svg = ecgPaper(gapped);
    const path = /class="trace"[^>]* d="([^"]*)"/.exec(svg)![1]!;
    expect(path.match(/M/g)).toHaveLength(2);
    const dense = new Float32Array(40_000);
    dense[20_001] = 2;
    const [points] = traces(ecgPaper(strip(10, { fsHz: 4000, signal: dense })));
    expect(points!.length).toBeLessThan(6000);
    expect(Math.min(...points!.map(([, y]) => y))).toBe(points![0]![1] - 20);
  });

  it('omits only points that are within a sixth of the width of the line', () => {
    const wave = Float32Array.from(
      { length: 5000 },
      (_, at) => Math.sin(at / 400) + 0.002 * Math.sin(at * 7),
    );
    const [points] = traces(ecgPaper(strip(10, { signal: wave })));
    expect(points!.length).toBeLessThan(2500);
    const zeroMm = points![0]![1] + 10 * wave[0]!;
    let next = 1;
    for (const [at, value] of wave.entries()) {
      const x = originMm + at / 20;
      while (points![next]![0] < x && next < points!.length - 1) next++;
      const [[x0, y0], [x1, y1]] = [points![next - 1]!, points![next]!];
      expect(Math.abs(y0 + ((x - x0) / (x1 - x0)) * (y1 - y0) - (zeroMm - 10 * value))).toBeLessThan(0.08);
    }
  });

  it('escapes the name of a record', () => {
    const svg = ecgPaper(strip(10, { title: '<b>&"x"' }));
    expect(svg).toContain('aria-label="&lt;b&gt;&amp;&quot;x&quot;');
    expectWellFormed(svg);
  });

  it('rejects a signal without finite samples', () => {
    const signal = new Float32Array(10).fill(Number.NaN);
    expect(() => ecgPaper(strip(1, { signal }))).toThrowError(
      expect.objectContaining({ code: 'ERR_SIGNAL', message: expect.stringContaining('finite') }),
    );
  });

  it('becomes a PNG with the requested resolution', () => {
    const png = Buffer.from(svgToPng(ecgPaper(strip(10)), 4));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(270 * 4);
  });
});

describe('strokeText', () => {
  it('draws printable ASCII, and accented letters without their accent', () => {
    const unknown = strokeText('\u4e2d', 0, 0, 6);
    for (let code = 33; code < 127; code++) {
      const character = String.fromCharCode(code);
      if ('$\\^`{}~'.includes(character)) continue;
      expect(strokeText(character, 0, 0, 6), character).not.toBe(unknown);
    }
    expect(strokeText('é', 0, 0, 6)).toBe(strokeText('e', 0, 0, 6));
  });

  it('anchors text at its end', () => {
    const xs = [...strokeText('HH', 50, 0, 3, 'end').matchAll(/[ML]([-.\d]+) /g)].map((m) => Number(m[1]));
    expect(Math.max(...xs)).toBeCloseTo(50, 2);
    expect(Math.min(...xs)).toBeCloseTo(50 - strokeTextWidth('HH', 3), 2);
  });
});

describe('marksFromAnnotations', () => {
  const note = (sample: number, symbol: string, aux = '') => ({
    sample,
    symbol,
    aux,
    subtype: 0,
    channel: 0,
    number: 0,
  });

  it('reads waves, beats and the rhythm that is active at the start', () => {
    const annotations = [
      note(0, '+', '(N'),
      note(400, '+', '(AFIB'),
      note(590, '('),
      note(600, 'p'),
      note(610, ')'),
      note(640, '('),
      note(650, 'V'),
      note(660, ')'),
    ];
    const marks = marksFromAnnotations(annotations, 500, 1, 2);
    expect(marks.rhythms).toEqual([{ startS: 0, label: 'Atrial fibrillation' }]);
    expect(marks.beats).toEqual([{ timeS: expect.closeTo(0.3), type: 'V' }]);
    expect(marks.waves.map(({ kind }) => kind)).toEqual(['P', 'QRS']);
    expect(marks.waves[1]).toMatchObject({ onsetS: expect.closeTo(0.28), offsetS: expect.closeTo(0.32) });
  });

  it('finds no waves in a file that holds only beats', () => {
    const marks = marksFromAnnotations([note(100, 'N'), note(500, '~'), note(600, 'L')], 500, 0, 10);
    expect(marks.waves).toEqual([]);
    expect(marks.beats.map(({ type }) => type)).toEqual(['N', 'L']);
  });
});
