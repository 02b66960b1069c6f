// The line of a signal on ECG paper as a path of an SVG. The path has only the points that are needed to see the line, in
// whole units relative to the point before, so that a page with many drawings stays small.

import { samplesOf } from '../signal/samples.js';
import { ink, mmPerS } from './paper.js';

/** Width of the line in mm. */
const widthMm = 0.3;
/** Height in mm by which the line may differ from the line through all samples: a sixth of its width. */
const toleranceMm = 0.05;
/** The unit of the numbers of a path: 0.02 mm. */
const unitsPerMm = 50;

interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Draws a signal between two times, as a path of the class `trace`. If more than two samples fall into an eighth of a
 * millimetre, the path has only the lowest and the highest of them, so that peaks keep their height. It has a gap where
 * samples are missing (NaN).
 */
export function tracePath(
  signal: Float32Array,
  fsHz: number,
  fromS: number,
  toS: number,
  xOf: (s: number) => number,
  yOf: (value: number) => number,
): string {
  const first = samplesOf(fromS, fsHz);
  const last = Math.min(signal.length - 1, samplesOf(toS, fsHz));
  const perBin = Math.max(1, Math.floor(fsHz / mmPerS / 8));
  const lines: Point[][] = [];
  let line: Point[] | undefined;
  for (let start = first; start <= last; start += perBin) {
    const places = extremes(signal, start, Math.min(last + 1, start + perBin));
    if (places.length === 0) {
      line = undefined;
      continue;
    }
    if (line === undefined) {
      line = [];
      lines.push(line);
    }
    for (const at of places) line.push({ x: xOf(at / fsHz), y: yOf(signal[at]!) });
  }
  const path = lines.map((points) => relativePath(thin(points))).join('');
  const width = widthMm * unitsPerMm;
  return `<path class="trace" transform="scale(${1 / unitsPerMm})" d="${path}" fill="none" stroke="${ink}" stroke-width="${width}" stroke-linejoin="round" stroke-linecap="round"/>`;
}

/** Returns the places of the lowest and the highest finite sample in [start, end), in order; none if all are missing. */
function extremes(signal: Float32Array, start: number, end: number): readonly number[] {
  let low = -1;
  let high = -1;
  for (let at = start; at < end; at++) {
    const value = signal[at]!;
    if (Number.isNaN(value)) continue;
    if (low < 0 || value < signal[low]!) low = at;
    if (high < 0 || value > signal[high]!) high = at;
  }
  if (low < 0) return [];
  if (low === high) return [low];
  return low < high ? [low, high] : [high, low];
}

/** Returns the points of a line without those that are within the tolerance of the line between their neighbours. */
function thin(points: readonly Point[]): Point[] {
  let from = points[0]!;
  let before = from;
  // The slopes of the lines from `from` that pass every later point within the tolerance.
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const kept = [from];
  for (const point of points.slice(1)) {
    const slope = (point.y - from.y) / (point.x - from.x);
    if (slope < least || slope > most) {
      kept.push(before);
      from = before;
      [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    }
    const width = point.x - from.x;
    least = Math.max(least, (point.y - toleranceMm - from.y) / width);
    most = Math.min(most, (point.y + toleranceMm - from.y) / width);
    before = point;
  }
  if (before !== from) kept.push(before);
  return kept;
}

/** Writes a line as `M750 1000l5-3 5 1`. Each point is exact to half a unit, because the steps lead from rounded points. */
function relativePath(points: readonly Point[]): string {
  const whole = points.map(({ x, y }) => ({ x: Math.round(x * unitsPerMm), y: Math.round(y * unitsPerMm) }));
  const [start, ...rest] = whole;
  const steps = rest.map(({ x, y }, at) => `${x - whole[at]!.x} ${y - whole[at]!.y}`);
  const line = steps.length === 0 ? '' : `l${steps.join(' ')}`;
  return `M${start!.x} ${start!.y}${line}`.replaceAll(' -', '-');
}
