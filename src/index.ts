// What the package offers. Nothing else is public.

export { type ErrorCode, PqrstError } from './base/errors.js';
export type { JobOptions } from './base/job.js';
export { NpyWriter, readNpy, readNpyRows } from './codecs/npy.js';
export { readAnnotations, readRecord } from './codecs/wfdb/read.js';
export { writeRecord } from './codecs/wfdb/writer.js';
export type { CorpusFile, CorpusPlan, CorpusSet, CorpusSplit, FormatName } from './corpus/format.js';
export { type CorpusManifest, readManifest } from './corpus/manifest.js';
export type { CorpusRequest } from './corpus/plan.js';
export { type CorpusRecord, type ReadCorpusOptions, readCorpus } from './corpus/read.js';
export { type RegeneratedRecord, type RegenerateOptions, regenerateRecord } from './corpus/regenerate.js';
export { type Verification, verifyCorpus } from './corpus/verify.js';
export { type WriteCorpusOptions, type WrittenCorpus, writeCorpus } from './corpus/write.js';
export { openDataset, selectTask, type TaskWindows } from './datasets/dataset.js';
export { type FoundDataset, findDatasets } from './datasets/recognize.js';
export { type DatasetSurvey, type SurveyOptions, surveyDataset } from './datasets/survey.js';
export { type DeviceChoice, type DeviceReport, listDevices } from './engine/devices.js';
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
export type { TensorflowBackend } from './engine/tensorflow.js';
export type { ExperimentConfigInput } from './experiment/config.js';
export type { ExperimentEvent } from './experiment/events.js';
export { type RunExperimentOptions, runExperiment } from './experiment/experiment.js';
export { runFolder } from './experiment/folder.js';
export type { ExperimentOutcome } from './experiment/outcome.js';
export type { CellKey, ResultRow } from './experiment/results.js';
export type { CellSummary, Comparison, ExperimentSummary, GainPoint } from './experiment/summary.js';
export { type FetchOptions, type FetchProgress, type FetchResult, fetchDataset } from './fetch/download.js';
export { type FetchSource, fetchSources } from './fetch/sources.js';
export type { SampleArrays, SampleType } from './kernel/binding.js';
export type { ExportReport } from './model/export.js';
export type { ModelMetadata, OutputKind, Precision, Scaling } from './model/metadata.js';
export { type Model, type ModelOptions, openModel } from './model/session.js';
export type { Architecture, ArchOptions, HyperParameter, HyperParameters } from './nn/models/architecture.js';
export { architectures, type NetworkShape, resolveArch } from './nn/models/index.js';
export { type ArchSummary, type LayerSummary, summarize as summarizeArch } from './nn/summary.js';
export { ecgPaper } from './report/ecg-paper.js';
export { svgToPng } from './report/png.js';
export type { TrainConfigInput } from './run/config.js';
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
} from './run/evaluate.js';
export { type ExportRunOptions, exportRun, type RunExport } from './run/run-export.js';
export type { Setting } from './run/settings.js';
export { type RunEvent, type RunResult, type TrainRunOptions, trainRun } from './run/train-run.js';
export type { ClassMetrics, Metrics } from './score/metrics.js';
export type { Prediction } from './score/predictions.js';
export type { Gain, MeanScore } from './score/statistics.js';
export type { BeatAnnotation, RecordAnnotations, WaveTimes } from './signal/beats.js';
export { classCode, type EcgClass, type EcgTask, ecgClasses, ecgTasks } from './signal/classes.js';
export { parseLeads } from './signal/leads.js';
export type { Outputs } from './signal/outputs.js';
export { resample } from './signal/resample.js';
export type { SignalRequest, SignalSource } from './signal/source.js';
export { type LabelTask, parseLabelTask } from './signal/tasks.js';
export type {
  Annotation,
  EcgRecord,
  EcgWindow,
  SignalUnit,
  SkippedRecord,
  WindowOptions,
  WindowOrigin,
  WindowSet,
} from './signal/window.js';
export { type BatchAnnotations, toWfdbAnnotations } from './synth/annotations.js';
export type { SynthesizerOptions } from './synth/check.js';
export type { NoiseAmount, NoiseOptions, NoiseRange } from './synth/noise.js';
export { type PresetName, presetNames, presets } from './synth/presets.js';
export type { BatchReadable } from './synth/readable.js';
export type { SynthRecord } from './synth/record.js';
export type { Ring } from './synth/ring.js';
export type { RingBatch, RingHandle } from './synth/ring-memory.js';
export { type OpenRingOptions, openRing, type RingReader } from './synth/ring-reader.js';
export type { SynthSpec } from './synth/spec.js';
export {
  type BatchOptions,
  type RecordOptions,
  type RingOptions,
  type StreamOptions,
  type SynthBatch,
  Synthesizer,
} from './synth/synthesizer.js';
