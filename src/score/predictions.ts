// The types of predictions from which scores are computed.

/** A labelled window and the prediction of a model for it. */
export interface Prediction {
  /** Name of the recording, such as `201`, or `mitdb:201` among merged data sets. */
  readonly recordName: string;
  /** Name of the patient, in the form of `recordName`; the bootstrap draws patients. */
  readonly patientId: string;
  /** Start of the window in its recording, in s. */
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
