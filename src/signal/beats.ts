// The types of the annotations of a synthetic record: rhythm, beats and waves. Times are seconds from the first sample.

/** The onset, peak and offset of a wave. */
export interface WaveTimes {
  /** Time at which the wave starts, in s from the first sample. */
  readonly onsetS: number;
  /** Time of the peak of the wave, in s from the first sample. */
  readonly peakS: number;
  /** Time at which the wave ends, in s from the first sample. */
  readonly offsetS: number;
}

/** A beat and its waves. */
export interface BeatAnnotation {
  /** The WFDB beat code: N for a normal beat, V for a premature ventricular contraction (PVC). */
  readonly type: 'N' | 'V';
  /** Time of the R peak, or of the dominant deflection of a PVC. */
  readonly timeS: number;
  /** `timeS` as the nearest sample of the record. */
  readonly sample: number;
  /** Null if the beat has no P wave, or the wave is not completely inside the record. */
  readonly p: WaveTimes | null;
  /** The QRS complex. An onset or offset outside the record is NaN. */
  readonly qrs: WaveTimes;
  /** Null if the beat has no T wave, or the wave is not completely inside the record. */
  readonly t: WaveTimes | null;
}

/** The rhythm and beats of a record. */
export interface RecordAnnotations {
  /** Rhythm as WFDB writes it: `(N`, `(AFIB`, `(AFL`, `(PREX`. A record with PVCs has `(N`. */
  readonly rhythm: string;
  /** Number of samples of the record that the times refer to. */
  readonly lengthSamples: number;
  /** The beats in order of time. All R peaks are inside the record. */
  readonly beats: readonly BeatAnnotation[];
}
