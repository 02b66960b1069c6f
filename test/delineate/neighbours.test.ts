import { expect, it } from 'vitest';
import { strayPs } from '../../src/delineate/neighbours.js';

const fsHz = 500;

/** Fiducials of beats of which only the peaks of P and QRS are given: P lies `places` samples from QRS. */
function fiducials(places: readonly number[]): Float64Array {
  const found = new Float64Array(9 * places.length).fill(Number.NaN);
  for (const [k, place] of places.entries()) {
    found[9 * k + 4] = 400 * (k + 1);
    found[9 * k + 1] = 400 * (k + 1) + place;
  }
  return found;
}

it('names the P waves that are elsewhere than those of the beats around them', () => {
  expect(strayPs(fiducials([-80, -82, -120, -79, -81, -80]), fsHz)).toEqual([[2, -80]]);
  expect(strayPs(fiducials([-80, -82, -81, -79, -81, -80]), fsHz)).toEqual([]);
});

it('names no P wave where the neighbours do not agree, or are too few', () => {
  expect(strayPs(fiducials([-60, -90, -125, -70, -110, -50]), fsHz)).toEqual([]);
  expect(strayPs(fiducials([-80, -120]), fsHz)).toEqual([]);
  expect(strayPs(fiducials([-80, Number.NaN, -82, -81]), fsHz)).toEqual([]);
});
