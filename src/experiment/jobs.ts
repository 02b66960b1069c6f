// The searches and runs of an experiment. For one task and one architecture they depend on each other as follows:
//   search real, search syn   depend on nothing
//   search syn-real           starts from the best model of search syn
//   run real, run syn         use the hyper-parameters of the search in the same setting
//   run syn-real, pair k      uses those of search syn-real and starts from the model of run syn, pair k
//   run real+syn, real+real   use those of search real, so that they differ from run real in the added records alone
// Each source of synthetic records has its own searches and runs of syn and syn-real.
// Each search and run is computed once, even if several callers request it. The computation waits until a
// worker is free.

import { join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import type { State } from '../engine/engine.js';
import { parseConfig } from '../run/config.js';
import { RunFolder } from '../run/run-folder.js';
import type { SideSummary } from '../run/sides.js';
import { type CellRun, readRun, runCell } from './cell.js';
import { realRecords, syntheticRecords, trainConfigOf } from './cell-records.js';
import { searchOf } from './cells.js';
import type { ExperimentConfig } from './config.js';
import type { ExperimentData, TaskData } from './data.js';
import type { ExperimentEvent } from './events.js';
import { runFolder, type SearchKey, searchFolder } from './folder.js';
import { type Choice, drawChoice } from './hyper-parameters.js';
import type { Pool } from './pool.js';
import { type CellKey, isDiverged, type ResultRow } from './results.js';
import { isFinishedSearch, lowestSoFar, type SearchResult, search } from './search.js';
import type { Sources } from './sources.js';
import { slimCheckpoint, type TrainingHooks, type TrainingJob, trainJob, type Worker } from './training.js';

/** The experiment that the jobs belong to. */
export interface JobsContext {
  readonly config: ExperimentConfig;
  readonly data: ExperimentData;
  readonly sources: Sources;
  readonly out: string;
  readonly pool: Pool<Worker>;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ExperimentEvent) => void;
  /** The only search or run to compute, and the folder to compute it in. All others must be finished. Default: all. */
  readonly only?: { readonly name: string; readonly folder: string } | undefined;
}

/** The training of the first weights. The checkpoint stores its name. */
interface Origin {
  readonly name: string;
  readonly state: State;
}

/** Computes the runs of an experiment, and the searches and runs that they depend on. */
export class Jobs {
  readonly #context: JobsContext;
  readonly #searches = new Map<string, Promise<SearchResult | undefined>>();
  readonly #runs = new Map<string, Promise<readonly ResultRow[]>>();

  constructor(context: JobsContext) {
    this.#context = context;
  }

  /** Returns the rows of one run. It reads a finished run from its folder and computes any other run. */
  run(data: TaskData, key: CellKey, pair: number): Promise<readonly ResultRow[]> {
    return once(this.#runs, runFolder(key, pair), () => this.#run(data, key, pair));
  }

  async #run(data: TaskData, key: CellKey, pair: number): Promise<readonly ResultRow[]> {
    const { out, pool, config, signal } = this.#context;
    const name = runFolder(key, pair);
    const earlier = await readRun(join(out, name));
    if (earlier !== undefined) return earlier.rows;
    const folder = this.#folderOf(name);
    const best = (await this.#search(data, searchOf(key)))?.best;
    const syn =
      key.setting === 'syn-real'
        ? { ...key, setting: 'syn' as const, positives: null, share: null }
        : undefined;
    const [synRow] = syn === undefined ? [] : await this.run(data, syn, pair);
    const isLost = synRow !== undefined && isDiverged(synRow);
    return pool.use(async (worker) => {
      signal.throwIfAborted();
      const origin = syn && runFolder(syn, pair);
      const from =
        origin !== undefined && !isLost
          ? { name: origin, state: await bestOf(join(out, origin)) }
          : undefined;
      const choice = best?.choice ?? (synRow && { archOptions: JSON.parse(synRow.archOptions) });
      const { job, train, val } = await this.#training({ data, key, pair, choice, folder, name, from });
      const { fsHz, unit, source, lengthSamples, skipped, ...set } = this.#context.data.set;
      const { leads = set.leads } = config;
      const run: CellRun = {
        key,
        generator: this.#context.sources.hashOf(key.source),
        pair,
        seed: config.seed,
        job,
        isLost,
        train,
        val,
        tests: data.tests,
        data: { source, fsHz, lengthSamples, leads, unit, skipped: skipped.length },
      };
      return runCell(run, worker, this.#hooks(name));
    });
  }

  /** Computes one search, if the experiment has searches. */
  async search(data: TaskData, key: SearchKey): Promise<void> {
    await this.#search(data, key);
  }

  /**
   * Returns the folder in which a search or run that is not finished is computed.
   *
   * @throws PqrstError ERR_CHECKPOINT: when another one is to be computed.
   */
  #folderOf(name: string): string {
    const { only, out } = this.#context;
    if (only === undefined) return join(out, name);
    if (only.name === name) return only.folder;
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `${only.name} needs ${name}, which is not finished in ${out}; run that part first`,
    );
  }

  #search(data: TaskData, key: SearchKey): Promise<SearchResult | undefined> {
    if (this.#context.config.search.trials === 0) return Promise.resolve(undefined);
    const name = searchFolder(key);
    return once(this.#searches, name, () => this.#searchIn(name, data, key));
  }

  async #searchIn(name: string, data: TaskData, searched: SearchKey): Promise<SearchResult | undefined> {
    const { config, out, pool, onEvent, signal } = this.#context;
    const { trials, minutes, epochs } = config.search;
    const { task, arch, setting, source } = searched;
    const key: CellKey = { ...searched, positives: null, ratio: null, share: null };
    const syn =
      setting === 'syn-real' ? await this.#search(data, { ...searched, setting: 'syn' }) : undefined;
    // Without a model of the search syn there is nothing to start from.
    if (setting === 'syn-real' && syn === undefined) return undefined;
    const fixed = syn === undefined ? (config.archOptions[arch] ?? {}) : syn.best.choice.archOptions;
    const folder = (await isFinishedSearch(join(out, name))) ? join(out, name) : this.#folderOf(name);
    const { leads, lengthSamples } = this.#context.data.set;
    const draws = {
      arch,
      fixed,
      leads: leads.length,
      lengthSamples,
      seed: config.seed,
      // Every source has the same draws.
      path: [task, arch, setting],
    };
    const result = await pool.use(async (worker) => {
      const from = syn && { name: `trial ${syn.best.trial}`, state: await bestOf(syn.folder) };
      return search({
        folder,
        trials,
        minutes,
        draw: (trial) => drawChoice(draws, trial),
        trainTrial: async (choice, folder, judge, deadline) => {
          signal.throwIfAborted();
          const training = { data, key, pair: 1, choice, folder, name, from, epochs };
          const { job } = await this.#training(training);
          const hooks: TrainingHooks = {
            ...this.#hooks(name),
            signal: AbortSignal.any([signal, deadline]),
            judge: ({ progress }) => judge(lowestSoFar(progress.curve)),
          };
          const snapshot = await trainJob(job, worker, hooks);
          await slimCheckpoint(job, snapshot);
          return snapshot.progress.curve;
        },
        onTrial: (trial) => onEvent({ kind: 'trial', task, arch, setting, source, trial, trials }),
      });
    });
    onEvent({ kind: 'search', task, arch, setting, source, best: result?.best ?? null });
    return result;
  }

  async #training(
    plan: TrainingRequest,
  ): Promise<{ job: TrainingJob; train: SideSummary; val: SideSummary }> {
    const { data, key, pair, choice, folder, name, from, epochs } = plan;
    const { sources, signal, onEvent, config: experiment } = this.#context;
    const { seed } = experiment;
    const { source: sourceName, share } = key;
    const made = sourceName === null ? undefined : sources.partOf(sourceName, key.task);
    const config = parseConfig(trainConfigOf(experiment, key, pair, choice, epochs), made);
    const source = sourceName === null ? undefined : sources.of(sourceName, config, seed);
    const list = { seed, block: pair - 1, source };
    const onMade = (done: number, total: number) => onEvent({ kind: 'making', folder: name, done, total });
    const { sides, train, val } =
      key.setting === 'syn'
        ? syntheticRecords(config, list)
        : await realRecords(config, data, key, pair, list, { signal, onMade });
    const job: TrainingJob = {
      folder: new RunFolder(folder),
      config,
      origin: {
        pair,
        positives: key.positives,
        records: this.#context.data.fingerprint,
        from: from?.name ?? null,
        ...(share !== null && { share }),
        ...(made && { source: made.id }),
      },
      phase: { name: key.setting === 'syn-real' ? 'finetune' : 'train', ...sides },
      ...(from && { weights: from.state }),
    };
    return { job, train, val };
  }

  #hooks(folder: string): TrainingHooks {
    const { signal, onEvent } = this.#context;
    return { signal, onEvent: (event) => onEvent({ kind: 'training', folder, event }) };
  }
}

/** The values that determine one training. */
interface TrainingRequest {
  readonly data: TaskData;
  readonly key: CellKey;
  readonly pair: number;
  /** Hyper-parameters; missing ones have the defaults of `pqrst train`. */
  readonly choice: Partial<Choice> | undefined;
  /** The folder of the checkpoint. */
  readonly folder: string;
  /** The folder of the run or search, as events name it. */
  readonly name: string;
  /** Default: initial weights of the architecture. */
  readonly from?: Origin | undefined;
  /** The largest number of epochs; default: that of the experiment. */
  readonly epochs?: number | undefined;
}

/** Reads the best weights of a finished training. */
async function bestOf(folder: string): Promise<State> {
  return (await new RunFolder(folder).readCheckpoint()).best;
}

/** Returns the promise of the first call with `name`. Only that call runs `make`. */
function once<T>(made: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const found = made.get(name) ?? make();
  made.set(name, found);
  return found;
}
