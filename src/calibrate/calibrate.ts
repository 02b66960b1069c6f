// Fits the laws of a class to real records: measure the records, move the laws until simulated records measure the same,
// and compare before and after on records of other patients. The result holds laws alone: numbers such as the median of
// the RR interval, with four digits. It holds no signal, no name and no time of a patient.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { randomStream } from '../base/random.js';
import { type Comparison, compareRecords } from '../fidelity/compare.js';
import type { QuantityKey } from '../fidelity/quantities.js';
import { measureSet, type RecordSet } from '../fidelity/record-set.js';
import { type RecordShape, synthesizedRecords } from '../fidelity/sources.js';
import { classInfo } from '../signal/class-table.js';
import { type ClassFile, parseClassFile } from '../synth/physiology/class-file.js';
import { resolveClass } from '../synth/physiology/resolve.js';
import { rounded } from './laws.js';
import { type FitProblem, type Fitted, matchKnobs, type Numbers, simulatedRecords } from './match.js';
import { probesOf, refineNumbers } from './refine.js';
import { Target } from './target.js';

/** Options of `calibrate`. */
export interface CalibrateOptions extends Pick<JobOptions, 'signal'> {
  /** The shipped class whose laws are the start, such as `normal` or `af`. */
  readonly label: string;
  /** Name of the new class: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  /** Title of the new class in figures. */
  readonly title: string;
  /** The lead of the records, and the filter that they have passed. */
  readonly lead: string;
  readonly filter?: string | undefined;
  /** Chooses the records that are held back, and the simulated records; default 0. */
  readonly seed?: number;
  /** Number of simulations: 12 of them match laws to quantities, the others search; default 150. */
  readonly budget?: number;
  /** Receives the number of finished simulations, their total, and the best loss so far. */
  readonly onTrial?: (done: number, total: number, loss: number) => void;
}

/** A fitted class. */
export interface Calibration {
  readonly classFile: ClassFile;
  /** The distance that the fit lowers (`Target.lossOf`), on the records of the fit. */
  readonly loss: { readonly before: number; readonly after: number };
  /** Numbers of records and patients of the fit, and of those that it did not see. */
  readonly fitted: { readonly records: number; readonly patients: number };
  readonly held: { readonly records: number; readonly patients: number };
  /** The shipped class and the fitted class against the records that the fit did not see. */
  readonly before: Comparison;
  readonly after: Comparison;
}

/** A fit needs this many records. */
const leastRecords = 20;
/** The comparison on records held back needs this many patients. */
const leastHeld = 12;
/** Simulations of the first step, which moves laws until their quantities fit. */
const matchingRounds = 12;
/** Simulations of the second step between two measurements of its derivatives. */
const refiningSteps = 12;

/**
 * Fits a class of the simulator to real records of one lead.
 *
 * @param real - at least 20 records of one label. Half of the patients are held back for the comparison, if that leaves
 *   20 records on each side.
 * @returns a class file with the fitted laws, and the comparison of both classes with the records held back.
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the label is not a shipped class.
 * @throws PqrstError ERR_DATA_EMPTY: when there are fewer than 20 records.
 * @throws PqrstError ERR_CLASS_FILE: when the name is not valid.
 */
export async function calibrate(real: RecordSet, options: CalibrateOptions): Promise<Calibration> {
  const { label, name, title, lead, filter, seed = 0, budget = 150, signal, onTrial } = options;
  const info = classInfo(label);
  if (info === undefined) {
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `a calibration starts from a shipped class, and "${label}" is not one; choose a class that pqrst info lists`,
    );
  }
  const count = real.signals.length;
  if (count < leastRecords) {
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `a calibration needs at least ${leastRecords} records of ${label}, got ${count}; add records, or cut longer ones into windows`,
    );
  }
  const classFile = (numbers: Numbers): ClassFile =>
    parseClassFile({
      ...{ name, title, scp: info.scp, snomed: info.snomed, rhythm: info.rhythm, parents: [label] },
      numbers: Object.fromEntries(changes(start, numbers)),
    });
  const start: Numbers = resolveClass(label).numbers;
  const { fit, held } = halves(real, seed);
  const shape: RecordShape = {
    ...{ fsHz: real.fsHz, seconds: real.signals[0]!.length / real.fsHz, lead, filter },
  };
  const simulate = (given: ClassFile, records: number, from: number) => {
    const made = { preset: 'physiological', ownClasses: [given], ecgClass: given.name };
    return synthesizedRecords(made, records, from, shape, real.unit, { signal });
  };
  const isMv = real.unit === 'mV';
  const problem: FitProblem = {
    target: new Target(
      await measureSet(fit, { signal }),
      new Set<QuantityKey>(isMv ? [] : ['rAmplitude', 'sd']),
    ),
    isMv,
    simulate: async (numbers, records = simulatedRecords) => {
      let given: ClassFile;
      try {
        given = classFile(numbers);
      } catch (error) {
        // Laws that contradict each other, such as a PR interval above RR, end this direction of the search.
        if (error instanceof PqrstError && error.code === 'ERR_CLASS_FILE') return undefined;
        throw error;
      }
      return measureSet(await simulate(given, records, seed), { signal });
    },
  };
  classFile(start);
  const { first, found } = await fitNumbers(start, problem, budget, onTrial);
  const fitted = classFile(found.numbers);
  const compared = async (given: ClassFile) =>
    compareRecords(held, await simulate(given, held.signals.length, seed + 1), {
      seed,
      signal,
    });
  const size = ({ signals, patients }: RecordSet) => ({
    records: signals.length,
    patients: new Set(patients).size,
  });
  return {
    classFile: fitted,
    loss: { before: first, after: found.loss },
    fitted: size(fit),
    held: size(held),
    before: await compared(classFile(start)),
    after: await compared(fitted),
  };
}

/** Matches, then refines until the budget is spent. Returns the loss of the start and the best state. */
async function fitNumbers(
  start: Numbers,
  problem: FitProblem,
  budget: number,
  onTrial: CalibrateOptions['onTrial'],
): Promise<{ readonly first: number; readonly found: Fitted }> {
  let done = 0;
  let first: number | undefined;
  const report = (before: number) => (steps: number, loss: number) => {
    first ??= loss;
    done = before + steps;
    onTrial?.(done, budget, loss);
  };
  const round = probesOf(start) + refiningSteps;
  const rounds = budget < matchingRounds + round ? budget : matchingRounds;
  let found = await matchKnobs(start, problem, rounds, report(done));
  while (budget - done >= round) {
    const left = budget - done;
    found = await refineNumbers(found, start, problem, left < 2 * round ? left : round, report(done));
  }
  return { first: first!, found };
}

/** Returns the laws that differ from those of the start, rounded. */
function changes(start: Numbers, numbers: Numbers): [string, ReturnType<typeof rounded>][] {
  return [...numbers].flatMap(([field, law]) => (law === start.get(field) ? [] : [[field, rounded(law)]]));
}

/** Deals the patients to two halves. */
function halves(real: RecordSet, seed: number): { readonly fit: RecordSet; readonly held: RecordSet } {
  const names = randomStream(seed, 'calibrate').shuffle([...new Set(real.patients)]);
  const inFit = new Set(names.slice(0, Math.min(Math.ceil(names.length / 2), names.length - leastHeld)));
  const side = (isFit: boolean): RecordSet => {
    const at = real.patients.flatMap((patient, record) => (inFit.has(patient) === isFit ? [record] : []));
    return {
      ...real,
      signals: at.map((record) => real.signals[record]!),
      patients: at.map((record) => real.patients[record]!),
    };
  };
  return { fit: side(true), held: side(false) };
}
