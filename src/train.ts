// The entrance `pqrst/train`: networks, engines, single trainings and whole experiments.

export { type ErrorCode, PqrstError } from './base/errors.js';
export type { JobOptions } from './base/job.js';
export type { SplitKind, SplitSide } from './batches/splits.js';
export type { GeneratedFormat, GeneratedRequest } from './corpus/plan-learned.js';
export { type DeviceChoice, type DeviceReport, listDevices } from './engine/devices.js';
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
export type { TensorflowBackend } from './engine/tensorflow.js';
export type { ExperimentConfig, ExperimentConfigInput } from './experiment/config.js';
export type { ExperimentEvent } from './experiment/events.js';
export { type RunExperimentOptions, runExperiment } from './experiment/experiment.js';
export { type RunKey, runFolder } from './experiment/folder.js';
export type { ExperimentOutcome } from './experiment/outcome.js';
export type { CellKey, ResultRow } from './experiment/results.js';
export type { Trial } from './experiment/search.js';
export type {
  CellSummary,
  Comparison,
  DecisionColumn,
  ExperimentSummary,
  GainPoint,
  RunScore,
} from './experiment/summary.js';
export type { GeneratorConfigInput, GeneratorDataInput } from './generators/config.js';
export type { GeneratorFile } from './generators/folder.js';
export { type WriteGeneratedOptions, writeGenerated } from './generators/generate.js';
export type { GeneratorName, GeneratorSize, Sampling } from './generators/kind.js';
export {
  type OpenGeneratorOptions,
  openGenerator,
  type RecordGenerator,
} from './generators/open-generator.js';
export {
  type GeneratorEvent,
  type TrainGeneratorOptions,
  trainGenerator,
} from './generators/train-generator.js';
export type { Dim, DType, Shape } from './graph/graph.js';
export type { ExportReport } from './model/export.js';
export type { InputStep } from './model/input-steps.js';
export type { ModelMetadata, OutputKind, Precision, Scaling } from './model/metadata.js';
export type {
  Architecture,
  ArchOptions,
  ChoiceParameter,
  HyperParameter,
  HyperParameters,
  NumberParameter,
  WholeParameter,
} from './nn/models/architecture.js';
export { architectures, type NetworkShape, resolveArch } from './nn/models/index.js';
export { type ArchSummary, type LayerSummary, summarize as summarizeArch } from './nn/summary.js';
export type { TrainConfig, TrainConfigInput } from './run/config.js';
export type { RecordSource } from './run/record-source.js';
export type { SplitSummary } from './run/run-data.js';
export { type ExportRunOptions, exportRun, type RunExport } from './run/run-export.js';
export type { RunDataSummary, RunMetrics, RunOrigin } from './run/run-folder.js';
export type { BaseSetting, Setting } from './run/settings.js';
export type { SideSummary } from './run/sides.js';
export type { ValidationThreshold } from './run/threshold.js';
export { type RunEvent, type RunResult, type TrainRunOptions, trainRun } from './run/train-run.js';
export type { Calibration, CalibrationBin } from './score/calibration.js';
export type { Decision } from './score/decisions.js';
export type { ClassMetrics, ClassScore, Estimate, Metrics, Scores } from './score/metrics.js';
export type { Gain, MeanScore } from './score/statistics.js';
export type { Outputs } from './signal/outputs.js';
export type { LabelMap } from './signal/synonyms.js';
export type { CurvePoint } from './train/checkpoint.js';
export type { Schedule } from './train/schedule.js';
export type { TrainingEvent } from './train/trainer.js';
