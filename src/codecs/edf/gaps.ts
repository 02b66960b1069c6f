// Puts the data records of a discontinuous file (EDF+D) at their times. Opens no file.

import { mostSamples, tooManySamples } from '../input.js';
import { edfError } from './header.js';

/**
 * Returns the first sample of each data record, of `count` samples each, counted from the first data record.
 *
 * @param onsetsS - the time that each data record states; NaN where it states none.
 * @throws PqrstError ERR_EDF: when a data record states no time, or starts before the end of the one before it.
 */
export function startsOf(onsetsS: readonly number[], count: number, fsHz: number, path: string): number[] {
  // Records that follow each other within a sample are one run: rounded times must not leave a gap of one sample.
  const starts: number[] = [];
  let run = { start: 0, onsetS: onsetsS[0]!, record: 0 };
  for (const [n, onsetS] of onsetsS.entries()) {
    if (Number.isNaN(onsetS)) {
      throw edfError(path, `is discontinuous (EDF+D), but its data record ${n + 1} does not state its time`);
    }
    const next = run.start + (n - run.record) * count;
    const gap = (onsetS - run.onsetS) * fsHz - (n - run.record) * count;
    if (gap <= -1) {
      const problem = `: its data record ${n + 1} starts at ${onsetS} s, before the end of the one before it`;
      throw edfError(path, `is damaged${problem}; fetch it again`);
    }
    if (gap >= 1)
      run = { start: Math.max(next, Math.round((onsetS - onsetsS[0]!) * fsHz)), onsetS, record: n };
    starts.push(gap >= 1 ? run.start : next);
  }
  return starts;
}

/**
 * Moves the data records, of `count` samples each, to their places, and fills the gaps with NaN.
 *
 * @throws PqrstError ERR_EDF: when the leads would have more than `mostSamples` samples together.
 */
export function spread(
  signalsMv: readonly Float32Array[],
  starts: readonly number[],
  count: number,
  path: string,
): Float32Array[] {
  const length = starts.at(-1)! + count;
  if (length * signalsMv.length > mostSamples) {
    throw edfError(path, `takes ${length} samples per lead with its gaps; ${tooManySamples}`);
  }
  return signalsMv.map((signalMv) => {
    if (length === signalMv.length) return signalMv;
    const whole = new Float32Array(length).fill(Number.NaN);
    for (const [n, start] of starts.entries())
      whole.set(signalMv.subarray(n * count, (n + 1) * count), start);
    return whole;
  });
}
