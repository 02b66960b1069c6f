// The types of the annotations of a synthetic record: rhythms, beats and waves. Times are seconds from the first sample.

import type { EcgClass } from './classes.js';

/** The onset, peak and offset of a wave. */
export interface WaveTimes {
  /** Time at which the wave starts, in s from the first sample. */
  readonly onsetS: number;
  /** Time of the peak of the wave, in s from the first sample. */
  readonly peakS: number;
  /** Time at which the wave ends, in s from the first sample. */
  readonly offsetS: number;
}

/**
 * The WFDB code of a beat: N normal, L and R left and right bundle branch block, A atrial premature, a aberrant atrial
 * premature, J junctional premature, V premature ventricular (PVC), F fusion of V and N, E ventricular escape, j
 * junctional escape, / paced. The presets paper and clinical make N and V.
 */
export type BeatType = 'N' | 'L' | 'R' | 'A' | 'a' | 'J' | 'V' | 'F' | 'E' | 'j' | '/';

/** A beat and its waves. */
export interface BeatAnnotation {
  /** The WFDB code of the beat. */
  readonly type: BeatType;
  /** Time of the R peak, or of the dominant deflection of a ventricular beat. */
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

/** A rhythm of a record. It lasts until the next one starts. */
export interface RhythmAnnotation {
  /** The class whose rhythm it is: `normal`, then `af` in a record of the class `normal>af`. */
  readonly ecgClass: EcgClass;
  /** Rhythm as WFDB writes it: `(N`, `(AFIB`, `(AFL`, `(PREX`. A record with PVCs has `(N`. */
  readonly rhythm: string;
  /** Time at which the rhythm starts, in s from the first sample. */
  readonly timeS: number;
  /** `timeS` as the nearest sample of the record. */
  readonly sample: number;
}

/** The rhythms and beats of a record. */
export interface RecordAnnotations {
  /** The rhythms in order of time. The first one starts at 0 s; most records have no other. */
  readonly rhythms: readonly RhythmAnnotation[];
  /** Number of samples of the record that the times refer to. */
  readonly lengthSamples: number;
  /**
   * The beats in order of time. All R peaks are inside the record: a beat whose R peak is outside is missing, also if its T
   * wave is visible at the start of the record or its P wave at the end.
   */
  readonly beats: readonly BeatAnnotation[];
}
