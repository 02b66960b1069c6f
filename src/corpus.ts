// The entrance `pqrst/corpus`: corpora of synthetic records on disk or in a bucket.

export { type ErrorCode, PqrstError } from './base/errors.js';
export type { JobOptions } from './base/job.js';
export type {
  CorpusFile,
  CorpusPlan,
  CorpusSet,
  CorpusSplit,
  FormatName,
} from './corpus/format.js';
export type { LearnedSpec, RecordModel } from './corpus/learned.js';
export {
  type CorpusManifest,
  type ManifestSet,
  type ManifestShard,
  readManifest,
  type ShardReceipt,
} from './corpus/manifest.js';
export type { ClassWeights } from './corpus/pattern.js';
export type { CorpusRequest, FullRequest, PlannedCorpus } from './corpus/plan.js';
export { type CorpusRecord, type ReadCorpusOptions, readCorpus } from './corpus/read.js';
export { type RegeneratedRecord, type RegenerateOptions, regenerateRecord } from './corpus/regenerate.js';
export { type Verification, verifyCorpus } from './corpus/verify.js';
export { type WriteCorpusOptions, type WrittenCorpus, writeCorpus } from './corpus/write.js';
export type { Unit } from './signal/defaults.js';
export {
  type ByteRange,
  type Content,
  type ObjectHead,
  openStore,
  type PutOptions,
  type Store,
  type StoredObject,
  type StoreOptions,
} from './store/store.js';
