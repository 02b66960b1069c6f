// Beats and waves of records with known truth: synthetic records of the simulator, and signals made here.

import { describe, expect, it } from 'vitest';
import { type Delineation, delineate, delineatedBeats } from '../../src/delineate/delineate.js';
import type { BeatAnnotation } from '../../src/signal/beats.js';
import { resample } from '../../src/signal/resample.js';
import type { PhysiologySpec } from '../../src/synth/physiology/spec.js';
import { presets } from '../../src/synth/presets.js';
import { Synthesizer } from '../../src/synth/synthesizer.js';

const fsHz = 500;
const length = 5000;

/** A sum of Gaussians: beats every `rrS`, each with P, Q, R, S and T. Returns the signal and the times of R. */
function train({ rrS = 0.8, p = 0.12, seconds = 10, shiftS = 0 } = {}): {
  signal: Float32Array;
  rS: number[];
} {
  const waves = [
    { mv: p, atS: -0.16, sigmaS: 0.02 },
    { mv: -0.1, atS: -0.025, sigmaS: 0.007 },
    { mv: 1, atS: 0, sigmaS: 0.01 },
    { mv: -0.2, atS: 0.028, sigmaS: 0.008 },
    { mv: 0.3, atS: 0.26, sigmaS: 0.04 },
  ];
  const rS: number[] = [];
  for (let at = 0.5 + shiftS; at < seconds - 0.4; at += rrS) rS.push(at);
  const signal = Float32Array.from({ length: seconds * fsHz }, (_, n) =>
    rS.reduce(
      (sum, r) =>
        sum +
        waves.reduce((mv, w) => mv + w.mv * Math.exp(-0.5 * ((n / fsHz - r - w.atS) / w.sigmaS) ** 2), 0),
      0,
    ),
  );
  return { signal, rS };
}

const peaksOf = ({ count, fiducialsS }: Delineation, wave: number) =>
  Array.from({ length: count }, (_, k) => fiducialsS[9 * k + 3 * wave + 1]!);

function noise(seed: number, size: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return size * (state / 2 ** 31 - 1);
  });
}

/** Mean errors in ms of onset, peak and offset of P, QRS and T, and the numbers of waves, found and missed beats. */
function errorsOf(spec: PhysiologySpec, count: number) {
  const synthesizer = new Synthesizer({ preset: spec, fsHz, seconds: 10, seed: 21, unit: 'mV' });
  return synthesizer
    .batch({ classes: ['normal'], count, annotations: true })
    .then(({ signals, annotations }) => {
      const errors: number[][] = Array.from({ length: 9 }, () => []);
      let [beats, found] = [0, 0];
      for (let k = 0; k < count; k++) {
        const truth = annotations.record(k).beats.filter(({ timeS }) => timeS > 0.5 && timeS < 9.3);
        const marks = delineatedBeats(delineate(signals.subarray(length * k, length * (k + 1)), { fsHz }));
        beats += truth.length;
        for (const beat of truth) {
          const near = marks.find(({ timeS }) => Math.abs(timeS - beat.timeS) < 0.075);
          if (near === undefined) continue;
          found++;
          collect(errors, beat, near);
        }
      }
      const means = errors.map((all) => all.reduce((sum, one) => sum + one, 0) / all.length);
      return { means, share: found / beats, waves: errors.map((all) => all.length) };
    });
}

function collect(errors: number[][], truth: BeatAnnotation, mark: BeatAnnotation): void {
  for (const [w, wave] of (['p', 'qrs', 't'] as const).entries()) {
    const [one, other] = [truth[wave], mark[wave]];
    if (one === null || other === null) continue;
    if (Math.abs(one.peakS - other.peakS) > 0.075) continue;
    for (const [n, part] of (['onsetS', 'peakS', 'offsetS'] as const).entries()) {
      const error = 1000 * (other[part] - one[part]);
      if (!Number.isNaN(error)) errors[3 * w + n]!.push(error);
    }
  }
}

describe('delineate', () => {
  it('finds every beat and the peaks of its waves to 2 ms', () => {
    const { signal, rS } = train();
    const found = delineate(signal, { fsHz });
    expect(found.count).toBe(rS.length);
    for (const [wave, offsetS] of [-0.16, 0, 0.26].entries()) {
      for (const [k, peak] of peaksOf(found, wave).entries())
        expect(Math.abs(peak - rS[k]! - offsetS)).toBeLessThan(0.002);
    }
    for (const value of found.quality) expect(value).toBeGreaterThan(0.9);
  });

  it('keeps onset, peak and offset in order, and P before QRS before T', () => {
    const { fiducialsS, count } = delineate(train().signal, { fsHz });
    for (let k = 0; k < count; k++) {
      const times = [...fiducialsS.subarray(9 * k, 9 * k + 9)];
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  it.each([100, 250, 360, 1000])('finds the same times at %d Hz', (rate) => {
    const { signal, rS } = train();
    const found = delineate(resample(signal, fsHz, rate), { fsHz: rate });
    expect(found.count).toBe(rS.length);
    for (const [k, peak] of peaksOf(found, 1).entries()) expect(Math.abs(peak - rS[k]!)).toBeLessThan(0.004);
  });

  it('does not depend on the scale, the level or the sign of a lead', () => {
    const { signal } = train();
    const one = delineate(signal, { fsHz }).fiducialsS;
    for (const [gain, level] of [
      [1000, 0],
      [1e-3, 0],
      [-1, 0],
      [1, 4],
    ] as const) {
      const other = delineate(
        signal.map((mv) => gain * mv + level),
        { fsHz },
      ).fiducialsS;
      expect(other.length).toBe(one.length);
      for (const [n, time] of one.entries()) expect(Math.abs(other[n]! - time)).toBeLessThan(0.004);
    }
  });

  it('marks no P wave where the record has none', () => {
    const found = delineate(train({ p: 0 }).signal, { fsHz });
    expect(found.count).toBeGreaterThan(8);
    for (const peak of peaksOf(found, 0)) expect(peak).toBeNaN();
    expect(delineatedBeats(found).every(({ p }) => p === null)).toBe(true);
  });

  it('marks at most a fifth of the P waves in atrial fibrillation', async () => {
    const synthesizer = new Synthesizer({ preset: 'physiological', fsHz, seconds: 10, seed: 3, unit: 'mV' });
    const { signals } = await synthesizer.batch({ classes: ['af'], count: 40 });
    let [beats, marked] = [0, 0];
    for (let k = 0; k < 40; k++) {
      const found = delineate(signals.subarray(length * k, length * (k + 1)), { fsHz });
      beats += found.count;
      marked += peaksOf(found, 0).filter((peak) => !Number.isNaN(peak)).length;
    }
    expect(beats).toBeGreaterThan(400);
    expect(marked / beats).toBeLessThan(0.2);
  });

  it('has a small bias on records with exact truth', async () => {
    const quiet = structuredClone(presets.physiological);
    const base = quiet.base as Record<string, unknown>;
    for (const name of Object.keys(base)) {
      if (/^faults\..*(OfR|Chance|PerMinute)$/.test(name) && name !== 'faults.clipOfR') base[name] = 0;
    }
    for (const spec of [quiet, presets.physiological]) {
      const { means, share, waves } = await errorsOf(spec, 120);
      expect(share).toBeGreaterThan(0.975);
      for (const n of waves) expect(n).toBeGreaterThan(600);
      for (const mean of means) expect(Math.abs(mean)).toBeLessThan(10);
      expect(Math.abs(means[4]!)).toBeLessThan(2);
    }
  });

  it('joins several leads, and ignores one that is only noise', () => {
    const { signal, rS } = train();
    const found = delineate([signal, signal.map((mv) => -0.5 * mv), noise(1, 0.3)], { fsHz });
    expect(found.count).toBe(rS.length);
    expect(found.leadsS).toHaveLength(3);
    for (const [k, peak] of peaksOf(found, 1).entries()) expect(Math.abs(peak - rS[k]!)).toBeLessThan(0.02);
  });

  it('takes R from the first lead where another one is steep later', () => {
    const { signal, rS } = train();
    const late = Float32Array.from(signal, (_, n) =>
      rS.reduce((sum, r) => sum + 3 * Math.exp(-0.5 * ((n / fsHz - r - 0.09) / 0.008) ** 2), 0),
    );
    const found = delineate([signal, late], { fsHz });
    expect(found.count).toBe(rS.length);
    for (const [k, peak] of peaksOf(found, 1).entries()) expect(Math.abs(peak - rS[k]!)).toBeLessThan(0.004);
  });

  it('finds the beats of the clear lead where the other one is lost in noise', () => {
    const { signal, rS } = train();
    const half = signal.length / 2;
    const [first, second] = [noise(4, 0.4), noise(5, 0.4)];
    const leads = [
      signal.map((mv, n) => (n < half ? mv : mv + first[n]!)),
      signal.map((mv, n) => (n < half ? 0.7 * mv + second[n]! : 0.7 * mv)),
    ];
    const { count, fiducialsS } = delineate(leads, { fsHz });
    expect(count).toBe(rS.length);
    for (const [k, r] of rS.entries()) expect(Math.abs(fiducialsS[9 * k + 4]! - r)).toBeLessThan(0.03);
  });

  it('leaves out what a gap hides, and keeps the beats beside it', () => {
    const { signal, rS } = train();
    const from = Math.round((rS[4]! - 0.05) * fsHz);
    const gap = Float32Array.from(signal).fill(Number.NaN, from, from + 60);
    const found = delineate(gap, { fsHz });
    const peaks = peaksOf(found, 1);
    expect(found.count).toBe(rS.length - 1);
    for (const r of rS.filter((_, k) => k !== 4)) {
      expect(peaks.some((peak) => Math.abs(peak - r) < 0.004)).toBe(true);
    }
  });

  it('finds the beats of a long record in stretches as it does in one piece', () => {
    const { signal } = train({ seconds: 20 });
    const long = new Float32Array(40 * signal.length);
    for (let k = 0; k < 40; k++) long.set(signal, k * signal.length);
    const found = delineate(long, { fsHz });
    const once = delineate(signal, { fsHz });
    expect(found.count).toBe(40 * once.count);
    const peaks = peaksOf(found, 1);
    expect(peaks).toEqual(peaks.toSorted((a, b) => a - b));
  });

  it('measures P at the place of its neighbours where a noise beside it is higher', () => {
    const { signal, rS } = train();
    for (let n = 0; n < length; n++)
      signal[n]! += 0.18 * Math.exp(-0.5 * ((n / fsHz - rS[5]! + 0.24) / 0.016) ** 2);
    const found = delineate(signal, { fsHz });
    expect(found.count).toBe(rS.length);
    expect(Math.abs(peaksOf(found, 0)[5]! - (rS[5]! - 0.16))).toBeLessThan(0.01);
  });

  it('takes the cut end of a lead for no beat', () => {
    const { signal, rS } = train();
    for (let n = 0; n < 6; n++) signal[length - 6 + n] = 0.15 * (n + 1);
    expect(delineate(signal, { fsHz }).count).toBe(rS.length);
  });

  it('finds no beat in a flat record, and gives noise a low quality', () => {
    expect(delineate(new Float32Array(length).fill(0.3), { fsHz }).count).toBe(0);
    for (const seed of [1, 2, 3]) {
      const { quality } = delineate(noise(seed, 1), { fsHz });
      const sorted = [...quality].sort((a, b) => a - b);
      expect(sorted[sorted.length >> 1] ?? 0).toBeLessThan(0.15);
    }
  });

  it.each([
    ['ERR_RANGE', () => delineate(new Float32Array(5000), { fsHz: 10 }), /50 to 100000 Hz, got 10/],
    ['ERR_RANGE', () => delineate(new Float32Array(5000), { fsHz: Number.NaN }), /got NaN/],
    ['ERR_SIGNAL', () => delineate([], { fsHz }), /no lead/],
    [
      'ERR_SIGNAL',
      () => delineate([new Float32Array(5000), new Float32Array(4000)], { fsHz }),
      /4000 .* 5000/,
    ],
    ['ERR_SIGNAL', () => delineate(new Float32Array(400), { fsHz }), /lasts 0.8 s.*at least 2 s/],
    ['ERR_SIGNAL', () => delineate(new Float32Array(5000).fill(Number.NaN), { fsHz }), /none of the 5000/],
  ])('refuses bad input with %s', (code, work, message) => {
    expect(work).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
