// The steps that turn a recording into the input of a model file, in order and with all their numbers, as a model file
// states them (`pqrst.inputSteps`, JSON). The numbers come from the code that computes the steps, so a program without this
// package can rebuild them (docs/python.md has such a program). A file whose steps differ from those of this version is
// refused, because this version would prepare its windows in another way.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { filterTaps, roundingShare } from '../signal/filter.js';
import { resamplingFilter, resamplingTaps } from '../signal/resample.js';
import { sdDdof } from '../signal/standardize.js';
import type { ModelMetadata } from './metadata.js';

/** One step: its name in `step`, and its numbers. docs/models.md has a table of all steps. */
export type InputStep = { readonly step: string } & Readonly<Record<string, unknown>>;

/** The statements of a file from which its steps follow. */
export type StatedInput = Pick<
  ModelMetadata,
  'fsHz' | 'lengthSamples' | 'leads' | 'unit' | 'filter' | 'scaling'
>;

/** The usual rates of recordings, in Hz. The taps of `resample` are stated for the first that is not the rate itself. */
const usualRates = [500, 1000];

/**
 * Returns the steps of a file. Undefined if the file does not state the rate, the length or the scaling.
 *
 * @throws PqrstError The errors of `filterTaps`.
 */
export function inputSteps({
  fsHz,
  lengthSamples,
  leads,
  unit = 'mV',
  filter,
  scaling,
}: StatedInput): readonly InputStep[] | undefined {
  if (fsHz === undefined || lengthSamples === undefined || scaling === undefined) return undefined;
  const fromHz = usualRates.find((rate) => rate !== fsHz)!;
  return [
    { step: 'read', ...(leads && { leads }), unit, dtype: 'float32' },
    {
      step: 'resample',
      ...{ toHz: fsHz, ...resamplingFilter, edges: 'odd reflection' },
      taps: { fromHz, fromMiddle: fromMiddle(resamplingTaps(fromHz, fsHz)) },
      dtype: 'float32',
    },
    { step: 'window', lengthSamples, ifSampleMissing: 'skip', ifFlat: 'skip' },
    ...(filter === undefined
      ? []
      : [
          {
            step: 'filter',
            ...{ bandHz: filter, fromMiddle: fromMiddle(filterTaps(filter, fsHz)), edges: 'odd reflection' },
            ...{ flatRangeShare: roundingShare, ifFlat: 'skip', dtype: 'float32' },
          },
        ]),
    ...(scaling === 'zscore' ? [{ step: 'zscore', ddof: sdDdof, dtype: 'float32' }] : []),
  ];
}

/** Returns the middle one of symmetric taps, and those after it. */
function fromMiddle(taps: Float64Array): readonly number[] {
  return [...taps.subarray((taps.length - 1) / 2)];
}

const stepsSchema = z.array(z.looseObject({ step: z.string() }));

/** Returns the steps that a file states; undefined if the text is not a list of steps. */
export function readInputSteps(text: string): readonly InputStep[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return stepsSchema.safeParse(value).data;
}

/**
 * Checks that this version prepares windows as a file states.
 *
 * @throws PqrstError ERR_MODEL: when the steps contradict the other statements of the file or the code of this version.
 */
export function expectInputSteps(stated: readonly InputStep[], facts: StatedInput, source: string): void {
  const own = inputSteps(facts);
  if (own === undefined) return;
  const names = (steps: readonly InputStep[]) => steps.map(({ step }) => step).join(', ');
  const difference =
    names(stated) === names(own)
      ? stated.flatMap((one, at) => differenceOf(one, own[at]!))[0]
      : `the steps ${names(stated)}, and this version computes ${names(own)}`;
  if (difference === undefined) return;
  throw new PqrstError(
    'ERR_MODEL',
    `${source} states ${difference}; evaluate it with the version of pqrst that wrote it, or correct its metadata`,
  );
}

/** Returns a sentence part on the first value of a step that differs. */
function differenceOf(stated: InputStep, own: InputStep): string[] {
  const name = Object.keys(stated).find((key) => !isSame(stated[key], own[key]));
  if (name === undefined) return [];
  const shown = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 60);
  return [
    `\`${name}\` ${shown(stated[name])} for the step ${own.step}, and this version computes with ${shown(own[name])}`,
  ];
}

/** Compares two values. Numbers may differ by rounding, because processors compute sines in different ways. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') return Math.abs(one - other) <= 1e-9;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return isDeepStrictEqual(one, other);
  }
  const [own, keys] = [other as Record<string, unknown>, Object.keys(one)];
  const sameLength = Array.isArray(one) === Array.isArray(other) && keys.length === Object.keys(own).length;
  return sameLength && keys.every((key) => isSame((one as Record<string, unknown>)[key], own[key]));
}
