// The types of predictions from which scores are computed.

/** A window of known label, and what a model answers. */
export interface Prediction {
  readonly recordName: string;
  readonly patientId: string;
  readonly startS: number;
  /** Index into the task's labels. */
  readonly label: number;
  /** One probability per label of the task, in their order; [1 - p, p] in a task of two. */
  readonly probabilities: readonly number[];
}

/** The predictions of one run on one test set. */
export interface RunPredictions {
  /** Number of the train/validation pair that the run used. */
  readonly pair: number;
  readonly windows: readonly Prediction[];
}
