// The worker thread of an evaluation of a corpus. It reads the rows of a chunk of records into one buffer, cuts, filters
// and scales their windows into another as an evaluation of a set of windows does, and runs the model on them.

import { parentPort, workerData } from 'node:worker_threads';
import { scaleWindow } from '../batches/batches.js';
import { type CorpusPlan, recordName, recordSamples, type SampleReader } from '../corpus/format.js';
import { loadFormat } from '../corpus/formats/index.js';
import { regeneratedSamples } from '../corpus/regenerate.js';
import { chosenLeads } from '../datasets/kinds/corpus.js';
import { isRemarkable, type LeadFacts, leadFacts } from '../datasets/plausibility.js';
import { tileRecord, windowCutter } from '../datasets/windows.js';
import type { Device } from '../engine/engine.js';
import { sameThreadEngine } from '../engine/same-thread.js';
import type { Scaling } from '../model/metadata.js';
import { loadModel, type ModelOptions } from '../model/session.js';
import { labelAt } from '../signal/source.js';
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
const model = await loadModel(file.bytes, file.source, {
  ...file.options,
  engine: sameThreadEngine(device),
});
const cut = windowCutter(work.windows);
const size = recordSamples(plan);
const windowSize = model.leads * model.lengthSamples;
const width = model.outputs.kind === 'binary' ? 1 : model.outputs.count;
const batch = new Float32Array(batchWindows * windowSize);
let rows = new Float32Array(0);

const remake = isRegenerated ? regeneratedSamples(plan) : undefined;
const { samples } = await loadFormat(plan.format);
let open: { readonly file: string; readonly reader: SampleReader } | undefined;

/** Returns the reader of a shard. That of the last shard stays open. */
async function readerOf({ file, shard }: CorpusChunk): Promise<SampleReader> {
  if (remake !== undefined) return remake(shard.start);
  if (open?.file !== file) {
    await open?.reader.close();
    open = undefined;
    open = { file, reader: await samples!.open(file, plan, shard) };
  }
  return open.reader;
}

async function answer(chunk: CorpusChunk) {
  const { shard, first, count } = chunk;
  if (rows.length < count * size) rows = new Float32Array(count * size);
  await (await readerOf(chunk)).read(first, count, rows);
  const answers = new Answers();
  for (let k = 0; k < count; k++) {
    const index = shard.start + first + k;
    const label = labelAt(work.labels, index);
    if (label >= 0) await takeRecord(index, label, rows.subarray(k * size, (k + 1) * size), answers);
  }
  await answers.run();
  const result = answers.all();
  const { records, startsS, labels, logits, probabilities } = result;
  const transfer = [records, startsS, labels, logits, probabilities].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
  return { result, transfer };
}

async function takeRecord(
  index: number,
  label: number,
  signal: Float32Array,
  answers: Answers,
): Promise<void> {
  const name = recordName(index);
  const record = tileRecord(chosenLeads(plan, work.leads, signal), { classes: [], labels: [] }, work.windows);
  if (typeof record === 'string') {
    answers.skipped.push({ recordName: name, reason: record });
    return;
  }
  const facts = leadFacts(name, record, work.windows.leads);
  if (isRemarkable(facts)) answers.facts.push(facts);
  for (const window of cut(record, { recordName: name, patientId: name }, answers.skipped)) {
    scaleWindow(window, work.scaling, answers.next());
    await answers.take(index, window.startS, label);
  }
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
  #filled = 0;

  /** Returns the memory of the next window. */
  next(): Float32Array {
    return batch.subarray(this.#filled * windowSize, (this.#filled + 1) * windowSize);
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
    const { logit, probability } = await model.answer(batch.subarray(0, this.#filled * windowSize));
    this.#filled = 0;
    this.#logits.push(logit);
    this.#probabilities.push(probability);
  }

  all(): ChunkAnswers {
    const joined = (parts: readonly Float32Array[]) => {
      const values = new Float32Array(this.#records.length * width);
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
  await open?.reader.close();
  await model.close();
});
