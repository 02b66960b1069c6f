// What the package offers. Nothing else is public.

export { classCode, type EcgClass, type EcgTask, ecgClasses, ecgTasks } from './classes.js';
export { type ErrorCode, PqrstError } from './errors.js';
export type { JobOptions } from './job.js';
export type { Annotation, EcgRecord } from './records/record.js';
export {
  type BatchAnnotations,
  type BeatAnnotation,
  type RecordAnnotations,
  toWfdbAnnotations,
  type WaveTimes,
} from './synth/annotations.js';
export { type PresetName, presetNames, presets } from './synth/presets.js';
export type { SynthSpec } from './synth/spec.js';
export {
  type BatchOptions,
  type StreamOptions,
  type SynthBatch,
  Synthesizer,
  type SynthesizerOptions,
} from './synth/synthesizer.js';
