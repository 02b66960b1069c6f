// The entrance `pqrst/evaluate`: ONNX classifiers on labelled windows and on single signals, with their scores.

export { type ErrorCode, PqrstError } from './base/errors.js';
export type { JobOptions } from './base/job.js';
export type {
  Device,
  Engine,
  EngineOptions,
  Execution,
  Program,
  State,
  TensorData,
} from './engine/engine.js';
export { onnxRuntimeEngine } from './engine/onnxruntime.js';
export { type EngineChoice, type EngineName, type EngineOrChoice, openEngine } from './engine/open.js';
export type { ModelMetadata, OutputKind, Precision, Scaling } from './model/metadata.js';
export { type Model, type ModelOptions, openModel } from './model/session.js';
export {
  type ClassPrediction,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type Prediction,
} from './run/evaluate.js';
export type { ClassMetrics, Metrics } from './score/metrics.js';
export type { Outputs } from './signal/outputs.js';
