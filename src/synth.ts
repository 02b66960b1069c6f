// The entrance `pqrst/synth`: the simulator. It loads neither an engine nor a chart library.

export { type ErrorCode, PqrstError } from './base/errors.js';
export type { JobOptions } from './base/job.js';
export type { KernelBeats, SampleArrays, SampleType } from './kernel/binding.js';
export type {
  BeatAnnotation,
  BeatType,
  RecordAnnotations,
  RhythmAnnotation,
  WaveTimes,
} from './signal/beats.js';
export { type ClassInfo, classTable } from './signal/class-table.js';
export {
  type ClassName,
  classCode,
  type EcgClass,
  type EcgTask,
  ecgClasses,
  ecgTasks,
  type PaperClass,
  type ShippedClass,
  shippedClasses,
} from './signal/classes.js';
export type { Unit } from './signal/defaults.js';
export type { SignalRequest, SignalSource } from './signal/source.js';
export type { Annotation, SignalUnit } from './signal/window.js';
export { type BatchAnnotations, toWfdbAnnotations } from './synth/annotations.js';
export type { SynthesizerOptions } from './synth/check.js';
export type { NoiseAmount, NoiseLevel, NoiseOptions, NoiseRange } from './synth/noise.js';
export { type ClassFile, readClassFile } from './synth/physiology/class-file.js';
export type {
  ClassNumbers,
  Law,
  LognormalLaw,
  NormalLaw,
  UniformLaw,
} from './synth/physiology/law.js';
export type { PhysiologySpec, SpecClass } from './synth/physiology/spec.js';
export { type ModelSpec, type PresetName, presetNames, presets } from './synth/presets.js';
export type { BatchReadable } from './synth/readable.js';
export type { SynthRecord } from './synth/record.js';
export type { Ring } from './synth/ring.js';
export type { RingBatch, RingHandle } from './synth/ring-memory.js';
export { type OpenRingOptions, openRing, type RingReader } from './synth/ring-reader.js';
export type { SynthSpec } from './synth/spec.js';
export {
  type AnnotatedBatch,
  type BatchOptions,
  type NamedClasses,
  type RecordOptions,
  type RingOptions,
  type StreamOptions,
  type SynthBatch,
  Synthesizer,
  type WithAnnotations,
} from './synth/synthesizer.js';
