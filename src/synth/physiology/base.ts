// The base of the physiological model: normal adult sinus rhythm, each number with its law, unit, allowed range, meaning
// and source. A class overrides some of these laws. The groups are those of native/plan/physiology/spec.h.
//
// A wave is a vector in the body: its direction in the frontal plane (0 = left, +90 = down) and its depth out of this
// plane (+ = forward) give x (left), y (down) and z (back); a lead is the product of this vector with a row of the
// matrix of Dower et al., J Electrocardiol, 1980.

import { atrialWaves, p, rhythm } from './base-atria.js';
import { av, focus, pac, pathway, pvc } from './base-conduction.js';
import { faults } from './base-faults.js';
import { qrs, repolarisation } from './base-ventricles.js';
import { type BaseGroup, type BaseNumber, numbersFrom } from './law.js';
import { cse, open } from './sources.js';

const groups: Readonly<Record<string, BaseGroup>> = {
  rhythm,
  p,
  atrialWaves,
  av,
  pathway,
  pac,
  pvc,
  focus,
  qrs,
  repolarisation,
  faults,
};

const own: BaseGroup = {
  id: numbersFrom(open)(
    0,
    'hash',
    [0, 2 ** 24 - 1],
    'A hash of the name of the class, which seeds its draws.',
  ),
  thresholdMv: numbersFrom(cse)(0.02, 'mV', [1e-4, 1], 'A wave is annotated where it exceeds this value.'),
};

/** Every number of the model by its dotted name, in the order of the kernel. */
export const base: ReadonlyMap<string, BaseNumber> = new Map([
  ...Object.entries(own),
  ...Object.entries(groups).flatMap(([group, numbers]) =>
    Object.entries(numbers).map(([name, number]) => [`${group}.${name}`, number] as const),
  ),
]);
