// The beats, waves and rhythm of a record with their exact times. Times are in seconds from the first sample.

/** Times of a wave. */
export interface WaveTimes {
  readonly onsetS: number;
  readonly peakS: number;
  readonly offsetS: number;
}

/** A beat and its waves. */
export interface BeatAnnotation {
  readonly type: 'N' | 'V';
  /** Time of the R peak, or of the dominant deflection of a PVC. */
  readonly timeS: number;
  /** `timeS` as the nearest sample of the record. */
  readonly sample: number;
  /** null where the beat has no P wave, or the wave is not completely inside the record. */
  readonly p: WaveTimes | null;
  /** An onset or offset outside the record is NaN. */
  readonly qrs: WaveTimes;
  readonly t: WaveTimes | null;
}

/** The rhythm and beats of a record. */
export interface RecordAnnotations {
  /** Rhythm as WFDB writes it: `(N`, `(AFIB`, `(AFL`, `(PREX`. A record with PVCs is `(N`. */
  readonly rhythm: string;
  readonly lengthSamples: number;
  /** In order of time. All R peaks are inside the record. */
  readonly beats: readonly BeatAnnotation[];
}
