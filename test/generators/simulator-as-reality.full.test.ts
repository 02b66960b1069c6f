// A generator that learns the simulator gives back its rhythm and its labels. The network is small and sees 5 s at 50 Hz.
// Minutes long.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { delineate } from '#lib/delineate/delineate.js';
import { openGenerator } from '#lib/generators/open-generator.js';
import { trainGenerator } from '#lib/generators/train-generator.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { kolmogorovSmirnov } from '../helpers/kolmogorov-smirnov.js';

const [fsHz, seconds, perLabel] = [50, 5.12, 128];
const lengthSamples = Math.round(fsHz * seconds);

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'reality-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

/** RR intervals and the share of beats with a P wave, of each record with four or more beats. */
function rhythmsOf(signals: Float32Array) {
  return Array.from({ length: signals.length / lengthSamples }, (_, row) => {
    const lead = signals.subarray(row * lengthSamples, (row + 1) * lengthSamples);
    const { count, fiducialsS } = delineate(lead, { fsHz });
    const peaksOf = (wave: number) =>
      Array.from({ length: count }, (_, beat) => fiducialsS[beat * 9 + wave]!);
    const times = peaksOf(4);
    return {
      intervals: times.slice(1).map((timeS, at) => timeS - times[at]!),
      withP: peaksOf(1).filter((timeS) => !Number.isNaN(timeS)).length / count,
    };
  }).filter(({ intervals }) => intervals.length >= 3);
}

function variation(intervals: readonly number[]): number {
  const mean = intervals.reduce((sum, value) => sum + value, 0) / intervals.length;
  return Math.sqrt(intervals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / intervals.length) / mean;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

test('rhythm and labels of the simulator come back', async () => {
  await trainGenerator(
    {
      ...{ kind: 'diffwave', task: 'af', setting: 'syn', preset: 'clinical', fsHz, seconds },
      ...{ options: { channels: 32 }, steps: 750, seed: 1 },
    },
    { out, device: 'cpu' },
  );
  const generator = await openGenerator(out, { device: 'cpu', seed: 5 });
  const synth = new Synthesizer({ preset: 'clinical', fsHz, seconds, seed: 99, unit: 'zscore' });
  const variations: number[][] = [];
  const withP: number[] = [];
  for (const label of ['normal', 'af']) {
    const made = rhythmsOf((await generator.batch({ labels: [label], start: 0, count: perLabel })).signals);
    const truth = rhythmsOf((await synth.batch({ classes: [label], count: perLabel })).signals);
    expect(made.length, label).toBeGreaterThan(0.9 * perLabel);
    const [ours, theirs] = [made, truth].map((set) => set.flatMap(({ intervals }) => intervals));
    expect(kolmogorovSmirnov(ours!, theirs!), label).toBeLessThan(0.2);
    variations.push(made.map(({ intervals }) => variation(intervals)));
    withP.push(made.reduce((sum, record) => sum + record.withP, 0) / made.length);
  }
  await generator.close();
  const [normal, af] = variations as [number[], number[]];
  expect(median(normal)).toBeLessThan(0.06);
  expect(median(af)).toBeGreaterThan(0.12);
  const right = normal.filter((value) => value < 0.05).length + af.filter((value) => value >= 0.05).length;
  expect(right / (normal.length + af.length)).toBeGreaterThan(0.95);
  // The P wave is learnt from the label.
  expect(withP[0]).toBeGreaterThan(0.4);
  expect(withP[1]).toBeLessThan(0.15);
});
