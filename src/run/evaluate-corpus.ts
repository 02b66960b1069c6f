// Evaluates a model on a corpus with memory that does not grow with its records: shards -> workers that read, prepare and
// run chunks of records -> scores, which are moved to this thread. It writes the predictions of each shard when they are
// complete, and keeps label, probability and patient of each window for the metrics (corpus-tally.ts).

import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { PqrstError } from '../base/errors.js';
import { packageVersion } from '../base/version.js';
import { recordSamples } from '../corpus/format.js';
import { checkedShard } from '../corpus/shard-files.js';
import { countShards, listShards, type PlacedShard } from '../corpus/shards.js';
import { chosenLeads, corpusLeads } from '../datasets/kinds/corpus.js';
import { withTaskLabels } from '../datasets/task-labels.js';
import { tile } from '../datasets/windows.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from '../model/session.js';
import { shownClasses } from '../signal/class-table.js';
import { labelOf } from '../signal/tasks.js';
import { describeWindows, type EcgWindow, type WindowSet } from '../signal/window.js';
import type { CorpusSource } from './corpus-source.js';
import { Tally } from './corpus-tally.js';
import type { ChunkAnswers, CorpusChunk, CorpusWork } from './corpus-worker.js';
import type { EvaluateOptions } from './evaluate.js';
import { type Evaluation, evaluationOf, knownTraining, trainedNote } from './evaluation.js';
import { onePatientNotes } from './judge.js';
import type { WrittenPredictions } from './part-formats.js';
import type { PredictedWindow } from './predict.js';
import { type PartsIdentity, PredictionParts } from './prediction-parts.js';
import { type Terms, termsOf } from './terms.js';
import { trainedPatients } from './trained-patients.js';
import { WorkerPool } from './worker-pool.js';

/** Windows of a chunk, if every record has a label of the task: those of one run of the model. */
const chunkWindows = 256;
/** The most samples of a chunk. */
const chunkSamples = 2 ** 24;

/** An open model and the corpus to evaluate it on. */
export interface CorpusEvaluation {
  readonly model: Model;
  /** The bytes of the model, with its weights. */
  readonly bytes: Uint8Array;
  readonly engine: Engine;
  readonly corpus: CorpusSource;
  readonly options: EvaluateOptions;
}

/** Evaluates a model on a corpus; see `evaluate`. */
export async function evaluateCorpus(evaluation: CorpusEvaluation): Promise<Evaluation> {
  const { model, engine, corpus, options } = evaluation;
  const { plan, source } = corpus;
  const { predictions } = options;
  const terms = termsOf(model, options.data, options);
  const job = jobOf(evaluation, terms);
  const everything = [...listShards(plan, 0, countShards(plan))];
  const parts = predictions && new PredictionParts(predictions.out, plan, identityOf(evaluation, terms));
  const { shards, missing } = (await parts?.claim(predictions!)) ?? {
    shards: everything,
    missing: everything,
  };

  const training = await knownTraining(model, terms.notes);
  const trained = training && trainedPatients(training, source);
  const keepsRows = parts === undefined && options.rows !== false;
  const tallyOf = (some: readonly PlacedShard[]) =>
    new Tally(model, terms, plan, { most: job.windowsPerRecord * recordsOf(some), trained });
  const rows: PredictedWindow[] = [];
  let tally = tallyOf(missing);
  let part = tally.startPart();
  for await (const { shard, answers, isLast } of answersOf(evaluation, job, shards, missing)) {
    const own = tally.take(answers, part, keepsRows || parts !== undefined);
    if (keepsRows) for (const row of own) rows.push(row);
    else for (const row of own) part.rows.push(row);
    if (!isLast) continue;
    await parts?.write(shard, part);
    part = tally.startPart();
  }
  let written: WrittenPredictions | undefined;
  if (parts) {
    const complete = await parts.finish();
    const evaluated = complete ? everything : shards;
    const { out, format = 'parquet' } = predictions!;
    written = { out, format, shards: evaluated.length, complete };
    if (missing.length < evaluated.length) {
      tally = tallyOf(evaluated);
      for await (const one of parts.read(complete ? undefined : evaluated)) tally.takePart(one);
    }
  }

  const { windows, skipped, patientCount } = tally;
  if (windows === 0 && written?.complete !== false) {
    const [first] = skipped;
    throw empty(source, `${skipped.length} skipped${first ? `; ${first.recordName}: ${first.reason}` : ''}`);
  }
  const share = trained && tally.trained;
  if (share) terms.notes.push(...trainedNote(share, patientCount, windows));
  const { labels } = terms.task;
  return evaluationOf(model, engine, terms, {
    rows,
    scored: tally.scores(),
    trained: training && (share ?? { windows: 0, patients: 0 }),
    set: { ...job.set, skipped },
    notes: onePatientNotes(tally.patients(), labels),
    setNotes: tally.notes(),
    predictions: written,
  });
}

/** How the records of a corpus become windows of a model. */
interface CorpusJob {
  readonly work: Pick<CorpusWork, 'labels' | 'leads' | 'windows'>;
  readonly windowsPerRecord: number;
  /** Records per chunk. */
  readonly perChunk: number;
  readonly set: Omit<WindowSet, 'windows' | 'skipped'>;
}

/**
 * @throws PqrstError ERR_DATA_EMPTY: when no record has a window, a lead or a label of the task.
 */
function jobOf({ model, corpus: { plan, source } }: CorpusEvaluation, terms: Terms): CorpusJob {
  const { fsHz, seconds, filter, leads, task } = terms;
  const places = corpusLeads(plan.leads, leads);
  if (typeof places === 'string') throw empty(source, `every record ${places}`);
  const windowsPerRecord = tile(0, plan.lengthSamples, plan.fsHz, { fsHz, seconds }).length;
  if (windowsPerRecord === 0) {
    throw empty(source, `its records have ${plan.seconds} s, a window takes ${seconds} s`);
  }
  const chosen = chosenLeads(plan, places, new Float32Array(plan.leads.length));
  const example = { signal: new Float32Array(0), unit: chosen.unit, leads: chosen.leads, startS: 0 };
  const classes = [...new Set(plan.classes)];
  const windows = classes.map((name): EcgWindow => {
    const origin = { dataset: '', record: name, patient: name };
    return { ...example, origin, classes: shownClasses(name, plan.ownClasses), labels: [] };
  });
  const set = {
    ...{ source, fsHz, lengthSamples: model.lengthSamples, ...(filter !== undefined && { filter }) },
    ...describeWindows(windows.slice(0, 1)),
  };
  const labelled = withTaskLabels({ ...set, windows, skipped: [] }, task).windows;
  const byClass = new Map(classes.map((name, at) => [name, labelOf(task, labelled[at]!) ?? -1]));
  const labels = Int32Array.from(plan.classes, (name) => byClass.get(name)!);
  const share = labels.filter((label) => label >= 0).length / labels.length;
  if (share === 0) {
    throw empty(
      source,
      `its classes are ${classes.join(', ')}, and none shows a label of the task "${task.name}" (${task.labels.join(', ')})`,
    );
  }
  const records = Math.min(chunkWindows / (share * windowsPerRecord), chunkSamples / recordSamples(plan));
  return {
    work: {
      labels,
      leads: places,
      windows: { fsHz, seconds, ...(filter && { filter }), ...(leads && { leads }) },
    },
    windowsPerRecord,
    perChunk: Math.max(1, Math.floor(records)),
    set,
  };
}

function empty(source: string, why: string): PqrstError {
  return new PqrstError(
    'ERR_DATA_EMPTY',
    `${source} gives no window (${why}); check the corpus, the task and the window length`,
  );
}

function identityOf(
  { model, bytes, engine, corpus, options }: CorpusEvaluation,
  terms: Terms,
): PartsIdentity {
  return {
    generator: `pqrst ${packageVersion()}`,
    model: createHash('sha256').update(bytes).digest('hex'),
    records: corpus.identity,
    task: terms.task.name,
    labels: terms.task.labels,
    fsHz: terms.fsHz,
    seconds: terms.seconds,
    filter: terms.filter ?? null,
    scaling: terms.scaling,
    leads: terms.leads ?? [],
    output: model.output,
    device: engine.device,
    format: options.predictions?.format ?? 'parquet',
  };
}

function recordsOf(shards: readonly PlacedShard[]): number {
  return shards.reduce((sum, { count }) => sum + count, 0);
}

interface ShardAnswers {
  readonly shard: PlacedShard;
  readonly answers: ChunkAnswers;
  /** True for the last chunk of the shard. */
  readonly isLast: boolean;
}

/** Yields the answers of the model for the chunks of the missing shards, in order. */
async function* answersOf(
  { model, bytes, engine: { device }, corpus, options }: CorpusEvaluation,
  { work, perChunk }: CorpusJob,
  shards: readonly PlacedShard[],
  missing: readonly PlacedShard[],
): AsyncGenerator<ShardAnswers, void, undefined> {
  const { threads = availableParallelism(), fsHz, seconds, leads, classes, output } = options;
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const total = recordsOf(shards);
  let done = total - recordsOf(missing);
  onProgress?.(done, total);
  const chunks = missing.reduce((sum, { count }) => sum + Math.ceil(count / perChunk), 0);
  if (chunks === 0) return;
  const workerData: CorpusWork = {
    model: {
      ...{ bytes, source: model.source },
      options: { fsHz, seconds, leads, classes, output, threads: device === 'cpu' ? 1 : threads },
    },
    ...{ device, plan: corpus.plan, isRegenerated: corpus.stored === undefined, ...work },
    scaling: (options.scaling ?? model.metadata.scaling)!,
  };
  const file = new URL('./corpus-worker.js', import.meta.url);
  // A device runs one batch at a time.
  const workers = device === 'cpu' ? Math.min(threads, chunks) : 1;
  const pool = new WorkerPool<CorpusChunk, ChunkAnswers>(file, workers, workerData);
  const answers = pool.answers(chunksOf(corpus, missing, perChunk, signal));
  try {
    for (const shard of missing) {
      for (let first = 0; first < shard.count; first += perChunk) {
        const { value } = await answers.next();
        signal?.throwIfAborted();
        yield { shard, answers: value!, isLast: first + perChunk >= shard.count };
        done += Math.min(perChunk, shard.count - first);
        onProgress?.(done, total);
      }
    }
  } finally {
    await answers.return();
    await pool.close();
  }
}

/** Yields the chunks of shards. The file of the next shard is compared with its SHA-256 meanwhile. */
async function* chunksOf(
  { stored }: CorpusSource,
  shards: readonly PlacedShard[],
  perChunk: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<CorpusChunk, void, undefined> {
  const fileOf = async (shard: PlacedShard | undefined) => {
    if (stored === undefined || shard === undefined) return '';
    const { folder, files, shards: all } = stored;
    return checkedShard(folder, all[shard.place]!, signal).open(files.name, 'the samples');
  };
  const opened = (at: number) => Promise.allSettled([fileOf(shards[at])]);
  let next = opened(0);
  for (const [at, { set, start, count, place }] of shards.entries()) {
    const [file] = await next;
    if (file.status === 'rejected') throw file.reason;
    next = opened(at + 1);
    const path = stored === undefined ? '' : stored.shards[place]!.path;
    for (let first = 0; first < count; first += perChunk) {
      yield {
        file: file.value,
        shard: { path, start, count, setStart: set.start },
        ...{ first, count: Math.min(perChunk, count - first) },
      };
    }
  }
  await next;
}
