// The two-sample test by a network on signals (Lopez-Paz and Oquab 2017, arXiv 1610.06545): a small network learns to tell
// the records of two sides apart. The patients of each side are dealt to two folds; the network of one fold scores the
// other, so that every record is scored by a network that has not seen its patient. It sees records with mean 0 and
// standard deviation 1: the shape, not the amplitude.

import { randomStream } from '../base/random.js';
import type { LabelledWindow } from '../batches/batches.js';
import type { Engine } from '../engine/engine.js';
import { aurocOf } from '../measures/two-sample.js';
import type { SignalTest } from './compare.js';
import type { RecordSet } from './record-set.js';
import { dealHalves, type Side } from './sides.js';
import { predictRecords, trainSmallNetwork } from './small-network.js';

/** Options of `signalTestBy`. */
export interface SignalTestOptions {
  readonly engine: Engine;
  readonly seed: number;
  /** Number of bootstrap resamples; default 200. */
  readonly resamples?: number;
  /** Name of the architecture; default s4, which is among the fastest and reads whole records. */
  readonly arch?: string;
  /** Number of optimiser steps of each of the two trainings, rounded up to whole epochs; default 300. */
  readonly steps?: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives what is being done, and how far it is. */
  readonly onStep?: (step: string, done: number, total: number) => void;
}

const defaults = { resamples: 200, arch: 's4', steps: 300 };

/** Returns the test for `compareSides`. */
export function signalTestBy(options: SignalTestOptions): SignalTest {
  const { engine, seed, resamples, arch, steps } = { ...defaults, ...options };
  const { signal, onStep } = options;
  return async (reference, other, name) => {
    const { fsHz } = reference.set;
    const records = [...recordsOf(reference.set, 0), ...recordsOf(other.set, 1)];
    const fold = Int32Array.from([
      ...foldsOf(reference, seed, 'reference'),
      ...foldsOf(other, seed, 'other'),
    ]);
    const scores = new Float64Array(records.length);
    for (const held of [0, 1]) {
      const network = await trainSmallNetwork(
        records.filter((_, at) => fold[at] !== held),
        {
          ...{ engine, task: 'synthetic:real', arch, seed, steps, fsHz, signal },
          lengthSamples: reference.set.signals[0]!.length,
          onStep: (done, total) => onStep?.(`train networks on ${name}`, held * total + done, 2 * total),
        },
      );
      const tested = Array.from(records.keys()).filter((at) => fold[at] === held);
      const rows = await predictRecords(
        network,
        tested.map((at) => records[at]!),
        signal,
      );
      for (const [row, at] of tested.entries()) scores[at] = rows[row]!.probabilities[1]!;
    }
    return {
      ...aurocOf(reference, other, scores, fold, { seed, resamples }),
      n: other.set.signals.length,
    };
  };
}

function foldsOf({ set }: Side, seed: number, path: string): Int32Array {
  const fold = new Int32Array(set.patients.length);
  const halves = dealHalves(set.patients, randomStream(seed, 'signal-test', path));
  for (const record of halves[1]) fold[record] = 1;
  return fold;
}

function recordsOf({ signals, patients, unit }: RecordSet, label: 0 | 1): LabelledWindow[] {
  return signals.map((signal, at) => {
    const origin = { dataset: '', record: `${label} ${at}`, patient: `${label} ${patients[at]}` };
    const classes = [['real', 'synthetic'][label]!];
    return { window: { signal, unit, leads: ['lead'], origin, startS: 0, classes }, label };
  });
}
