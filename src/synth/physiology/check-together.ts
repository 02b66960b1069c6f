// The checks of numbers of one class that must agree with each other.

import type { Law } from './law.js';
import { boundsOf, typicalOf } from './law-values.js';

type PlainLaw = Exclude<Law, string>;

const sinus = 0;
const weights = {
  'the patterns of premature ventricular beats': [
    'pvc.isolatedWeight',
    'pvc.bigeminyWeight',
    'pvc.trigeminyWeight',
    'pvc.quadrigeminyWeight',
    'pvc.coupletWeight',
    'pvc.runWeight',
  ],
  'the conduction of flutter': ['av.weight2', 'av.weight3', 'av.weight4', 'av.weightVariable'],
  'the beats of variable conduction': ['av.share2', 'av.share3', 'av.share4', 'av.share5'],
};

/** Returns what is wrong with the numbers of a class as a whole; undefined if they agree. */
export function checkTogether(numbers: ReadonlyMap<string, PlainLaw>): string | undefined {
  const lawOf = (field: string) => numbers.get(field)!;
  const typical = (field: string) => typicalOf(lawOf(field));
  const highest = (field: string) => boundsOf(lawOf(field))[1];
  const isSinus = typical('rhythm.kind') === sinus;

  const pr = `av.prS (typical ${round(typical('av.prS'))} s, up to ${highest('av.prS')} s)`;
  const rr = `rhythm.rrS (typical ${round(typical('rhythm.rrS'))} s, up to ${highest('rhythm.rrS')} s)`;
  const isLate = typical('av.prS') >= typical('rhythm.rrS') || highest('av.prS') > highest('rhythm.rrS');
  if (isSinus && isLate) return `${pr} is longer than ${rr}; PR must be shorter than RR`;

  if (boundsOf(lawOf('rhythm.floorS'))[0] > highest('rhythm.rrS')) {
    return `the shortest interval rhythm.floorS (${boundsOf(lawOf('rhythm.floorS'))[0]} s) is longer than ${rr}; lower it`;
  }

  const qtS = typical('repolarisation.qtcS') * typical('rhythm.rrS') ** typical('repolarisation.qtExponent');
  const isWide = typical('qrs.durationS') >= qtS || highest('qrs.durationS') > highest('repolarisation.qtcS');
  if (isWide) {
    return (
      `qrs.durationS (typical ${round(typical('qrs.durationS'))} s, up to ${highest('qrs.durationS')} s) is longer than ` +
      `QT (typical ${round(qtS)} s; repolarisation.qtcS up to ${highest('repolarisation.qtcS')} s); the QRS is a part of QT`
    );
  }

  for (const [what, fields] of Object.entries(weights)) {
    if (fields.every((field) => highest(field) === 0)) {
      return `all weights of ${what} are 0 (${fields.join(', ')}); give at least one above 0`;
    }
  }
  return undefined;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
