// The beats, waves and rhythm of a record with their exact times. Times are in seconds from the first sample.

/** Onset, peak and offset of one wave in seconds. */
export interface WaveTimes {
  readonly onsetS: number;
  readonly peakS: number;
  readonly offsetS: number;
}

/** One beat with the times of its waves. */
export interface BeatAnnotation {
  readonly type: 'N' | 'V';
  /** The R peak, or the dominant deflection of a PVC. */
  readonly timeS: number;
  /** `timeS` as the nearest sample of the record. */
  readonly sample: number;
  /** null where the beat has no such wave, or not wholly inside the record. */
  readonly p: WaveTimes | null;
  /** Its onset or offset is NaN where it lies outside the record. */
  readonly qrs: WaveTimes;
  readonly t: WaveTimes | null;
}

/** The beats and the rhythm of one record. */
export interface RecordAnnotations {
  /** WFDB rhythm text: `(N`, `(AFIB`, `(AFL`, `(PREX`; a record with PVCs is `(N`. */
  readonly rhythm: string;
  readonly lengthSamples: number;
  /** In order of time; their R peaks lie inside the record. */
  readonly beats: readonly BeatAnnotation[];
}
