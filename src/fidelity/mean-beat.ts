// The mean beat of a record: its beats from 0.3 s before to 0.5 s after the R peak, at 100 Hz, averaged.

/** The rate of mean beats in Hz. */
export const beatHz = 100;
const beforeS = 0.3;
const afterS = 0.5;

/** A mean beat. */
export interface MeanBeat {
  /** [80] samples from 0.3 s before the R peak, minus their mean. */
  readonly beat: Float64Array;
  /** The root of the mean squared deviation of the beats from the mean beat. */
  readonly deviation: number;
}

/** Returns the mean beat; undefined if fewer than two beats are completely inside the record. */
export function meanBeatOf(
  signal: Float32Array,
  fsHz: number,
  peaksS: readonly number[],
): MeanBeat | undefined {
  const length = Math.round((beforeS + afterS) * beatHz);
  const beats = peaksS
    .filter((peakS) => (peakS - beforeS) * fsHz >= 0 && (peakS + afterS) * fsHz < signal.length - 1)
    .map((peakS) => {
      const beat = Float64Array.from({ length }, (_, k) => {
        const place = (peakS - beforeS + k / beatHz) * fsHz;
        const at = Math.floor(place);
        return signal[at]! + (place - at) * (signal[at + 1]! - signal[at]!);
      });
      const level = beat.reduce((sum, value) => sum + value, 0) / length;
      return beat.map((value) => value - level);
    });
  if (beats.length < 2) return undefined;
  const beat = Float64Array.from(
    { length },
    (_, k) => beats.reduce((sum, one) => sum + one[k]!, 0) / beats.length,
  );
  const squares = beats.reduce(
    (sum, one) => sum + one.reduce((own, value, k) => own + (value - beat[k]!) ** 2, 0),
    0,
  );
  return { beat, deviation: Math.sqrt(squares / ((beats.length - 1) * length)) };
}
