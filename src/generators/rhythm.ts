// The beats of records for networks that take the beats as input. In training they are those that `delineate` finds in
// the records. To sample, the beats of a new record follow the RR intervals of a training record of its label, from
// another point on. Times are in seconds from the first sample.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { type RandomStream, randomStream } from '../base/random.js';
import { delineate } from '../delineate/delineate.js';
import { perBeat } from '../delineate/lead-waves.js';
import { splitLeads } from '../signal/leads.js';
import type { GeneratorPlan } from './kind.js';
import type { RecordSet } from './records.js';
import type { RecordBatch } from './sample-records.js';

/** For each label of a generator, the times of the beats of its training records. */
export const rhythmsSchema = z.array(z.array(z.array(z.number().min(0))).min(1)).min(1);
/** For each label of a generator, the times of the beats of its training records. */
export type Rhythms = z.output<typeof rhythmsSchema>;

/** Place of the R peak among the fiducials of a beat. */
const rPeak = 4;
/** Half the width of the mark of a beat, in s: one standard deviation of a Gaussian. */
const markS = 0.02;
/** The interval between two beats of a record with one beat, in s: 40 beats per minute. */
const loneBeatS = 1.5;

/** The beats of record sets. The training and the file of the rhythms need those of the same set. */
const found = new WeakMap<RecordSet, readonly number[][]>();

/**
 * Finds the beats of each record in its first channel.
 *
 * @throws PqrstError ERR_OPTION: when the records are shorter than 2 s or have fewer than 50 samples per second.
 */
function beatsOf(set: RecordSet, fsHz: number): readonly number[][] {
  const known = found.get(set);
  if (known !== undefined) return known;
  const beats = beatsIn(set, fsHz);
  found.set(set, beats);
  return beats;
}

function beatsIn({ signals, count, channels, lengthSamples }: Signals, fsHz: number): number[][] {
  expectFindable(fsHz, lengthSamples);
  const size = channels * lengthSamples;
  return Array.from({ length: count }, (_, row) => {
    const lead = signals.subarray(row * size, row * size + lengthSamples);
    const { count: beats, fiducialsS } = delineate(lead, { fsHz });
    return Array.from({ length: beats }, (_, beat) => rounded(fiducialsS[beat * perBeat + rPeak]!));
  });
}

type Signals = Pick<RecordSet, 'signals' | 'count' | 'channels' | 'lengthSamples'>;

/** Refuses records whose beats `delineate` cannot find. */
export function expectFindable(fsHz: number, lengthSamples: number): void {
  if (fsHz >= 50 && lengthSamples >= 2 * fsHz) return;
  throw new PqrstError(
    'ERR_OPTION',
    `a drawn rhythm needs records of 2 s or more at 50 Hz or more, got ${lengthSamples} samples at ${fsHz} Hz; choose ` +
      'another length or rate, or the option `rhythm` learned',
  );
}

/** Milliseconds, so that a file of rhythms is short. */
function rounded(timeS: number): number {
  return Math.max(0, Math.round(timeS * 1000) / 1000);
}

/** Sorts the beats of the records of a training by their labels. */
export function rhythmsOf(training: RecordSet, fsHz: number): Rhythms {
  const { labels, labelCount } = training;
  const beats = beatsOf(training, fsHz);
  return Array.from({ length: labelCount }, (_, label) => beats.filter((_, row) => labels[row] === label));
}

/**
 * Draws the beats of a record: takes the RR intervals of a training record in their order, begins at a random interval and
 * a random point within it, and starts again at the first interval when they end.
 *
 * @param rhythms - Beats of training records, one of which is drawn.
 */
export function drawBeats(
  rhythms: readonly (readonly number[])[],
  durationS: number,
  stream: RandomStream,
): number[] {
  const model = rhythms[Math.floor(stream.uniform() * rhythms.length)]!;
  const [place, share] = [stream.uniform(), stream.uniform()];
  if (model.length === 0) return [];
  const intervals = model.slice(1).map((timeS, at) => timeS - model[at]!);
  if (intervals.length === 0) intervals.push(Math.max(durationS, loneBeatS));
  const first = Math.floor(place * intervals.length);
  const beats: number[] = [];
  let timeS = share * intervals[first]!;
  for (let at = first + 1; timeS < durationS; at++) {
    beats.push(timeS);
    timeS += intervals[at % intervals.length]!;
  }
  return beats;
}

/** Writes the beats of a record as a track [L]: a Gaussian of height 1 at each beat, else 0. */
export function markBeats(beats: readonly number[], fsHz: number, track: Float32Array): void {
  track.fill(0);
  const reach = Math.ceil(4 * markS * fsHz);
  for (const timeS of beats) {
    const center = timeS * fsHz;
    const end = Math.min(track.length - 1, Math.round(center) + reach);
    for (let at = Math.max(0, Math.round(center) - reach); at <= end; at++) {
      track[at] = Math.max(track[at]!, Math.exp(-0.5 * ((at - center) / (markS * fsHz)) ** 2));
    }
  }
}

/** Returns the records with the track of their beats as a further, last channel. */
export function withBeatTrack(set: RecordSet, fsHz: number): RecordSet {
  const beats = beatsOf(set, fsHz);
  const { signals, count, channels, lengthSamples } = set;
  const size = channels * lengthSamples;
  const wider = new Float32Array(count * (size + lengthSamples));
  for (let row = 0; row < count; row++) {
    const record = wider.subarray(row * (size + lengthSamples), (row + 1) * (size + lengthSamples));
    record.set(signals.subarray(row * size, (row + 1) * size));
    markBeats(beats[row]!, fsHz, splitLeads(record, channels + 1)[channels]!);
  }
  return { ...set, signals: wider, channels: channels + 1 };
}

/**
 * Returns a function that makes the tracks of records, [records, 1, L]. Records to refine keep their beats. All others draw
 * them: those of a training record of their label, or without a label those of any training record.
 */
export function beatTracks(
  { fsHz, lengthSamples, channels }: Pick<GeneratorPlan, 'fsHz' | 'lengthSamples' | 'channels'>,
  { seed, rhythms }: { readonly seed: number | bigint; readonly rhythms: Rhythms },
): (batch: RecordBatch, clean: Float32Array | undefined) => Float32Array {
  const all = rhythms.flat();
  const drawn = (label: number, record: number) =>
    drawBeats(rhythms[label] ?? all, lengthSamples / fsHz, randomStream(seed, 'beats', record));
  return ({ records, shown }, clean) => {
    const beats =
      clean === undefined
        ? records.map((record, row) => drawn(shown[row]!, record))
        : beatsIn({ signals: clean, count: records.length, channels, lengthSamples }, fsHz);
    const tracks = new Float32Array(records.length * lengthSamples);
    for (const [row, own] of beats.entries())
      markBeats(own, fsHz, tracks.subarray(row * lengthSamples, (row + 1) * lengthSamples));
    return tracks;
  };
}
