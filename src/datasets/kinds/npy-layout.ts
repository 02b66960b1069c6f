// Finds out what the array `signals.npy` of the kind `npy` holds: which axis is which, the leads, the unit; and reads
// its rows.

import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import {
  maxNpyBytes,
  type NpyArray,
  type NpyFacts,
  npyNumbers,
  readNpy,
  readNpyFacts,
  readNpyRows,
} from '../../codecs/npy/read.js';
import type { SignalUnit } from '../../signal/window.js';
import { metaFile, type NpyMeta, npyUnits } from './npy-meta.js';

/** Name of the array. */
export const signalsFile = 'signals.npy';
/** Without names, an axis of at most this length that is this many times shorter than the other one holds the leads. */
const mostLeadsLast = 15;
const leastRatio = 4;
const expectedShape = 'expected (records, samples) or (records, leads, samples)';

/** The properties that all rows of the array share. */
export interface NpyLayout {
  readonly rows: number;
  /** Names of all leads of a row, in their order in the array. */
  readonly leads: readonly string[];
  /** False if the array has several leads and `meta.json` does not name them. */
  readonly isNamed: boolean;
  /** Unit of the windows. */
  readonly unit: SignalUnit;
  /** True if meta.json does not state the unit. */
  readonly isUnitAssumed: boolean;
  /** Returns the leads `places` of a row, in `unit`; NaN where a sample is missing. */
  readonly readLeads: (row: number, places: readonly number[]) => Promise<Float32Array[]>;
}

/**
 * Reads the header of the array in `folder`.
 *
 * @param notes - receives a sentence about the axes if they are not (records, leads, samples).
 * @throws PqrstError ERR_NOT_FOUND, ERR_NPY: when it cannot be read or is not an array of recordings.
 */
export async function npyLayout(folder: string, meta: NpyMeta, notes: string[]): Promise<NpyLayout> {
  const path = join(folder, signalsFile);
  const facts = await readNpyFacts(path);
  const { rows, axis, count } = axesOf(path, facts.shape, meta.leads);
  if (axis === 2) {
    notes.push(
      `${signalsFile} has the shape ${shapeText(facts.shape)} and is read as (records, samples, leads), with ${count === 1 ? 'one lead' : `${count} leads`}`,
    );
  }
  const { unit, perUnit } = unitOf(path, facts.type, meta.unit);
  if (meta.unit === undefined && perUnit !== 1) {
    notes.push(
      `${signalsFile} holds ${facts.type} of no stated unit, read as uV; state it in ${metaFile}: "unit": "uV"`,
    );
  }
  const readRow = rowReader(path, facts);
  const unnamed = count === 1 ? ['ECG'] : Array.from({ length: count }, (_, at) => `signal ${at}`);
  return {
    rows,
    leads: meta.leads ?? unnamed,
    isNamed: count === 1 || meta.leads !== undefined,
    unit,
    isUnitAssumed: meta.unit === undefined,
    readLeads: async (row, places) => {
      const values = npyNumbers(await readRow(row));
      return places.map((place) => leadOf(values, { place, count, isLast: axis === 2, perUnit }));
    },
  };
}

interface Axes {
  readonly rows: number;
  /** The axis of the leads; undefined if there is none. */
  readonly axis: 1 | 2 | undefined;
  /** Number of leads. */
  readonly count: number;
}

function axesOf(path: string, shape: readonly number[], leads: readonly string[] | undefined): Axes {
  const fail = (problem: string) =>
    new PqrstError('ERR_NPY', `${path} has the shape ${shapeText(shape)}${problem}`);
  const [rows = 0, second = 0, third] = shape;
  if (shape.length !== 2 && shape.length !== 3) {
    const one = shape.length === 1 ? '; save one recording as array[None, :]' : '';
    throw fail(`; ${expectedShape}${one}`);
  }
  if (shape.includes(0)) throw fail(', so it holds no samples; save it again');
  const named = `${metaFile} names ${leads?.length} leads: ${leads?.join(', ')}`;
  if (third === undefined) {
    if (leads === undefined || leads.length === 1) return { rows, axis: undefined, count: 1 };
    const whole =
      second === leads.length || rows === leads.length ? '; save one recording as (1, leads, samples)' : '';
    throw fail(`, so one lead, but ${named}; correct one of the two${whole}`);
  }
  if (leads !== undefined) {
    const [first, last] = [second === leads.length, third === leads.length];
    if (first !== last) return { rows, axis: first ? 1 : 2, count: leads.length };
    throw fail(
      first
        ? `, and ${named}, so either axis may be the leads; save it with more samples, as (records, leads, samples)`
        : `, so ${second} leads, but ${named}; correct one of the two`,
    );
  }
  if (second * leastRatio <= third) return { rows, axis: 1, count: second };
  if (third <= mostLeadsLast && third * leastRatio <= second) return { rows, axis: 2, count: third };
  throw fail(
    `, which does not show whether its axes are (records, leads, samples); name the leads in ${metaFile}: "leads": ["I", "II"]`,
  );
}

function unitOf(
  path: string,
  type: NpyFacts['type'],
  given: NpyMeta['unit'],
): (typeof npyUnits)[keyof typeof npyUnits] {
  const fail = (problem: string) => new PqrstError('ERR_NPY', `${path} holds ${problem}`);
  if (type === 'text') throw fail('texts; expected samples as numbers');
  if (type === 'bool') throw fail('truth values (bool); expected samples as numbers');
  if (type.startsWith('float')) return npyUnits[given ?? 'mV'];
  // Integers of 16 bits are microvolts unless stated otherwise, as `pqrst synth --type int16` writes them.
  const unit = given ?? (type === 'int16' ? 'uV' : undefined);
  if (unit === undefined) {
    throw fail(
      `${type}, and ${metaFile} does not state their unit; write "unit": "uV" for microvolts or "unit": "arbitrary" ` +
        'for the counts of a converter, or save floats in mV',
    );
  }
  if (npyUnits[unit].perUnit === 1e3 || unit === 'arbitrary') return npyUnits[unit];
  throw fail(
    `${type}, and ${metaFile} states ${unit}, but whole ${unit} are too coarse for an ECG; state "unit": "uV" or ` +
      '"arbitrary" if that is what they are, or save floats',
  );
}

/** Returns a function that reads one row [1, ...]. */
function rowReader(path: string, { isFortran, shape, bytes }: NpyFacts): (row: number) => Promise<NpyArray> {
  if (!isFortran) return (row) => readNpyRows(path, row, 1);
  // The samples of a row are spread over the whole file, so it is read once.
  if (bytes > maxNpyBytes) {
    throw new PqrstError(
      'ERR_NPY',
      `${path} is in Fortran order and holds ${bytes} bytes; in this order at most 2 GiB are read, so save it with ` +
        'numpy.ascontiguousarray',
    );
  }
  const size = bytes === 0 ? 0 : shape.slice(1).reduce((product, length) => product * length, 1);
  let whole: Promise<NpyArray> | undefined;
  return async (row) => {
    whole ??= readNpy(path);
    const { type, data } = await whole;
    return { type, shape: [1, ...shape.slice(1)], data: data.subarray(row * size, (row + 1) * size) };
  };
}

/** Returns one lead of a row, in the unit of the windows. */
function leadOf(
  values: ArrayLike<number>,
  {
    place,
    count,
    isLast,
    perUnit,
  }: { readonly place: number; readonly count: number; readonly isLast: boolean; readonly perUnit: number },
): Float32Array {
  const length = values.length / count;
  const [start, step] = isLast ? [place, count] : [place * length, 1];
  const lead = new Float32Array(length);
  for (let n = 0; n < length; n++) {
    const value = Math.fround(values[start + n * step]! / perUnit);
    // A sample that is infinite is missing too.
    lead[n] = Number.isFinite(value) ? value : Number.NaN;
  }
  return lead;
}

function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`;
}
