// The beats that a network takes: found in training records, drawn for new ones, and marked.

import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { RecordSet } from '#lib/generators/records.js';
import {
  beatTracks,
  drawBeats,
  expectFindable,
  markBeats,
  rhythmsOf,
  withBeatTrack,
} from '#lib/generators/rhythm.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const [fsHz, seconds] = [100, 10];
const lengthSamples = fsHz * seconds;

async function simulated(count: number): Promise<{ set: RecordSet; truth: number[][] }> {
  const synth = new Synthesizer({ preset: 'clinical', fsHz, seconds, seed: 3, unit: 'zscore' });
  const { signals, annotations } = await synth.batch({ classes: ['normal', 'af'], count, annotations: true });
  const labels = Uint8Array.from({ length: count }, (_, row) => row % 2);
  const truth = Array.from({ length: count }, (_, row) =>
    annotations.record(row).beats.map(({ timeS }) => timeS),
  );
  return { set: { signals, labels, count, channels: 1, lengthSamples, labelCount: 2 }, truth };
}

test('the beats of training records are found, and sorted by their labels', async () => {
  const { set, truth } = await simulated(8);
  const rhythms = rhythmsOf(set, fsHz);
  expect(rhythms.map(({ length }) => length)).toEqual([4, 4]);
  for (const [row, own] of truth.entries()) {
    const found = rhythms[row % 2]![Math.floor(row / 2)]!;
    // A QRS complex that the edge of the record cuts may be missing.
    const inside = own.filter((timeS) => timeS > 0.3 && timeS < seconds - 0.3);
    for (const timeS of inside) {
      const nearest = Math.min(...found.map((other) => Math.abs(other - timeS)));
      expect(nearest, `record ${row}, beat at ${timeS} s`).toBeLessThan(0.03);
    }
  }
});

test('drawn beats repeat the intervals of a training record in their order, from another point', () => {
  const model = [0.4, 1.2, 2.1, 3.3];
  const intervals = [0.8, 0.9, 1.2];
  const starts = new Set<number>();
  for (let record = 0; record < 30; record++) {
    const beats = drawBeats([model], 10, randomStream(1, 'beats', record));
    expect(beats[0]).toBeLessThan(1.2);
    expect(beats.at(-1)).toBeGreaterThan(10 - 1.2);
    const drawn = beats.slice(1).map((timeS, at) => timeS - beats[at]!);
    const first = intervals.findIndex((interval) => Math.abs(interval - drawn[0]!) < 1e-9);
    for (const [at, interval] of drawn.entries())
      expect(interval).toBeCloseTo(intervals[(first + at) % 3]!, 9);
    starts.add(first);
  }
  expect([...starts].sort()).toEqual([0, 1, 2]);
  expect(drawBeats([[]], 10, randomStream(1, 'none'))).toEqual([]);
  expect(drawBeats([[4.2]], 10, randomStream(1, 'one')).length).toBeLessThanOrEqual(1);
});

test('a mark is a Gaussian of 20 ms around each beat, also between two samples', () => {
  const track = new Float32Array(100);
  markBeats([0.005, 0.5, 0.995], fsHz, track);
  expect(track[50]).toBe(1);
  expect(track[52]).toBeCloseTo(Math.exp(-0.5), 6);
  expect(track[0]).toBeCloseTo(track[1]!, 6);
  expect(track[99]).toBeCloseTo(Math.exp(-0.5 * 0.25 ** 2), 6);
  expect(track[25]).toBe(0);
});

test('the track is the last channel of a training record', async () => {
  const { set } = await simulated(2);
  const { signals, channels } = withBeatTrack(set, fsHz);
  expect(channels).toBe(2);
  expect(signals.subarray(0, lengthSamples)).toEqual(set.signals.subarray(0, lengthSamples));
  const [record, track] = [set.signals.subarray(lengthSamples), signals.subarray(3 * lengthSamples)];
  const beats = rhythmsOf(set, fsHz)[1]![0]!;
  const middle = Math.round(beats[3]! * fsHz);
  expect(track[middle]).toBeGreaterThan(0.9);
  expect(Math.abs(record[middle]!)).toBeGreaterThan(1);
});

test('a record has the same beats in every batch, and a record that is refined keeps its own', async () => {
  const { set } = await simulated(4);
  const rhythms = rhythmsOf(set, fsHz);
  const plan = { fsHz, lengthSamples, channels: 1 };
  const drawn = beatTracks(plan, { seed: 5, rhythms });
  const signal = undefined;
  const both = drawn({ records: [6, 7], shown: [0, 1], signal }, undefined);
  const one = drawn({ records: [7], shown: [1], signal }, undefined);
  expect(both.subarray(lengthSamples)).toEqual(one);
  expect(drawn({ records: [7], shown: [0], signal }, undefined)).not.toEqual(one);
  // Without a label, the beats are those of some record.
  expect(drawn({ records: [7], shown: [2], signal }, undefined).some((value) => value > 0.9)).toBe(true);

  const clean = set.signals.subarray(0, lengthSamples);
  const kept = drawn({ records: [0], shown: [0], signal }, clean);
  expect(kept).toEqual(withBeatTrack(set, fsHz).signals.subarray(lengthSamples, 2 * lengthSamples));
});

test.each([
  [100, 199],
  [40, 400],
])('records of %i Hz and %i samples are refused', (rate, length) => {
  expect(() => expectFindable(rate, length)).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(`${length} samples`) }),
  );
});
