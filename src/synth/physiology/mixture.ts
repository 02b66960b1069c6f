// The laws of several classes together. Where two give a law for one number, the later one counts within the range of
// the earlier; of two chances, the larger counts. Ranges without a common value are a contradiction.

import { PqrstError } from '../../base/errors.js';
import { base } from './base.js';
import type { ClassNumbers, Law } from './law.js';
import { boundsOf, limitLaw, plainLaw } from './law-values.js';

/** A class of a mixture. */
export interface Part {
  readonly name: string;
  readonly numbers: ClassNumbers;
}

/**
 * Merges the laws of several classes.
 *
 * @param whole - the name of the mixture in messages.
 * @throws PqrstError ERR_SPEC: when two classes contradict each other.
 */
export function mergeClasses(parts: readonly Part[], whole: string): ClassNumbers {
  const merged = new Map<string, { readonly law: Law; readonly from: string }>();
  for (const { name, numbers } of parts) {
    for (const [field, law] of Object.entries(numbers)) {
      const earlier = merged.get(field);
      const both = earlier === undefined ? law : together(field, earlier.law, law);
      if (both === undefined) {
        throw new PqrstError(
          'ERR_SPEC',
          `the classes ${earlier!.from} and ${name} of "${whole}" contradict each other: ${field} is ` +
            `${lawText(earlier!.law)} in one and ${lawText(law)} in the other (${base.get(field)!.unit}); ` +
            'name one of the two classes',
        );
      }
      merged.set(field, { law: both, from: name });
    }
  }
  return Object.fromEntries([...merged].map(([field, { law }]) => [field, law]));
}

/** Returns the law of a number that two classes set; undefined if they contradict each other. */
function together(field: string, earlier: Law, later: Law): Law | undefined {
  const number = base.get(field)!;
  const [first, second] = [plainLaw(earlier, number), plainLaw(later, number)];
  if (number.unit.startsWith('chance')) return boundsOf(first)[1] > boundsOf(second)[1] ? earlier : later;
  const limited = limitLaw(second, boundsOf(first));
  return typeof limited === 'number' ? later : limited;
}

function lawText(law: Law): string {
  return typeof law === 'object' ? `${law.min} to ${law.max}` : String(law);
}
