// Fits the laws of a class to real records: measure the records, move the laws until simulated records measure the same,
// and compare before and after on records of other patients. The result holds laws alone: numbers such as the median of
// the RR interval, with four digits. It holds no signal, no name and no time of a patient.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { randomStream } from '../base/random.js';
import { compareWith, type FidelityResult, measureReal, resultOf } from '../fidelity/compare.js';
import type { QuantityKey } from '../fidelity/quantities.js';
import { measureSet, type RecordSet, withoutBeatsIn } from '../fidelity/record-set.js';
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
  /** The lead of the records. */
  readonly lead: string;
  /** The filter that the records have passed, `LOW-HIGH` in Hz; default: none. */
  readonly filter?: string | undefined;
  /** Chooses the records that are held back, and the simulated records; default 0. */
  readonly seed?: number;
  /** Number of simulations: 12 of them match laws to quantities, the others search; default 150. */
  readonly budget?: number;
  /** Receives the number of finished simulations, their total, and the best loss so far. */
  readonly onTrial?: (done: number, total: number, loss: number) => void;
}

/** The result of `calibrate`: a fitted class, and how close it is. */
export interface CalibratedClass {
  /** The class, as the JSON file of a class holds it. */
  readonly classFile: ClassFile;
  /** The distance that the fit lowers, on the records of the fit; 0 would be equal distributions. */
  readonly loss: { readonly before: number; readonly after: number };
  /** Numbers of records and patients of the fit, and of those that it did not see. */
  readonly fitted: { readonly records: number; readonly patients: number };
  readonly held: { readonly records: number; readonly patients: number };
  /** The shipped class against the records that the fit did not see. */
  readonly before: FidelityResult;
  /** The fitted class against the same records. */
  readonly after: FidelityResult;
}

/** A fit needs this many records. */
const leastRecords = 20;
/** The comparison needs this many records that are held back: six per side. */
const leastHeld = 12;
/** Simulations of the first step, which moves laws until their quantities fit. */
const matchingRounds = 12;
/** Simulations of the second step between two measurements of its derivatives. */
const refiningSteps = 12;

/**
 * Fits a class of the simulator to real records of one lead.
 *
 * @param real - at least 20 records of one label. Half of the patients are held back for the comparison, or fewer,
 *   if 12 records are enough.
 * @returns a class file with the fitted laws, and the comparison of both classes with the records held back.
 * @example
 * ```js
 * import { writeFile } from 'node:fs/promises';
 * import { calibrate, syntheticRecords } from 'pqrst/fidelity';
 *
 * // Records of a simulator stand for real ones; `labelledRecords` loads real records.
 * const shape = { fsHz: 100, seconds: 10, lead: 'II', filter: '0.5-40' };
 * const real = await syntheticRecords('preset:clinical', { label: 'normal', count: 40, ...shape });
 * const start = { label: 'normal', name: 'my-normal', title: 'My normal', lead: 'II', filter: '0.5-40' };
 * const { classFile, loss } = await calibrate(real, { ...start, budget: 3 });
 * console.log(loss.after <= loss.before); // true
 * await writeFile('my-normal.json', JSON.stringify(classFile)); // for `readClassFile`
 * ```
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the label is not a shipped class.
 * @throws PqrstError ERR_DATA_EMPTY: when there are fewer than 20 records, or too few patients to hold records back.
 * @throws PqrstError ERR_SIGNAL: when a record is flat or has a sample that is not a number, or no record shows a beat.
 * @throws PqrstError ERR_CLASS_FILE: when the name is not valid.
 */
export async function calibrate(real: RecordSet, options: CalibrateOptions): Promise<CalibratedClass> {
  const { label, name, title, lead, filter, seed = 0, budget = 150, signal, onTrial } = options;
  const info = classInfo(label);
  if (info === undefined) {
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `a calibration starts from a shipped class, and "${label}" is not one; choose a class that pqrst info lists`,
    );
  }
  const given = real.signals.length;
  if (given < leastRecords) {
    throw new PqrstError(
      'ERR_DATA_EMPTY',
      `a calibration needs at least ${leastRecords} records of ${label}, got ${given}; add records, or cut longer ones into windows`,
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
  const measuredFit = await measureSet(fit, { signal });
  withoutBeatsIn(measuredFit, 'real');
  // The records held back are measured once, before the fit, and both classes are compared with them.
  const count = held.signals.length;
  const measuredHeld = await measureReal(held, count, { seed, signal });
  const problem: FitProblem = {
    target: new Target(measuredFit, new Set<QuantityKey>(isMv ? [] : ['rAmplitude', 'sd'])),
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
    resultOf(await compareWith(measuredHeld, await simulate(given, count, seed + 1), { seed, signal }));
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

/**
 * Deals the patients to two halves. Of few records, those held back are enough for a comparison, and the others are fitted.
 *
 * @throws PqrstError ERR_DATA_EMPTY: when no patient is left for the fit.
 */
function halves(real: RecordSet, seed: number): { readonly fit: RecordSet; readonly held: RecordSet } {
  const names = randomStream(seed, 'calibrate').shuffle([...new Set(real.patients)]);
  const side = (patients: readonly string[]): RecordSet => {
    const own = new Set(patients);
    const at = real.patients.flatMap((patient, record) => (own.has(patient) ? [record] : []));
    return {
      ...real,
      signals: at.map((record) => real.signals[record]!),
      patients: at.map((record) => real.patients[record]!),
    };
  };
  for (let count = Math.ceil(names.length / 2); count > 0; count--) {
    const held = side(names.slice(count));
    if (names.length - count < 2 || held.signals.length < leastHeld) continue;
    return { fit: side(names.slice(0, count)), held };
  }
  throw new PqrstError(
    'ERR_DATA_EMPTY',
    `a calibration holds back ${leastHeld} records of at least two patients and fits the others, got ${real.signals.length} ` +
      `records of ${names.length} patients; add records of more patients`,
  );
}
