// The types of predictions from which scores are computed.

/** A predicted window of a run. */
export interface ScoredWindow {
  readonly recordName: string;
  readonly patientId: string;
  readonly startS: number;
  /** Index into the task's labels. */
  readonly label: number;
  /** One probability per label of the task; [1 - p, p] for two labels. */
  readonly probabilities: readonly number[];
}

/** The predictions of one run on one test set. */
export interface RunPredictions {
  /** Number of the train/validation pair that the run used. */
  readonly pair: number;
  readonly windows: readonly ScoredWindow[];
}
