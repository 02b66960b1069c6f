// The queue in front of the reader thread. A recording that takes too long, or whose client leaves, ends the thread; the
// next recording starts another one.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ServiceError } from '../errors.js';
import { waitingRecordings } from '../limits.js';
import type { ReadReply, ReadResult, ReadTask, Upload } from './recording.js';

/** Memory for the objects of the thread, in MB. Samples are outside it; `limits.ts` bounds them. */
const heapMb = 1024;

/** The reader thread and its queue. */
export class EcgReaders {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * Reads an upload.
   *
   * @param abort - gives up; a recording that is being read ends its thread.
   * @throws ServiceError ERR_BUSY: when too many recordings wait.
   * @throws ServiceError: when the recording cannot be read.
   */
  async read(
    files: readonly Upload[],
    task: Pick<ReadTask, 'query' | 'work'>,
    abort: AbortSignal,
  ): Promise<ReadResult> {
    if (this.#waiting >= waitingRecordings) {
      throw new ServiceError(429, 'ERR_BUSY', `${this.#waiting} recordings wait; try again later`, 2);
    }
    this.#waiting++;
    const turn = this.#last;
    let done: (() => void) | undefined;
    this.#last = new Promise<void>((resolve) => {
      done = resolve;
    });
    try {
      await turn;
      abort.throwIfAborted();
      return await this.#run(files, task, abort);
    } finally {
      this.#waiting--;
      done?.();
    }
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #run(
    files: readonly Upload[],
    task: Pick<ReadTask, 'query' | 'work'>,
    abort: AbortSignal,
  ): Promise<ReadResult> {
    const folder = await mkdtemp(join(tmpdir(), 'pqrst-service-'));
    try {
      // The bytes are copied, because a buffer of the network may share its memory with others.
      const copies = files.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(bytes) }));
      const reply = await this.#ask({ ...task, folder, files: copies }, abort);
      if ('result' in reply) return reply.result;
      const { status, code, message, retryAfterS } = reply.refusal;
      if (reply.failure !== undefined) throw new Error(`the reader failed: ${reply.failure}`);
      throw new ServiceError(status, code, message, retryAfterS);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #ask(task: ReadTask, abort: AbortSignal): Promise<ReadReply> {
    this.#worker ??= new Worker(new URL('./reader-worker.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    const worker = this.#worker;
    const { promise, resolve, reject } = withResolvers<ReadReply>();
    const onMessage = (reply: ReadReply) => resolve(reply);
    const onAbort = () => reject(abort.reason);
    const onExit = (code: number) => reject(new Error(`the reader thread ended (code ${code})`));
    const onError = (error: Error & { readonly code?: string }) => {
      const isFull = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const full = new ServiceError(413, 'ERR_TOO_LARGE', 'the recording takes too much memory; divide it');
      reject(isFull ? full : new Error(`the reader thread failed: ${error.message}`));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    abort.addEventListener('abort', onAbort, { once: true });
    try {
      const buffers = task.files.map(({ bytes }) => bytes.buffer as ArrayBuffer);
      worker.postMessage(task, buffers);
      return await promise;
    } catch (error) {
      // The thread may still read, so it ends, and the next task starts another one.
      if (this.#worker === worker) this.#worker = undefined;
      await worker.terminate();
      throw error;
    } finally {
      abort.removeEventListener('abort', onAbort);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    }
  }
}

/** Returns a promise with the functions that settle it. */
function withResolvers<Value>() {
  let resolve: ((value: Value) => void) | undefined;
  let reject: ((error: unknown) => void) | undefined;
  const promise = new Promise<Value>((...functions) => {
    [resolve, reject] = functions;
  });
  return { promise, resolve: resolve!, reject: reject! };
}
