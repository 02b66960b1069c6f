// An engine whose executions and their state are in one worker thread, because a run blocks its thread. This file is the
// part in the calling thread: it sends messages and returns promises. serve.ts is the part in the worker.

import { Worker } from 'node:worker_threads';
import { PqrstError } from '../base/errors.js';
import { onOneLine } from '../base/text.js';
import type { Engine, EngineOptions, Execution, Program, State, TensorData } from './engine.js';

/** A request to the worker, which answers `{ id, result }` or `{ id, error }`. */
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
  /** Drops waiting requests, and answers when the current one has finished. */
  | { readonly kind: 'end' };

/** An answer of the worker. */
export interface WorkerReply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** An engine in a worker thread. */
export interface ThreadEngine extends Engine {
  /** Starts the worker and waits until its packages are loaded; `load` does this too. */
  open(): Promise<void>;
}

/** Returns an engine with a separate worker thread, which the first call starts. All its failures are ERR_ENGINE. */
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

/** The worker and its unanswered requests. It keeps the process alive only while a request is unanswered. */
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
      else pending?.reject(new PqrstError('ERR_ENGINE', onOneLine(error.trim())));
    });
    this.#worker.on('error', (cause) => this.#fail(`the engine's thread failed: ${cause.message}`, cause));
    this.#worker.on('exit', (code) =>
      this.#fail(`the engine's thread ended (code ${code}); load the program again`),
    );
    this.#worker.unref();
  }

  /** True after the worker has ended; its programs are lost. */
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
        // The message was not sent (a detached buffer, a value that cannot be copied), so no answer is pending.
        const why = (cause as Error).message;
        reject(
          new PqrstError('ERR_ENGINE', `the request could not be sent to the engine: ${why}`, { cause }),
        );
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#worker.ref();
    });
  }

  /** Ends the thread between two runs. During a run, the binding of the runtime would end the whole process. */
  async close(): Promise<void> {
    // A failed thread has already ended.
    if (!this.failed) await this.ask({ kind: 'end' });
    await this.#worker.terminate();
  }

  #fail(message: string, cause?: Error): void {
    this.#failure ??= new PqrstError('ERR_ENGINE', onOneLine(message.trim()), { cause });
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }
}
