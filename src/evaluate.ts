// The entrance `pqrst/evaluate`: ONNX classifiers on labelled windows and on single signals, with their scores.

export { type ErrorCode, PqrstError } from './base/errors.js';
export type { JobOptions } from './base/job.js';
export type {
  Derivative,
  Device,
  Engine,
  EngineOptions,
  Execution,
  Port,
  Program,
  State,
  StateSlot,
  TensorData,
} from './engine/engine.js';
export { onnxRuntimeEngine } from './engine/onnxruntime.js';
export { type EngineChoice, type EngineName, type EngineOrChoice, openEngine } from './engine/open.js';
export type { Dim, DType, Shape } from './graph/graph.js';
export type { InputStep } from './model/input-steps.js';
export type { ModelMetadata, OutputKind, Precision, Scaling } from './model/metadata.js';
export { type Model, type ModelOptions, openModel } from './model/session.js';
export { type EvaluateOptions, evaluate, type JudgeOptions } from './run/evaluate.js';
export type { Evaluation } from './run/evaluation.js';
export type { Judged } from './run/judge.js';
export type { PartFormat, PredictionsOptions, WrittenPredictions } from './run/part-formats.js';
export type { PredictedWindow } from './run/predict.js';
export type { TrainedShare } from './run/trained-patients.js';
export type { Calibration, CalibrationBin } from './score/calibration.js';
export type { JudgedScores, PriorCorrection } from './score/columns.js';
export type { Decision } from './score/decisions.js';
export type { ClassMetrics, ClassScore, Estimate, LargeSample, Metrics, Scores } from './score/metrics.js';
export type { Prediction } from './score/predictions.js';
export { correctPrior, estimatePrior } from './score/prior.js';
export type { Answers, Outputs } from './signal/outputs.js';
export type { LabelMap } from './signal/synonyms.js';
