// The entrance `pqrst/queue`: large works as parts in a queue: submit them, and watch them. `pqrst work` runs them.

export { type ErrorCode, PqrstError } from './base/errors.js';
export { resolveInside } from './base/files.js';
export type { CorpusRequest } from './corpus/plan.js';
export { type EvaluateChoice, type EvaluateWork, evaluateParts } from './queue/evaluate-parts.js';
export { type OpenStoreOptions, openJobStore } from './queue/open-store.js';
export {
  type EvaluatePart,
  type ExperimentPart,
  type Part,
  type PartFacts,
  partNamesOf,
  type SynthPart,
  workName,
} from './queue/part.js';
export type {
  Claim,
  JobStore,
  PartNote,
  PartProgress,
  PartStatus,
  PutParts,
  QueueStatus,
} from './queue/store.js';
export { type SynthWork, synthParts } from './queue/synth-parts.js';
export type { EvaluateOptions } from './run/evaluate.js';
