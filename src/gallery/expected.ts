// What the data of a class state about the measures: the middle and the bounds of the laws from which its records draw. A
// measure that follows from several laws, such as RR in flutter, has no expected value.

import { base } from '../synth/physiology/base.js';
import { boundsOf, typicalOf } from '../synth/physiology/law-values.js';
import type { ResolvedClass } from '../synth/physiology/resolve.js';
import type { Measure, ValueRange } from './intervals.js';

/** Returns the expected values of a class. An episode changes its rhythm midway, so it has none. */
export function expectedOf({
  numbers,
  episode,
}: ResolvedClass): Readonly<Partial<Record<Measure, ValueRange>>> {
  if (episode !== undefined) return {};
  const lawOf = (field: string) => numbers.get(field)!;
  const lawValue = (field: string): ValueRange => {
    const [min, max] = boundsOf(lawOf(field));
    return { middle: typicalOf(lawOf(field)), min, max };
  };
  const is = (field: string, word: string) => lawOf(field) === base.get(field)!.words![word];
  const isVentricular = is('rhythm.kind', 'ventricular');
  const isSinus = is('rhythm.kind', 'sinus');
  const isComplete = isSinus && is('av.kind', 'complete');
  const dropsBeats = isSinus && (is('av.kind', 'mobitz1') || is('av.kind', 'mobitz2'));
  const isPreExcited = lawOf('pathway.chance') === 1;
  const rr =
    is('rhythm.kind', 'flutter') || dropsBeats
      ? undefined
      : lawValue(isComplete ? 'av.escapeRrS' : 'rhythm.rrS');
  return {
    ...(rr && { rrS: rr, rateBpm: { middle: 60 / rr.middle, min: 60 / rr.max, max: 60 / rr.min } }),
    ...(is('rhythm.kind', 'fibrillation') && { rrCv: lawValue('rhythm.cv') }),
    ...(isSinus &&
      !isComplete &&
      !is('av.kind', 'mobitz1') && { pToRS: lawValue(isPreExcited ? 'pathway.prS' : 'av.prS') }),
    ...(!isVentricular && {
      ...(!isPreExcited && { qrsS: lawValue('qrs.durationS') }),
      qtcS: lawValue('repolarisation.qtcS'),
    }),
    ...(isVentricular && { ventricularQtS: lawValue('focus.qtS') }),
  };
}
