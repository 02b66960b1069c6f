// What neighbouring beats say about a beat: whether P waves come at a constant place before the QRS complexes, which P wave
// is elsewhere, and where the bounds of similar waves are. The onset and offset of a low wave are uncertain by themselves; the median over
// similar waves of the neighbours is steadier.
// Sources: Laguna et al., Comput. Biomed. Res. 27:45, 1994; Martínez et al., IEEE Trans. Biomed. Eng. 51:570, 2004
// (both leave out P waves below a threshold, and do not compare beats).

import { perBeat } from './lead-waves.js';
import { valueAt } from './smoothing.js';

/** How many beats to each side are compared. */
const reach = 5;
/** The stretch before the onset of QRS in which P is expected, and the distance of the samples that are compared, in s. */
const windowS = { from: 0.22, to: 0.02, step: 0.008 } as const;

/**
 * Returns how much the stretches before the QRS complexes resemble each other around each beat [beats], -1 to 1: near 1
 * if the beats have P waves, near 0 in atrial fibrillation. NaN where too few beats can be compared.
 *
 * @param bump - the lead [N] without QRS complexes and without its level.
 */
export function likenessBeforeQrs(bump: Float64Array, found: Float64Array, fsHz: number): Float64Array {
  const size = Math.round((windowS.from - windowS.to) / windowS.step);
  const count = found.length / perBeat;
  const windows = Array.from({ length: count }, (_, k) => {
    const onset = found[k * perBeat + 3]!;
    const start = Math.round(onset - windowS.from * fsHz);
    if (!(start >= 0)) return undefined;
    return Float64Array.from({ length: size }, (_, n) => bump[start + Math.round(n * windowS.step * fsHz)]!);
  });
  const own = windows.map((one, k) => {
    if (one === undefined) return Number.NaN;
    const mean = new Float64Array(size);
    let others = 0;
    for (let j = Math.max(0, k - reach); j <= Math.min(count - 1, k + reach); j++) {
      const other = windows[j];
      if (j === k || other === undefined) continue;
      for (let n = 0; n < size; n++) mean[n]! += other[n]!;
      others++;
    }
    return others < 2 ? Number.NaN : correlation(one, mean);
  });
  return Float64Array.from({ length: count }, (_, k) =>
    valueAt(
      own.slice(Math.max(0, k - reach), k + reach + 1).filter((value) => !Number.isNaN(value)),
      0.5,
    ),
  );
}

/** Returns the median change of the logarithm of the RR interval around each beat [beats]; NaN where it has no change. */
export function rhythmChanges(beats: readonly number[]): Float64Array {
  const logs = beats.slice(1).map((beat, k) => Math.log(beat - beats[k]!));
  const changes = logs.slice(1).map((log, k) => Math.abs(log - logs[k]!));
  return Float64Array.from(beats, (_, k) =>
    valueAt(changes.slice(Math.max(0, k - reach - 1), k + reach), 0.5),
  );
}

function correlation(one: Float64Array, other: Float64Array): number {
  const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [meanOf(one), meanOf(other)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let n = 0; n < one.length; n++) {
    xx += (one[n]! - x) ** 2;
    yy += (other[n]! - y) ** 2;
    xy += (one[n]! - x) * (other[n]! - y);
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

/** A P wave strays if it is this far from the usual place, in s, and most neighbours are within `agree` of that place. */
const stray = { farS: 0.045, agreeS: 0.02, most: 0.6, least: 2 } as const;

/**
 * Returns the beats whose P wave is elsewhere than those of the beats around it, which agree with each other, and the
 * usual place: a noise or the end of T may be higher than P in one beat.
 *
 * @returns pairs: the beat, and the usual place of the peak of P in samples from the peak of QRS.
 */
export function strayPs(found: Float64Array, fsHz: number): (readonly [number, number])[] {
  const count = found.length / perBeat;
  const places = Array.from({ length: count }, (_, k) => found[k * perBeat + 1]! - found[k * perBeat + 4]!);
  const strays: (readonly [number, number])[] = [];
  for (const [k, place] of places.entries()) {
    if (Number.isNaN(place)) continue;
    const others = [...places.slice(Math.max(0, k - reach), k), ...places.slice(k + 1, k + reach + 1)].filter(
      (other) => !Number.isNaN(other),
    );
    const usual = valueAt(others, 0.5);
    if (!(Math.abs(place - usual) > stray.farS * fsHz)) continue;
    const agreeing = others.filter((other) => Math.abs(other - usual) <= stray.agreeS * fsHz).length;
    if (agreeing >= Math.max(stray.least, stray.most * others.length)) strays.push([k, usual]);
  }
  return strays;
}

/** How far the peak of a wave may be from that of a neighbour, beside the peak of QRS, to be similar, in s: P, QRS, T. */
const similarS = [0.02, 0, 0.04] as const;
/** Similar QRS complexes differ in their bounds by less than this, in s. */
const similarQrsS = 0.05;

/** Replaces the bounds of each wave, beside its peak, by their medians over similar waves of the neighbours. */
export function steadyBounds(found: Float64Array, fsHz: number): void {
  const raw = Float64Array.from(found);
  const count = found.length / perBeat;
  for (let wave = 0; wave < perBeat; wave += 3) {
    for (let k = 0; k < count; k++) {
      const at = k * perBeat + wave;
      const peak = raw[at + 1]!;
      if (Number.isNaN(peak)) continue;
      const similar: number[] = [];
      for (let j = Math.max(0, k - reach); j <= Math.min(count - 1, k + reach); j++) {
        if (isSimilar(raw, at, j * perBeat + wave, wave, fsHz)) similar.push(j * perBeat + wave);
      }
      for (const bound of [0, 2]) {
        if (Number.isNaN(raw[at + bound]!)) continue;
        const places = similar
          .map((other) => raw[other + bound]! - raw[other + 1]!)
          .filter((place) => !Number.isNaN(place));
        found[at + bound] = peak + valueAt(places, 0.5);
      }
    }
  }
}

function isSimilar(raw: Float64Array, at: number, other: number, wave: number, fsHz: number): boolean {
  if (Number.isNaN(raw[other + 1]!)) return false;
  if (wave === 3) {
    return [0, 2].every((bound) => {
      const difference = raw[at + bound]! - raw[at + 1]! - (raw[other + bound]! - raw[other + 1]!);
      return !(Math.abs(difference) > similarQrsS * fsHz);
    });
  }
  const toQrs = 4 - (wave + 1);
  const difference = raw[at + 1]! - raw[at + 1 + toQrs]! - (raw[other + 1]! - raw[other + 1 + toQrs]!);
  return Math.abs(difference) <= similarS[(wave / 3) as 0 | 1 | 2] * fsHz;
}
