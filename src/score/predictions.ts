// The types of predictions from which scores are computed.

/** A labelled window and the prediction of a model for it. */
export interface Prediction {
  readonly recordName: string;
  readonly patientId: string;
  readonly startS: number;
  /** Index of the reference label among the labels of the task. */
  readonly label: number;
  /** One probability per label of the task, in the order of the labels; [1 - p, p] if the task has two labels. */
  readonly probabilities: readonly number[];
}

/** The predictions of one run on one test set. */
export interface RunPredictions {
  /** Number of the train/validation pair that the run used. */
  readonly pair: number;
  readonly windows: readonly Prediction[];
}
