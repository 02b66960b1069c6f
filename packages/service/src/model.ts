// A model that the service offers: sessions in threads of their own, one intra-op thread each, behind one queue.

import {
  type Answers,
  type Engine,
  type Model,
  type ModelMetadata,
  type ModelOptions,
  type Outputs,
  openEngine,
  openModel,
  PqrstError,
  type Scaling,
} from 'pqrst/evaluate';
import { Batcher, type BatchingOptions, type BatchRunner } from './batcher.js';
import { ServiceError } from './errors.js';

/** A model file and the statements that it lacks. */
export interface ModelSource extends Omit<ModelOptions, 'engine' | 'threads'> {
  /** The name by which clients call the model. */
  readonly name: string;
  /** The path of the ONNX file. */
  readonly path: string;
  /** Scaling of each window before the model, for recordings; default: that of the file. */
  readonly scaling?: Scaling | undefined;
}

/** How a model is run. */
export interface RunOptions extends Pick<BatchingOptions, 'maxBatch' | 'maxDelayMs' | 'queueWindows'> {
  /** Sessions, each in a thread of its own. */
  readonly workers: number;
  readonly onBatch?: (model: string, windows: number, ms: number) => void;
}

/** An open engine and its model. */
export interface Opened {
  readonly engine: Pick<Engine, 'close'>;
  readonly model: Model;
}

/** One session. If its thread has ended, it opens a new one. */
export class Session implements BatchRunner {
  readonly #open: () => Promise<Opened>;
  #opened: Opened | undefined;

  constructor(open: () => Promise<Opened>) {
    this.#open = open;
  }

  /** Returns the model, and opens it first if it is not open. */
  async model(): Promise<Model> {
    this.#opened ??= await this.#open();
    return this.#opened.model;
  }

  /** Answers a batch. If the engine fails, opens a new one and tries the batch a second time. */
  async answer(signals: Float32Array): Promise<Answers> {
    try {
      return await (await this.#again()).answer(signals);
    } catch (error) {
      if (!(error instanceof PqrstError) || error.code !== 'ERR_ENGINE') throw error;
      await this.close();
      return (await this.#again()).answer(signals);
    }
  }

  /** Releases the model and its thread. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // A thread that has ended cannot release its model, which is then gone already.
    await Promise.allSettled([opened?.model.close()]);
    await Promise.allSettled([opened?.engine.close()]);
  }

  async #again(): Promise<Model> {
    try {
      return await this.model();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ServiceError(500, 'ERR_INTERNAL', `the model cannot be opened again: ${why}`);
    }
  }
}

/** A model with its sessions. */
export class ServedModel {
  readonly name: string;
  /** The only version that is served. */
  readonly version = '1';
  readonly metadata: ModelMetadata;
  readonly outputs: Outputs;
  /** Scaling of a window before the model; undefined if neither the file nor the operator states it. */
  readonly scaling: Scaling | undefined;
  /** Leads of a window, C. */
  readonly leads: number;
  /** Samples of a window, L. */
  readonly lengthSamples: number;
  /** Windows of the largest batch. */
  readonly maxBatch: number;
  /** Milliseconds that a window waits for others. */
  readonly maxDelayMs: number;
  readonly queue: Batcher;
  readonly #sessions: readonly Session[];

  private constructor(
    { name, scaling }: ModelSource,
    model: Model,
    sessions: readonly Session[],
    options: RunOptions,
  ) {
    this.name = name;
    this.scaling = scaling ?? model.metadata.scaling;
    this.metadata = model.metadata;
    this.outputs = model.outputs;
    this.leads = model.leads;
    this.lengthSamples = model.lengthSamples;
    this.maxBatch = options.maxBatch;
    this.maxDelayMs = options.maxDelayMs;
    this.#sessions = sessions;
    this.queue = new Batcher(sessions, {
      ...options,
      windowValues: model.leads * model.lengthSamples,
      joinsRequests: model.metadata.precision !== 'int8',
      onBatch: (windows, ms) => options.onBatch?.(name, windows, ms),
    });
  }

  /**
   * Opens a model.
   *
   * @throws PqrstError The errors of `openModel`.
   */
  static async open(source: ModelSource, options: RunOptions): Promise<ServedModel> {
    const { name: _, scaling: __, path, ...stated } = source;
    const open = async () => {
      const engine = await openEngine({ device: 'cpu' });
      try {
        return { engine, model: await openModel(path, { ...stated, engine, threads: 1 }) };
      } catch (error) {
        await engine.close();
        throw error;
      }
    };
    const sessions = Array.from({ length: options.workers }, () => new Session(open));
    const opened = await Promise.allSettled(sessions.map((session) => session.model()));
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      await Promise.allSettled(sessions.map((session) => session.close()));
      throw failed.reason;
    }
    return new ServedModel(source, await sessions[0]!.model(), sessions, options);
  }

  /** The number of values per window of each output. */
  get width(): number {
    return this.outputs.kind === 'binary' ? 1 : this.outputs.count;
  }

  /** Releases the sessions. */
  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
  }
}

/** Returns the model of this name and version. */
export type FindModel = (name: string, version?: string) => ServedModel;
