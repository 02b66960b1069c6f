// Worker threads that take requests in order and answer each with one reply. The replies come in the order of the
// requests, so the result does not depend on the number of workers or on their speed.

import { type Transferable, Worker } from 'node:worker_threads';
import { type ErrorCode, PqrstError } from '../base/errors.js';
import { onOneLine } from '../base/text.js';

/** Requests that wait at each worker, besides the one that it works on. */
const waiting = 1;

/** What a worker answers: a result, or an error with its code if it is one of the package. */
export interface PoolReply<Result> {
  readonly result?: Result;
  readonly error?: { readonly code: ErrorCode | undefined; readonly message: string };
}

/** A part of a worker thread that answers requests; `null` asks it to end. */
export interface PoolPort {
  on(event: 'message', listener: (request: unknown) => void): unknown;
  postMessage(reply: unknown, transfer?: readonly Transferable[]): void;
  close(): void;
}

interface Member {
  readonly worker: Worker;
  /** Unanswered requests, the oldest first. */
  readonly pending: { resolve(result: unknown): void; reject(error: Error): void }[];
  readonly ended: Promise<void>;
}

/** A number of worker threads. The caller closes the pool. */
export class WorkerPool<Request, Result> {
  readonly #members: readonly Member[];
  #failure: Error | undefined;

  constructor(file: URL, count: number, workerData: unknown) {
    this.#members = Array.from({ length: count }, () => this.#start(file, workerData));
  }

  /** Yields the result of each request, in order. The next requests are read while the workers work. */
  async *answers(requests: AsyncIterable<Request>): AsyncGenerator<Result, void, undefined> {
    const most = this.#members.length * (1 + waiting);
    const coming: Promise<PromiseSettledResult<Result>>[] = [];
    const source = requests[Symbol.asyncIterator]();
    try {
      for (let isOpen = true; ; ) {
        while (isOpen && coming.length < most) {
          const next = await source.next();
          isOpen = next.done !== true;
          if (isOpen) coming.push(Promise.allSettled([this.#ask(next.value)]).then(([one]) => one));
        }
        const first = await coming.shift();
        if (first === undefined) return;
        if (first.status === 'rejected') throw first.reason;
        yield first.value;
      }
    } finally {
      await source.return?.();
    }
  }

  /** Ends the workers, each after the request that it works on. */
  async close(): Promise<void> {
    for (const { worker } of this.#members) worker.postMessage(null);
    await Promise.all(this.#members.map(({ ended }) => ended));
  }

  #ask(request: Request): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const least = this.#members.reduce((one, other) =>
      other.pending.length < one.pending.length ? other : one,
    );
    return new Promise((resolve, reject) => {
      least.pending.push({ resolve: (result) => resolve(result as Result), reject });
      least.worker.postMessage(request);
    });
  }

  #start(file: URL, workerData: unknown): Member {
    const worker = new Worker(file, { workerData });
    const pending: Member['pending'] = [];
    const fail = (error: Error) => {
      this.#failure ??= error;
      for (const one of pending.splice(0)) one.reject(this.#failure);
    };
    worker.on('message', ({ result, error }: PoolReply<Result>) => {
      const own = pending.shift();
      if (error === undefined) own?.resolve(result);
      else if (error.code === undefined) own?.reject(new Error(error.message));
      else own?.reject(new PqrstError(error.code, error.message));
    });
    worker.on('error', (cause) => {
      fail(new PqrstError('ERR_ENGINE', `a worker thread failed: ${onOneLine(cause.message)}`, { cause }));
    });
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        fail(new PqrstError('ERR_ENGINE', `a worker thread ended (code ${code}); start the work again`));
        resolve();
      });
    });
    return { worker, pending, ended };
  }
}

/**
 * Answers the requests of a pool in this worker thread, one after another. After `null` it drops waiting requests, calls
 * `end`, and lets the thread end.
 *
 * @param answer - returns the result, and the arrays in it that are moved and not copied.
 */
export function servePool<Request, Result>(
  port: PoolPort,
  answer: (request: Request) => Promise<{ readonly result: Result; readonly transfer: Transferable[] }>,
  end: () => Promise<void>,
): void {
  let queue: Promise<void> = Promise.resolve();
  let isEnding = false;
  port.on('message', (request) => {
    if (request === null) isEnding = true;
    queue = queue.then(async () => {
      if (request === null) {
        await end();
        port.close();
        return;
      }
      if (isEnding) return;
      try {
        const { result, transfer } = await answer(request as Request);
        port.postMessage({ result }, transfer);
      } catch (error) {
        const code = error instanceof PqrstError ? error.code : undefined;
        const { message } = error as Error;
        port.postMessage({ error: { code, message } });
      }
    });
  });
}
