// Checks the page of twelve leads by its millimetres: the place of each lead, the scale, and the marks of the strip.

import { describe, expect, it } from 'vitest';
import { svgToPng } from '#lib/report/png.js';
import { clippedOnPage, type TwelveLeadRecord, twelveLeadPage } from '#lib/report/twelve-lead-page.js';
import { twelveLeads } from '#lib/signal/leads.js';
import { traces } from '../helpers/traces.js';

const fsHz = 500;
const originMm = 15; // margin 5 + space of the calibration pulse 10

/** Each lead has one spike per second, 0.1 mV higher in each lead: 0.5 mV in I, 1.6 mV in V6. */
function record(changes: Partial<TwelveLeadRecord> = {}, seconds = 10): TwelveLeadRecord {
  const signals = twelveLeads.map((_, lead) => {
    const signal = new Float32Array(seconds * fsHz);
    for (let second = 0; second < seconds; second++) signal[(second + 0.6) * fsHz] = 0.5 + 0.1 * lead;
    return signal;
  });
  return { title: 'spikes', fsHz, unit: 'mV', leads: twelveLeads, signals, ...changes };
}

/** Returns the height of the highest point above the first one, in mm. */
function heightOf(trace: readonly (readonly [number, number])[]): number {
  return Number((trace[0]![1] - Math.min(...trace.map(([, y]) => y))).toFixed(2));
}

describe('twelveLeadPage', () => {
  it('states which leads it cuts off', () => {
    const tall = record({}, 10);
    expect(clippedOnPage(tall)).toBeUndefined();
    for (const lead of ['V2', 'V5'])
      tall.signals[twelveLeads.indexOf(lead)]!.fill(9, 3200, 3250).fill(9, 4200, 4250);
    expect(clippedOnPage(tall)).toBe(
      'V2, V5: the paper cuts off the trace at 6 mV from its median; it reaches 9 mV, so check its gain',
    );
    const heightMm = (one: TwelveLeadRecord) => Number(/height="([\d.]+)mm"/.exec(twelveLeadPage(one))![1]);
    expect(heightMm(tall) % 5).toBe(2);
    expect(heightMm(record()) % 5).toBe(0);
  });

  it('draws 3 x 4 leads of 2.5 s, one after another, and 10 s of lead II', () => {
    const drawn = traces(twelveLeadPage(record()));
    const order = ['I', 'aVR', 'V1', 'V4', 'II', 'aVL', 'V2', 'V5', 'III', 'aVF', 'V3', 'V6', 'II'];
    expect(drawn).toHaveLength(13);
    for (const [at, lead] of order.entries()) {
      expect(heightOf(drawn[at]!)).toBeCloseTo(10 * (0.5 + 0.1 * twelveLeads.indexOf(lead)), 1);
      const xs = drawn[at]!.map(([x]) => x);
      const startMm = originMm + (at === 12 ? 0 : (at % 4) * 62.5);
      expect(xs[0]).toBeCloseTo(startMm, 1);
      expect(xs.at(-1)).toBeCloseTo(startMm + (at === 12 ? 250 : 62.5), 0);
    }
    // The second column starts at 2.5 s, so its first spike is the one at 2.6 s.
    const highest = drawn[1]!.reduce((best, point) => (point[1] < best[1] ? point : best));
    expect(highest[0]).toBeCloseTo(originMm + 2.6 * 25, 1);
    const rowsMm = [0, 4, 8, 12].map((at) => drawn[at]![0]![1]);
    expect(rowsMm).toEqual([...rowsMm].sort((a, b) => a - b));
    expect(new Set([0, 1, 2, 3].map((at) => drawn[at]![0]![1])).size).toBe(1);
  });

  it('has the width of ten seconds at 25 mm/s, and a calibration pulse of 1 mV in each row', () => {
    const svg = twelveLeadPage(record());
    expect(/width="([\d.]+)mm"/.exec(svg)?.[1]).toBe('270');
    expect([...svg.matchAll(/class="calibration" d="M[\d. ]+h1.5v-10h5v10h1.5"/g)]).toHaveLength(4);
    expect(Buffer.from(svgToPng(svg)).subarray(1, 4).toString()).toBe('PNG');
    expect(twelveLeadPage(record({ unit: 'sd' }))).toMatch(/class="calibration" d="M[\d. ]+h1.5v-5h5v5h1.5"/);
  });

  it('takes the leads in any order and spelling, and leaves others out', () => {
    const { leads, signals } = record();
    const shuffled = record({
      leads: ['VX', ...leads.map((lead) => (lead === 'II' ? 'MLII' : lead.toUpperCase())).toReversed()],
      signals: [new Float32Array(5000).fill(9), ...signals.toReversed()],
    });
    expect(traces(twelveLeadPage(shuffled))).toEqual(traces(twelveLeadPage(record())));
  });

  it('leaves the columns after the end of a short record empty, and draws ten seconds of a long one', () => {
    const short = traces(twelveLeadPage(record({}, 4)));
    expect(short.slice(0, 4).map((trace) => trace.length > 0)).toEqual([true, true, false, false]);
    expect(short[12]!.at(-1)![0]).toBeCloseTo(originMm + 100, 0);
    const long = traces(twelveLeadPage(record({}, 12)));
    expect(Math.max(...long.flat().map(([x]) => x))).toBe(originMm + 250);
  });

  it('keeps every trace between its neighbours', () => {
    const tall = record();
    tall.signals[6]!.fill(9, 3000, 3010);
    tall.signals[7]!.fill(-9, 3000, 3010);
    const drawn = traces(twelveLeadPage(tall));
    const span = (from: number) => drawn.slice(from, from + 4).flatMap((trace) => trace.map(([, y]) => y));
    expect(Math.max(...span(0))).toBeLessThan(Math.min(...span(4)));
    expect(Math.max(...span(4))).toBeLessThan(Math.min(...span(8)));
    expect(Math.max(...span(8))).toBeLessThan(Math.min(...drawn[12]!.map(([, y]) => y)));
  });

  it('marks beats, waves and rhythms beside the strip', () => {
    const marks = {
      beats: [{ timeS: 1, type: 'V' }],
      waves: [{ kind: 'QRS' as const, onsetS: 0.95, peakS: 1, offsetS: 1.05 }],
      rhythms: [{ startS: 0, label: 'Sinus rhythm' }],
    };
    const svg = twelveLeadPage(record({ marks }));
    expect(svg.match(/class="wave QRS" x="([\d.]+)"/)?.[1]).toBe(
      String(originMm + 0.95 * 25 + 0.0).slice(0, 5),
    );
    expect(svg.match(/class="wave/g)).toHaveLength(1);
  });

  it('refuses a record without one of the leads or without samples', () => {
    const { leads, signals } = record();
    expect(() =>
      twelveLeadPage(record({ leads: leads.slice(0, 11), signals: signals.slice(0, 11) })),
    ).toThrow(/^spikes lacks V6; it has I, II, .*V5\. A page needs the twelve standard leads/);
    const empty = signals.map((signal, at) => (at === 6 ? new Float32Array(5000).fill(Number.NaN) : signal));
    expect(() => twelveLeadPage(record({ signals: empty }))).toThrow(
      /^lead V1 of spikes has too few finite samples to draw \(5000 samples in total\)/,
    );
  });
});
