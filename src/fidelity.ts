// The entrance `pqrst/fidelity`: how close synthetic records are to real ones, the waves of a record, and classes that are
// fitted to real records. It loads neither an engine nor a chart library.

export { type ErrorCode, PqrstError } from './base/errors.js';
export type { JobOptions } from './base/job.js';
export { type CalibratedClass, type CalibrateOptions, calibrate } from './calibrate/calibrate.js';
export {
  type DelineateOptions,
  type Delineation,
  delineate,
  delineatedBeats,
} from './delineate/delineate.js';
export {
  type CompareOptions,
  type CopyTest,
  compareRecords,
  type FidelityResult,
  type FidelityRow,
  type Giveaway,
} from './fidelity/compare.js';
export type { Distance } from './fidelity/distances.js';
export type { RecordSet } from './fidelity/record-set.js';
export {
  type LabelledOptions,
  type LoadedRecords,
  labelledRecords,
  type RecordShape,
  type SyntheticOptions,
  syntheticRecords,
} from './fidelity/sources.js';
export type { Measured } from './measures/bootstrap.js';
export type { BeatAnnotation, BeatType, WaveTimes } from './signal/beats.js';
export type { SignalUnit, SkippedRecord } from './signal/window.js';
export type { ClassFile } from './synth/physiology/class-file.js';
export type { ClassNumbers, Law, LognormalLaw, NormalLaw, UniformLaw } from './synth/physiology/law.js';
