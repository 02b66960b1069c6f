// An engine whose executions live in one worker thread, because a run blocks the thread it is on; their state stays
// there between runs. This file is the near side: messages out, promises back. serve.ts is the far side.

import { Worker } from 'node:worker_threads';
import { PqrstError } from '../base/errors.js';
import type { Engine, EngineOptions, Execution, Program, State, TensorData } from './engine.js';

/** What the worker is asked; it answers `{ id, result }` or `{ id, error }`. */
export type WorkerRequest =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'load';
      readonly program: Program;
      readonly state: State;
      readonly options: EngineOptions;
    }
  | { readonly kind: 'run'; readonly session: number; readonly feeds: Readonly<Record<string, TensorData>> }
  | { readonly kind: 'getState'; readonly session: number }
  | { readonly kind: 'setState'; readonly session: number; readonly state: State }
  | { readonly kind: 'spentMs'; readonly session: number }
  | { readonly kind: 'close'; readonly session: number }
  /** Leaves what has not begun unanswered, and answers once nothing is under way. */
  | { readonly kind: 'end' };

export interface WorkerReply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface ThreadEngine extends Engine {
  /** Starts the worker and waits until it has what it needs; `load` does so by itself. */
  open(): Promise<void>;
}

/** An engine with a worker thread of its own, started by the first call. All its failures are ERR_ENGINE. */
export function threadEngine(name: string, worker: URL, workerData?: unknown): ThreadEngine {
  let link: Link | undefined;
  const linked = (): Link => {
    if (link === undefined || link.failed) link = new Link(worker, workerData);
    return link;
  };
  return {
    name,
    device: 'cpu',
    async open(): Promise<void> {
      await linked().ask({ kind: 'open' });
    },
    async load(program: Program, state: State, options: EngineOptions = {}): Promise<Execution> {
      const far = linked();
      const session = (await far.ask({ kind: 'load', program, state, options })) as number;
      return {
        run: (feeds) => far.ask({ kind: 'run', session, feeds }) as Promise<Record<string, TensorData>>,
        getState: () => far.ask({ kind: 'getState', session }) as Promise<State>,
        setState: async (next) => {
          await far.ask({ kind: 'setState', session, state: next });
        },
        spentMs: () => far.ask({ kind: 'spentMs', session }) as Promise<number>,
        close: async () => {
          await far.ask({ kind: 'close', session });
        },
      };
    },
    async close(): Promise<void> {
      const last = link;
      link = undefined;
      await last?.close();
    },
  };
}

/** The worker and the questions that it has not answered yet. It keeps the process alive only while it owes one. */
class Link {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #count = 0;
  #failure: PqrstError | undefined;

  constructor(worker: URL, workerData: unknown) {
    this.#worker = new Worker(worker, { workerData });
    this.#worker.on('message', ({ id, result, error }: WorkerReply) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#worker.unref();
      if (error === undefined) pending?.resolve(result);
      else pending?.reject(new PqrstError('ERR_ENGINE', error));
    });
    this.#worker.on('error', (cause) => this.#fail(`the engine's thread failed: ${cause.message}`, cause));
    this.#worker.on('exit', (code) =>
      this.#fail(`the engine's thread ended (code ${code}); load the program again`),
    );
    this.#worker.unref();
  }

  /** True once the worker is gone; its programs are lost. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  ask(request: WorkerRequest): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      try {
        this.#worker.postMessage({ id, request });
      } catch (cause) {
        // Not sent (a detached buffer, a value that cannot be copied): nothing is owed, the process may end.
        const why = (cause as Error).message;
        reject(new PqrstError('ERR_ENGINE', `the engine could not be asked: ${why}`, { cause }));
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#worker.ref();
    });
  }

  /** Ends the thread between two runs: in the middle of one, the runtime's binding would end the whole process. */
  async close(): Promise<void> {
    // A thread that failed has ended by itself.
    if (!this.failed) await this.ask({ kind: 'end' });
    await this.#worker.terminate();
  }

  #fail(sentence: string, cause?: Error): void {
    this.#failure ??= new PqrstError('ERR_ENGINE', sentence, { cause });
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }
}
