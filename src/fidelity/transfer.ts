// What synthetic records are worth in a training: one network is trained on real records and one on as many synthetic ones,
// with equal settings, initial weights and numbers of steps, and each is tested on records of both kinds that it did not see.
// The real patients that train are those of half A of the comparison, and those of half B test. The last weights count,
// so no side gains from a choice by validation.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { randomStream } from '../base/random.js';
import type { LabelledWindow } from '../batches/batches.js';
import { selectTask } from '../datasets/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Measured } from '../measures/bootstrap.js';
import { type LabelTask, parseLabelTask, restLabel } from '../signal/tasks.js';
import type { WindowSet } from '../signal/window.js';
import { gapOf, macroScores, measured } from './macro-scores.js';
import type { RecordSet } from './record-set.js';
import { dealHalves } from './sides.js';
import { predictRecords, type SmallNetwork, trainSmallNetwork, wholeEpochs } from './small-network.js';
import { patientOf } from './sources.js';

/** The scores of one network on one test set, means over both labels, with intervals by patient. */
export interface TransferRow {
  readonly key: 'trtr' | 'tstr' | 'trts';
  readonly name: string;
  readonly meaning: string;
  readonly f1: Measured;
  readonly auprc: Measured;
}

/** The result of `transfer`. */
export interface Transfer {
  readonly task: string;
  readonly labels: readonly string[];
  readonly arch: string;
  readonly steps: number;
  /** Number of records that train each network, per label. */
  readonly training: readonly number[];
  /** Number of records of each test, per label. */
  readonly test: readonly number[];
  /** Number of real patients that train, and that test. */
  readonly patients: readonly [number, number];
  readonly rows: readonly TransferRow[];
  /** TSTR minus TRTR, on the same test records. */
  readonly gap: { readonly f1: Measured; readonly auprc: Measured };
}

/** The records of a transfer. */
export interface TransferData {
  readonly task: LabelTask;
  readonly real: WindowSet;
  /** The patient of each real record of the comparison; the halves are dealt as there. */
  readonly compared: readonly string[];
  /** Synthetic records of each label of the task. */
  readonly made: readonly RecordSet[];
}

/** Options of `transfer`. */
export interface TransferOptions extends Pick<JobOptions, 'signal'> {
  readonly engine: Engine;
  /** The seed of the comparison, so that the halves are the same; default 0. */
  readonly seed?: number;
  /** Number of optimiser steps, rounded up to whole epochs; default 1200. */
  readonly steps?: number;
  /** Name of the architecture; default s4, which is among the fastest and reads whole records. */
  readonly arch?: string;
  /** Number of bootstrap resamples; default 200. */
  readonly resamples?: number;
  /** Receives what is being done, and how far it is. */
  readonly onStep?: (step: string, done: number, total: number) => void;
}

const defaults = { seed: 0, steps: 1200, arch: 's4', resamples: 200 };
/** A label needs this many records to train and as many to test. */
const leastRecords = 6;

/**
 * Returns the task of a transfer.
 *
 * @param name - as `parseLabelTask` takes it: `af`, or `POSITIVE:NEGATIVE`.
 * @param label - the label of the comparison.
 * @throws PqrstError ERR_OPTION: when the task has not two named labels, or lacks the label of the comparison.
 * @throws PqrstError The errors of `parseLabelTask`.
 */
export function transferTask(name: string, label: string): LabelTask {
  const task = parseLabelTask(name);
  if (task.labels.length !== 2 || task.labels.includes(restLabel)) {
    throw new PqrstError(
      'ERR_OPTION',
      `the task must set two named labels against each other, such as af or af:normal, got "${name}"`,
    );
  }
  if (!task.labels.includes(label)) {
    throw new PqrstError(
      'ERR_OPTION',
      `the task "${name}" distinguishes ${task.labels.join(' and ')}, but ${label} is compared; choose a task with ${label}`,
    );
  }
  return task;
}

/**
 * Trains on real and on synthetic records, and tests each network on both.
 *
 * @throws PqrstError ERR_DATA_EMPTY: when a label has no real records, or fewer than six to train and six to test on a side.
 * @throws PqrstError The errors of the trainer.
 */
export async function transfer(data: TransferData, options: TransferOptions): Promise<Transfer> {
  const { seed, steps, arch, resamples } = { ...defaults, ...options };
  const { engine, signal, onStep } = options;
  const { task, real } = data;
  const sides = dealTransfer(data, seed);
  const trainOn = (name: 'real' | 'synthetic') =>
    trainSmallNetwork(sides[name].train, {
      ...{ engine, task: task.name, arch, seed, steps, signal },
      ...{ fsHz: real.fsHz, lengthSamples: real.lengthSamples },
      onStep: (done, total) => onStep?.(`train on ${name} records`, done, total),
    });
  const ofReal = await trainOn('real');
  const ofMade = await trainOn('synthetic');
  const test = (network: SmallNetwork, records: readonly LabelledWindow[]) =>
    predictRecords(network, records, signal);
  const settings = { seed, resamples };
  const trtr = macroScores(await test(ofReal, sides.real.test), settings);
  const tstr = macroScores(await test(ofMade, sides.real.test), settings);
  const trts = macroScores(await test(ofReal, sides.synthetic.test), settings);
  return {
    ...{ task: task.name, labels: task.labels, arch },
    steps: wholeEpochs(steps, sides.real.train.length).steps,
    training: countsOf(sides.real.train),
    test: countsOf(sides.real.test),
    patients: [patientsOf(sides.real.train), patientsOf(sides.real.test)],
    rows: (['trtr', 'tstr', 'trts'] as const).map((key) => {
      const { f1, auprc } = { trtr, tstr, trts }[key];
      return { key, ...texts[key], f1: measured(f1), auprc: measured(auprc) };
    }),
    gap: { f1: gapOf(tstr.f1, trtr.f1), auprc: gapOf(tstr.auprc, trtr.auprc) },
  };
}

const texts = {
  trtr: { name: 'TRTR', meaning: 'Trained on real, tested on other real patients: the reference.' },
  tstr: {
    name: 'TSTR',
    meaning: 'Trained on synthetic, tested on real records: what the synthetic records teach.',
  },
  trts: {
    name: 'TRTS',
    meaning:
      'Trained on real, tested on synthetic records: whether they look like their label. Prototypes score high.',
  },
} as const;

interface TransferSide {
  readonly train: readonly LabelledWindow[];
  readonly test: readonly LabelledWindow[];
}

/** Deals the records: as many real as synthetic ones of each label train and test. */
export function dealTransfer(
  { task, real, compared, made }: TransferData,
  seed: number,
): Readonly<Record<'real' | 'synthetic', TransferSide>> {
  const { windows, labels } = selectTask(real, task);
  const halfOf = halvesOf(compared, windows.map(patientOf), seed);
  const random = randomStream(seed, 'transfer', 'records');
  const sides = { real: { train: [], test: [] }, synthetic: { train: [], test: [] } } as Record<
    'real' | 'synthetic',
    Record<keyof TransferSide, LabelledWindow[]>
  >;
  for (const [at, name] of task.labels.entries()) {
    const own = windows.filter((_, window) => labels[window] === at);
    const [a, b] = [0, 1].map((half) => own.filter((window) => halfOf.get(patientOf(window)) === half)) as [
      typeof own,
      typeof own,
    ];
    const synthetic = made[at]!.signals;
    const spare = Math.max(Math.floor(synthetic.length / 2), synthetic.length - b.length);
    const count = Math.min(a.length, spare);
    const tested = Math.min(b.length, synthetic.length - count);
    if (Math.min(count, tested) < leastRecords) {
      throw new PqrstError(
        'ERR_DATA_EMPTY',
        `the task "${task.name}" needs at least ${leastRecords} records of ${name} to train and as many to test, got ` +
          `${a.length} and ${b.length} real records in the two halves of the patients, and ${synthetic.length} synthetic ` +
          'records; use more records or more patients',
      );
    }
    const some = (from: typeof own, size: number) =>
      random
        .shuffle([...from])
        .slice(0, size)
        .map((window) => ({ window, label: at }));
    sides.real.train.push(...some(a, count));
    sides.real.test.push(...some(b, tested));
    const [lead] = real.leads;
    const wrapped = synthetic.slice(0, count + tested).map((signal, index) => {
      const record = `synthetic ${name} ${index}`;
      const origin = { dataset: '', record, patient: record };
      return { signal, unit: made[at]!.unit, leads: [lead!], origin, startS: 0, classes: [name] };
    });
    sides.synthetic.train.push(...some(wrapped.slice(0, count), count));
    sides.synthetic.test.push(...some(wrapped.slice(count), tested));
  }
  return sides;
}

/** Returns the half of each patient: that of the comparison, and for patients without its label the smaller one. */
function halvesOf(compared: readonly string[], all: readonly string[], seed: number): Map<string, number> {
  const halfOf = new Map<string, number>();
  const put = (patients: readonly string[], halves: readonly (readonly number[])[]) => {
    for (const [half, records] of halves.entries()) {
      for (const record of records) halfOf.set(patients[record]!, half);
    }
  };
  put(compared, dealHalves(compared, randomStream(seed, 'sides')));
  const others = all.filter((patient) => !halfOf.has(patient));
  put(others, dealHalves(others, randomStream(seed, 'transfer', 'sides')));
  return halfOf;
}

function countsOf(records: readonly LabelledWindow[]): number[] {
  return [0, 1].map((label) => records.filter((one) => one.label === label).length);
}

function patientsOf(records: readonly LabelledWindow[]): number {
  return new Set(records.map(({ window }) => patientOf(window))).size;
}
