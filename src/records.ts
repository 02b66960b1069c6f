// The entrance `pqrst/records`: real and synthetic records from files, as recordings and as labelled windows.

export { type ErrorCode, PqrstError } from './base/errors.js';
export { halfToFloat } from './base/half.js';
export type { JobOptions } from './base/job.js';
export { type EdfAnnotation, readEdf, readEdfAnnotations } from './codecs/edf/read.js';
export { type EdfWriteOptions, writeEdf } from './codecs/edf/writer.js';
export { type NpyArray, readNpy, readNpyRows } from './codecs/npy/read.js';
export type { NpyArrays, NpyData, NpyType } from './codecs/npy/types.js';
export { NpyWriter } from './codecs/npy/write.js';
export { type ReadOptions, readAnnotations, readRecord } from './codecs/wfdb/read.js';
export { type WriteOptions, writeRecord } from './codecs/wfdb/writer.js';
export { openDataset, type SelectOptions, selectTask, type TaskWindows } from './datasets/dataset.js';
export { type FoundDataset, findDatasets } from './datasets/recognize.js';
export { type RecordWindowOptions, recordWindows } from './datasets/record-windows.js';
export { type DatasetSurvey, type SurveyOptions, surveyDataset } from './datasets/survey.js';
export type { DatasetCounts, LabelShare, Share, TaskShare } from './datasets/survey-counts.js';
export {
  type DelineateOptions,
  type Delineation,
  delineate,
  delineatedBeats,
} from './delineate/delineate.js';
export { type FetchOptions, type FetchProgress, type FetchResult, fetchDataset } from './fetch/download.js';
export { type FetchPart, type FetchSource, fetchSources } from './fetch/sources.js';
export type { BeatAnnotation, BeatType, WaveTimes } from './signal/beats.js';
export { type ClassInfo, classTable } from './signal/class-table.js';
export {
  classCode,
  type EcgClass,
  type EcgTask,
  ecgClasses,
  ecgTasks,
  type PaperClass,
} from './signal/classes.js';
export { filterSignal } from './signal/filter.js';
export { parseLeads } from './signal/leads.js';
export type { Outputs } from './signal/outputs.js';
export { resample } from './signal/resample.js';
export { standardize } from './signal/standardize.js';
export type { LabelMap } from './signal/synonyms.js';
export { type LabelTask, parseLabelTask } from './signal/tasks.js';
export type {
  Annotation,
  ClasslessLabel,
  EcgRecord,
  EcgWindow,
  LabelReading,
  SignalUnit,
  SkippedRecord,
  WindowOptions,
  WindowOrigin,
  WindowSet,
} from './signal/window.js';
