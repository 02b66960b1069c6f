// The 24 quantities of a record that the comparison of synthetic and real records uses: rhythm, intervals, amplitudes and
// the shape of the signal. The same delineation measures both sides, so that its errors are the same on both.

import { medianOf, spreadOf } from './robust.js';

/** Where a quantity belongs in the report. */
export type QuantityGroup = 'rhythm' | 'interval' | 'amplitude' | 'shape';

/** A quantity of a record. */
export interface Quantity {
  readonly key: string;
  /** Its name for a reader. */
  readonly name: string;
  readonly group: QuantityGroup;
  /** Its unit: `s`, `signal` for the unit of the signals, or `1` for a number without unit. */
  readonly unit: 's' | 'signal' | '1';
}

/** The quantities, in the order of the columns of `quantitiesOf`. */
export const quantities = [
  { key: 'rrMeanS', name: 'mean RR interval', group: 'rhythm', unit: 's' },
  { key: 'sdnnS', name: 'SDNN', group: 'rhythm', unit: 's' },
  { key: 'rmssdS', name: 'RMSSD', group: 'rhythm', unit: 's' },
  { key: 'rrCv', name: 'RR coefficient of variation', group: 'rhythm', unit: '1' },
  { key: 'pShare', name: 'share of beats with a P wave', group: 'rhythm', unit: '1' },
  { key: 'prS', name: 'PR interval', group: 'interval', unit: 's' },
  { key: 'pS', name: 'P duration', group: 'interval', unit: 's' },
  { key: 'qrsS', name: 'QRS duration', group: 'interval', unit: 's' },
  { key: 'qtcS', name: 'QTc (Fridericia)', group: 'interval', unit: 's' },
  { key: 'tPeakEndS', name: 'T peak to T end', group: 'interval', unit: 's' },
  { key: 'pAmplitude', name: 'P amplitude', group: 'amplitude', unit: 'signal' },
  { key: 'rAmplitude', name: 'R amplitude', group: 'amplitude', unit: 'signal' },
  { key: 'sAmplitude', name: 'S amplitude', group: 'amplitude', unit: 'signal' },
  { key: 'tAmplitude', name: 'T amplitude', group: 'amplitude', unit: 'signal' },
  { key: 'stLevel', name: 'ST level 60 ms after QRS', group: 'amplitude', unit: 'signal' },
  { key: 'rVariation', name: 'variation of R amplitude over beats', group: 'amplitude', unit: '1' },
  { key: 'sd', name: 'standard deviation of the signal', group: 'shape', unit: 'signal' },
  { key: 'skewness', name: 'skewness', group: 'shape', unit: '1' },
  { key: 'kurtosis', name: 'kurtosis', group: 'shape', unit: '1' },
  { key: 'lowBand', name: 'log power share 0.5-5 Hz', group: 'shape', unit: '1' },
  { key: 'middleBand', name: 'log power share 5-15 Hz', group: 'shape', unit: '1' },
  { key: 'highBand', name: 'log power share 15-45 Hz', group: 'shape', unit: '1' },
  { key: 'restNoise', name: 'log noise between T and P', group: 'shape', unit: 'signal' },
  { key: 'beatNoise', name: 'log deviation of beats from their mean', group: 'shape', unit: 'signal' },
] as const satisfies readonly Quantity[];

/** The name of a quantity in programs. */
export type QuantityKey = (typeof quantities)[number]['key'];

/** What `quantitiesOf` measures. */
export interface DelineatedSignal {
  /** One lead. */
  readonly signal: Float32Array;
  readonly fsHz: number;
  /** Nine times per beat in s, in the order of `Delineation.fiducialsS`. */
  readonly fiducialsS: Float64Array;
  /** The normalized power spectrum and its frequencies. */
  readonly spectrum: Float64Array;
  readonly frequenciesHz: Float64Array;
  /** The mean beat, and the mean deviation of the beats from it; undefined with fewer than two complete beats. */
  readonly meanBeat: { readonly beat: Float64Array; readonly deviation: number } | undefined;
}

/** Measures a record. A quantity that the record does not show is NaN. */
export function quantitiesOf(record: DelineatedSignal): Float64Array {
  const { signal, fsHz, fiducialsS, spectrum, frequenciesHz, meanBeat } = record;
  const beats = Array.from({ length: fiducialsS.length / 9 }, (_, k) =>
    fiducialsS.subarray(9 * k, 9 * k + 9),
  );
  const rr = beats.slice(1).map((beat, k) => beat[4]! - beats[k]![4]!);
  const rrMeanS = mean(rr);
  const sdnnS = rr.length > 1 ? deviationOf(rr) : Number.NaN;
  const steps = rr.slice(1).map((one, k) => one - rr[k]!);
  const at = (timeS: number) => signal[Math.round(timeS * fsHz)] ?? Number.NaN;
  // The level of a beat is that of the signal at the onset of its QRS complex.
  const above = (timeOf: (beat: Float64Array) => number) =>
    beats.map((beat) => at(timeOf(beat)) - at(beat[3]!)).filter(Number.isFinite);
  const r = above((beat) => beat[4]!);
  const s = beats
    .map((beat) => lowest(signal, fsHz, beat[4]!, beat[5]!) - at(beat[3]!))
    .filter(Number.isFinite);
  const medianTime = (from: number, to: number) => medianOf(beats.map((beat) => beat[to]! - beat[from]!));
  const qtS = medianTime(3, 8);
  const band = (low: number, high: number) =>
    Math.log(
      Math.max(
        1e-6,
        spectrum.reduce(
          (sum, power, bin) => sum + (frequenciesHz[bin]! >= low && frequenciesHz[bin]! < high ? power : 0),
          0,
        ),
      ),
    );
  const moments = momentsOf(signal);
  const found: Record<QuantityKey, number> = {
    rrMeanS,
    sdnnS,
    rmssdS: steps.length > 0 ? Math.sqrt(mean(steps.map((step) => step * step))) : Number.NaN,
    rrCv: sdnnS / rrMeanS,
    pShare:
      beats.length === 0 ? Number.NaN : beats.filter((beat) => !Number.isNaN(beat[1]!)).length / beats.length,
    prS: medianTime(0, 3),
    pS: medianTime(0, 2),
    qrsS: medianTime(3, 5),
    qtcS: qtS / Math.cbrt(rrMeanS),
    tPeakEndS: medianTime(7, 8),
    pAmplitude: medianOf(above((beat) => beat[1]!)),
    rAmplitude: medianOf(r),
    sAmplitude: medianOf(s),
    tAmplitude: medianOf(above((beat) => beat[7]!)),
    stLevel: medianOf(above((beat) => beat[5]! + 0.06)),
    rVariation: r.length > 1 ? deviationOf(r) / Math.max(Math.abs(mean(r)), 1e-3 * moments.sd) : Number.NaN,
    ...moments,
    lowBand: band(0.5, 5),
    middleBand: band(5, 15),
    highBand: band(15, Number.POSITIVE_INFINITY),
    restNoise: restNoiseOf(signal, fsHz, beats),
    beatNoise: meanBeat === undefined ? Number.NaN : Math.log(Math.max(1e-6, meanBeat.deviation)),
  };
  return Float64Array.from(quantities, ({ key }) => found[key]);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

function lowest(signal: Float32Array, fsHz: number, fromS: number, toS: number): number {
  if (Number.isNaN(toS)) return Number.NaN;
  let least = Number.POSITIVE_INFINITY;
  for (let at = Math.round(fromS * fsHz); at <= Math.round(toS * fsHz) && at < signal.length; at++) {
    if (signal[at]! < least) least = signal[at]!;
  }
  return least;
}

function momentsOf(signal: Float32Array): Record<'sd' | 'skewness' | 'kurtosis', number> {
  const { length } = signal;
  let sum = 0;
  // Loops by index: this runs for every sample of every record.
  for (let at = 0; at < length; at++) sum += signal[at]!;
  const middle = sum / length;
  let [second, third, fourth] = [0, 0, 0];
  for (let at = 0; at < length; at++) {
    const step = signal[at]! - middle;
    const square = step * step;
    second += square;
    third += square * step;
    fourth += square * square;
  }
  const sd = Math.sqrt(second / length);
  return {
    sd,
    skewness: sd > 0 ? third / length / sd ** 3 : 0,
    kurtosis: sd > 0 ? fourth / length / sd ** 4 : 0,
  };
}

/** The logarithm of the robust spread of sample-to-sample steps between the end of T and the next P or QRS onset. */
function restNoiseOf(signal: Float32Array, fsHz: number, beats: readonly Float64Array[]): number {
  const steps: number[] = [];
  for (const [k, beat] of beats.entries()) {
    const next = beats[k + 1];
    if (next === undefined) break;
    const endS = Number.isNaN(next[0]!) ? next[3]! - 0.02 : next[0]!;
    for (let at = Math.round(beat[8]! * fsHz); at + 1 < endS * fsHz; at++) {
      steps.push(signal[at + 1]! - signal[at]!);
    }
  }
  return steps.length < 10 ? Number.NaN : Math.log(Math.max(1e-6, spreadOf(steps)));
}
