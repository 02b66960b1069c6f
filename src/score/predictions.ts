// Predictions of a model as the scores read them. Nothing is computed here.

/** A judged window of a run. */
export interface ScoredWindow {
  readonly recordName: string;
  readonly patientId: string;
  readonly startS: number;
  /** Index into the task's labels. */
  readonly label: number;
  /** A probability a label of the task; [1 - p, p] in a task of two. */
  readonly probabilities: readonly number[];
}

/** What one run said of one test set. */
export interface RunPredictions {
  readonly pair: number;
  readonly windows: readonly ScoredWindow[];
}
