// The worker thread of an evaluation of a corpus. It reads the rows of a chunk of records into one buffer, cuts, filters
// and scales their windows into another as an evaluation of a set of windows does, and runs the model on them.

import { parentPort, workerData } from 'node:worker_threads';
import { type CorpusPlan, recordName as nameOf, recordSamples, type SampleReader } from '../corpus/format.js';
import { loadSamples } from '../corpus/formats/index.js';
import { chosenLeads } from '../datasets/kinds/corpus.js';
import { isRemarkable, type LeadFacts, leadFacts, mayBeRemarkable } from '../datasets/plausibility.js';
import { tile, windowCutter } from '../datasets/windows.js';
import type { Device } from '../engine/engine.js';
import { sameThreadEngine } from '../engine/same-thread.js';
import type { Scaling } from '../model/metadata.js';
import { loadModel, type ModelOptions } from '../model/session.js';
import { samplesOf } from '../signal/samples.js';
import { scaleWindow } from '../signal/scale-window.js';
import { labelAt } from '../signal/source.js';
import { zScore } from '../signal/standardize.js';
import type { SkippedRecord, WindowOptions } from '../signal/window.js';
import { servePool } from './worker-pool.js';

/** Windows per run of the model. */
const batchWindows = 256;

/** What each worker of an evaluation gets when it starts. */
export interface CorpusWork {
  readonly model: {
    readonly bytes: Uint8Array;
    readonly source: string;
    readonly options: Omit<ModelOptions, 'engine'>;
  };
  readonly device: Device;
  readonly plan: CorpusPlan;
  /** True if the records are made again and not read. */
  readonly isRegenerated: boolean;
  /** For each class of the pattern, the index of its label in the task; -1 without one. */
  readonly labels: Int32Array;
  /** Places of the leads of a window among those of the corpus. */
  readonly leads: readonly number[];
  readonly windows: Pick<WindowOptions, 'fsHz' | 'seconds' | 'filter' | 'leads'>;
  readonly scaling: Scaling;
}

/** Consecutive records of a shard. */
export interface CorpusChunk {
  /** The file with the samples of the shard; empty if they are made again. */
  readonly file: string;
  readonly shard: {
    readonly path: string;
    readonly start: number;
    readonly count: number;
    readonly setStart: number;
  };
  /** The first record, counted within the shard. */
  readonly first: number;
  readonly count: number;
}

/** The answers of the model for the windows of a chunk that show a label of the task. */
export interface ChunkAnswers {
  /** [N] indices of records in the corpus. */
  readonly records: Float64Array;
  /** [N] start of each window in its record, in s. */
  readonly startsS: Float64Array;
  /** [N] indices of labels. */
  readonly labels: Uint8Array;
  /** [N] or [N, K]. */
  readonly logits: Float32Array;
  /** [N] or [N, K]. */
  readonly probabilities: Float32Array;
  readonly skipped: readonly SkippedRecord[];
  /** Facts about the leads of remarkable records. */
  readonly facts: readonly LeadFacts[];
}

const { model: file, device, plan, isRegenerated, ...work } = workerData as CorpusWork;
const size = recordSamples(plan);
let rows = new Float32Array(0);

/** What the worker opens when the first chunk comes, so that the answer to it is the error if there is one. */
async function openWork() {
  const engine = sameThreadEngine(device);
  const model = await loadModel(file.bytes, file.source, { ...file.options, engine });
  const regenerate = isRegenerated && (await import('../corpus/regenerate.js')).regeneratedSamples(plan);
  const samples = isRegenerated ? undefined : await loadSamples(plan.format);
  const batch = new Float32Array(batchWindows * model.leads * model.lengthSamples);
  return { model, batch, regenerate, samples };
}
type Opened = Awaited<ReturnType<typeof openWork>>;
let opened: Promise<Opened> | undefined;
let last: { readonly file: string; readonly reader: SampleReader } | undefined;

/** Returns the reader of a shard. That of the last shard stays open. */
async function readerOf(
  { regenerate, samples }: Opened,
  { file, shard }: CorpusChunk,
): Promise<SampleReader> {
  if (regenerate) return regenerate(shard.start);
  if (last?.file !== file) {
    await last?.reader.close();
    last = undefined;
    last = { file, reader: await samples!.open(file, plan, shard) };
  }
  return last.reader;
}

async function answer(chunk: CorpusChunk) {
  opened ??= openWork();
  const at = await opened;
  const { shard, first, count } = chunk;
  if (rows.length < count * size) rows = new Float32Array(count * size);
  await (await readerOf(at, chunk)).read(first, count, rows);
  const answers = new Answers(at);
  for (let k = 0; k < count; k++) {
    const index = shard.start + first + k;
    const label = labelAt(work.labels, index);
    if (label < 0) continue;
    await takeRecord(index, label, k * size, answers);
  }
  await answers.run();
  const result = answers.all();
  const { records, startsS, labels, logits, probabilities } = result;
  const transfer = [records, startsS, labels, logits, probabilities].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
  return { result, transfer };
}

const { fsHz, leads, filter } = work.windows;
const cut = windowCutter(work.windows);
const starts = tile(0, plan.lengthSamples, plan.fsHz, work.windows);
const length = samplesOf(work.windows.seconds, plan.fsHz);
/** Whether each record is one window that is only z-scored: most are, and need no copy. */
const isPlain =
  fsHz === plan.fsHz &&
  filter === undefined &&
  work.scaling === 'zscore' &&
  starts.length === 1 &&
  length === plan.lengthSamples;
/** Whether there is a note about every record: another lead is read than the usual one. */
const isNotable = isRemarkable(leadFacts('', chosenLeads(plan, work.leads, new Float32Array(size)), leads));

/** Cuts, filters and scales the windows of a record into the batch. */
async function takeRecord(index: number, label: number, row: number, answers: Answers): Promise<void> {
  if (isPlain && takePlain(row, answers.next())) return answers.take(index, 0, label);
  const recordName = nameOf(index);
  const chosen = chosenLeads(plan, work.leads, rows.subarray(row, row + size));
  const facts = leadFacts(recordName, chosen, leads);
  if (isRemarkable(facts)) answers.facts.push(facts);
  const stretches = starts.map((startSample) => ({ startSample, classes: [] }));
  const windows = cut({ ...chosen, stretches }, { recordName, patientId: recordName }, answers.skipped);
  for (const window of windows) {
    scaleWindow(window, work.scaling, answers.next());
    await answers.take(index, window.startS, label);
  }
}

/**
 * Writes the z-score of a record to `out`. Returns false if there is anything to say about the record, which is then
 * taken in the general way.
 */
function takePlain(row: number, out: Float32Array): boolean {
  if (isNotable) return false;
  for (let at = 0; at < work.leads.length; at++) {
    const start = row + work.leads[at]! * length;
    const lead = rows.subarray(start, start + length);
    const scaled = zScore(lead, out.subarray(at * length, (at + 1) * length));
    if (typeof scaled === 'string' || mayBeRemarkable(lead, scaled, plan.fsHz, plan.unit === 'mV'))
      return false;
  }
  return true;
}

/** Collects the windows of a chunk in the batch, and runs the model when it is full. */
class Answers {
  readonly skipped: SkippedRecord[] = [];
  readonly facts: LeadFacts[] = [];
  readonly #records: number[] = [];
  readonly #startsS: number[] = [];
  readonly #labels: number[] = [];
  readonly #logits: Float32Array[] = [];
  readonly #probabilities: Float32Array[] = [];
  readonly #opened: Opened;
  readonly #windowSize: number;
  #filled = 0;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#windowSize = opened.model.leads * opened.model.lengthSamples;
  }

  /** Returns the memory of the next window. */
  next(): Float32Array {
    const at = this.#filled * this.#windowSize;
    return this.#opened.batch.subarray(at, at + this.#windowSize);
  }

  /** Takes the window that was written to the memory of `next`. */
  async take(record: number, startS: number, label: number): Promise<void> {
    this.#records.push(record);
    this.#startsS.push(startS);
    this.#labels.push(label);
    if (++this.#filled === batchWindows) await this.run();
  }

  async run(): Promise<void> {
    if (this.#filled === 0) return;
    const { model, batch } = this.#opened;
    const { logit, probability } = await model.answer(batch.subarray(0, this.#filled * this.#windowSize));
    this.#filled = 0;
    this.#logits.push(logit);
    this.#probabilities.push(probability);
  }

  all(): ChunkAnswers {
    const joined = (parts: readonly Float32Array[]) => {
      const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of parts) {
        values.set(part, at);
        at += part.length;
      }
      return values;
    };
    return {
      records: Float64Array.from(this.#records),
      startsS: Float64Array.from(this.#startsS),
      labels: Uint8Array.from(this.#labels),
      logits: joined(this.#logits),
      probabilities: joined(this.#probabilities),
      skipped: this.skipped,
      facts: this.facts,
    };
  }
}

servePool(parentPort!, answer, async () => {
  await last?.reader.close();
  // A model that could not be opened has answered the first chunk with its error.
  const [at] = await Promise.allSettled([opened]);
  if (at.status === 'fulfilled') await at.value?.model.close();
});
