// The searches and runs of an experiment and how they stand on each other:
//   search real                     run real, pair k
//   search syn                      run syn, pair k
//   search syn-real, from the best model of search syn     run syn-real, pair k, from the model of run syn, pair k
// Each is done once, whoever asks; those that compute wait in line for an engine.

import { join } from 'node:path';
import { randomStream } from '../base/random.js';
import { type BatchSource, realBatches, syntheticBatches } from '../batches/batches.js';
import type { State } from '../engine/engine.js';
import { parseConfig, type Setting, type TrainConfig } from '../run/config.js';
import { samplesOf } from '../signal/samples.js';
import { simulatedClasses } from '../signal/tasks.js';
import { Synthesizer } from '../synth/synthesizer.js';
import { type CellRun, countSide, isDiverged, readRun, runCell, type SideCounts } from './cell.js';
import type { ExperimentConfig } from './config.js';
import { cutPositives, type ExperimentData, type TaskData } from './data.js';
import type { ExperimentEvent } from './events.js';
import { runFolder, searchFolder } from './folder.js';
import { type Choice, drawChoice } from './hyper-parameters.js';
import type { CellKey, ResultRow } from './results.js';
import { lowestSoFar, type SearchResult, search } from './search.js';
import type { Slots } from './slots.js';
import { blockOf } from './synthetic-blocks.js';
import {
  readBest,
  slimCheckpoint,
  type TrainingHooks,
  type TrainingJob,
  trainJob,
  type Worker,
} from './training.js';

export interface JobsContext {
  readonly config: ExperimentConfig;
  readonly data: ExperimentData;
  readonly out: string;
  readonly slots: Slots<Worker>;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ExperimentEvent) => void;
}

/** The training and validation side of a run, and what is counted of them. */
interface Sides {
  readonly training: BatchSource;
  readonly validation: BatchSource;
  readonly train: SideCounts;
  readonly val: SideCounts;
}

/** Where the first weights come from: another training, named for the checkpoint. */
interface Origin {
  readonly name: string;
  readonly state: State;
}

export class Jobs {
  readonly #context: JobsContext;
  readonly #searches = new Map<string, Promise<SearchResult | undefined>>();
  readonly #runs = new Map<string, Promise<readonly ResultRow[]>>();

  constructor(context: JobsContext) {
    this.#context = context;
  }

  /** The rows of one run, trained now or earlier. */
  run(data: TaskData, key: CellKey, pair: number): Promise<readonly ResultRow[]> {
    return once(this.#runs, runFolder(key, pair), () => this.#run(data, key, pair));
  }

  async #run(data: TaskData, key: CellKey, pair: number): Promise<readonly ResultRow[]> {
    const { out, slots, config, signal } = this.#context;
    const name = runFolder(key, pair);
    const earlier = await readRun(join(out, name));
    if (earlier !== undefined) return earlier.rows;
    const best = (await this.#search(data, key.arch, key.setting))?.best;
    const syn = key.setting === 'syn-real' ? { ...key, setting: 'syn' as const, positives: null } : undefined;
    const [synRow] = syn === undefined ? [] : await this.run(data, syn, pair);
    const isLost = synRow !== undefined && isDiverged(synRow);
    return slots.use(async (worker) => {
      signal.throwIfAborted();
      const origin = syn && runFolder(syn, pair);
      const from =
        origin !== undefined && !isLost
          ? { name: origin, state: await readBest(join(out, origin)) }
          : undefined;
      const choice = best?.choice ?? (synRow && { archOptions: JSON.parse(synRow.archOptions) });
      const folder = join(out, name);
      const { job, train, val } = this.#training({ data, key, pair, choice, folder, from });
      const { fsHz, lead, source, lengthSamples } = this.#context.data.set;
      const run: CellRun = {
        key,
        pair,
        seed: config.seed,
        job,
        isLost,
        train,
        val,
        tests: data.tests,
        data: { source, fsHz, lengthSamples, lead },
      };
      return runCell(run, worker, this.#hooks(name));
    });
  }

  #search(data: TaskData, arch: string, setting: Setting): Promise<SearchResult | undefined> {
    if (this.#context.config.search.trials === 0) return Promise.resolve(undefined);
    const name = searchFolder({ task: data.task.name, arch, setting });
    return once(this.#searches, name, () => this.#searchIn(name, data, arch, setting));
  }

  async #searchIn(name: string, data: TaskData, arch: string, setting: Setting): Promise<SearchResult> {
    const { config, out, slots, onEvent, signal } = this.#context;
    const { trials, minutes, epochs } = config.search;
    const task = data.task.name;
    const key = { task, arch, setting, positives: null };
    const syn = setting === 'syn-real' ? await this.#search(data, arch, 'syn') : undefined;
    const fixed = syn === undefined ? (config.archOptions[arch] ?? {}) : syn.best.choice.archOptions;
    const { lengthSamples } = this.#context.data.set;
    const draws = { arch, fixed, lengthSamples, seed: config.seed, path: [task, arch, setting] };
    const result = await slots.use(async (worker) => {
      const from = syn && { name: `trial ${syn.best.trial}`, state: await readBest(syn.folder) };
      return search({
        folder: join(out, name),
        trials,
        minutes,
        draw: (trial) => drawChoice(draws, trial),
        trainTrial: async (choice, folder, judge) => {
          signal.throwIfAborted();
          const { job } = this.#training({ data, key, pair: 1, choice, folder, from, epochs });
          const hooks: TrainingHooks = {
            ...this.#hooks(name),
            judge: ({ progress }) => judge(lowestSoFar(progress.curve)),
          };
          const snapshot = await trainJob(job, worker, hooks);
          await slimCheckpoint(job, snapshot);
          return snapshot.progress.curve;
        },
        onTrial: (trial) => onEvent({ kind: 'trial', task, arch, setting, trial, trials }),
      });
    });
    onEvent({ kind: 'search', task, arch, setting, best: result.best });
    return result;
  }

  #training(plan: TrainingRequest): { job: TrainingJob; train: SideCounts; val: SideCounts } {
    const { data, key, pair, choice, folder, from, epochs } = plan;
    const { config } = this.#context;
    const trainConfig = trainConfigOf(config, key, pair, choice, epochs);
    const sides =
      key.setting === 'syn'
        ? syntheticSides(trainConfig, data, pair, config)
        : realSides(trainConfig, data, key, pair, config);
    const { training, validation, train, val } = sides;
    const job: TrainingJob = {
      folder,
      task: data.task,
      config: trainConfig,
      origin: {
        pair,
        positives: key.positives,
        records: this.#context.data.fingerprint,
        from: from?.name ?? null,
      },
      training,
      validation,
      ...(from && { weights: from.state }),
    };
    return { job, train, val };
  }

  #hooks(folder: string): TrainingHooks {
    const { signal, onEvent } = this.#context;
    return { signal, onEvent: (event) => onEvent({ kind: 'training', folder, event }) };
  }
}

interface TrainingRequest {
  readonly data: TaskData;
  readonly key: CellKey;
  readonly pair: number;
  /** What is left out takes the default of `pqrst train`. */
  readonly choice: Partial<Choice> | undefined;
  /** Of its checkpoint. */
  readonly folder: string;
  readonly from?: Origin | undefined;
  readonly epochs?: number | undefined;
}

/** The run as `pqrst train` would be asked for it, so that `pqrst export` understands its folder. */
function trainConfigOf(
  config: ExperimentConfig,
  { task, arch, setting }: CellKey,
  pair: number,
  choice: TrainingRequest['choice'] = {},
  epochs = config.epochs,
): TrainConfig {
  const { preset, fsHz, seconds, split, batch, syntheticCount, weightDecay, validateEvery, patience } =
    config;
  const { learningRate, shiftRate, maskRate, archOptions = config.archOptions[arch] ?? {} } = choice;
  const rate = setting === 'syn-real' ? 'fineTuneLearningRate' : 'learningRate';
  return parseConfig({
    task,
    setting,
    arch,
    archOptions: archOptions as Record<string, number | string | boolean>,
    preset,
    fsHz,
    seconds,
    // The same for all settings of a pair: they begin with the same weights and see windows in the same order.
    seed: randomStream(config.seed, 'run', task, arch, pair).below(2 ** 31),
    split,
    batch,
    epochs,
    syntheticCount,
    weightDecay,
    validateEvery,
    patience,
    ...(learningRate !== undefined && { [rate]: learningRate }),
    ...(shiftRate !== undefined && { shiftRate }),
    ...(maskRate !== undefined && { maskRate }),
  });
}

function realSides(
  train: TrainConfig,
  { pairs }: TaskData,
  { positives }: CellKey,
  pair: number,
  { seed }: ExperimentConfig,
): Sides {
  const { train: all, val } = pairs[pair - 1]!;
  const kept = positives === null ? all : cutPositives(all, positives, seed, pair);
  const lengthSamples = samplesOf(train.seconds, train.fsHz);
  const plain = { batchSize: train.batch, seed: train.seed };
  return {
    training: realBatches(kept, lengthSamples, { ...plain, augment: train }),
    validation: realBatches(val, lengthSamples, plain),
    train: countSide(kept),
    val: countSide(val),
  };
}

/** Training and validation records of pair k: stretches of one endless list that no other pair reads. */
function syntheticSides(
  train: TrainConfig,
  { task }: TaskData,
  pair: number,
  config: ExperimentConfig,
): Sides {
  const { preset, fsHz, seconds, batch: batchSize, seed, syntheticCount } = train;
  const classes = simulatedClasses(task)!;
  const { count, held } = blockOf(classes, syntheticCount);
  const source = new Synthesizer({ preset, fsHz, seconds, seed: config.seed }).signalSource();
  const first = (pair - 1) * (count + held);
  const plain = { batchSize, seed };
  const side = (windows: number): SideCounts => ({
    windows,
    positives: windows - windows / classes.length,
    patients: 0,
    positivePatients: 0,
  });
  return {
    training: syntheticBatches(source, classes, { first, count }, { ...plain, augment: train }),
    validation: syntheticBatches(source, classes, { first: first + count, count: held }, plain),
    train: side(count),
    val: side(held),
  };
}

/** The promise made for `name` at the first call. */
function once<T>(made: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const found = made.get(name) ?? make();
  made.set(name, found);
  return found;
}
