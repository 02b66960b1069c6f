// Joins the windows of many requests into batches, and gives each batch to the next free session. A run blocks its
// thread, so the sessions are the concurrency. While all are busy, batches grow by themselves.

import type { Answers } from 'pqrst/evaluate';
import { ServiceError } from './errors.js';

/** A model in a thread of its own. */
export interface BatchRunner {
  /** Returns logits and probabilities, [N] or [N, count] each, for `signals` [N, C, L]. */
  answer(signals: Float32Array): Promise<Answers>;
}

/** How batches are made. */
export interface BatchingOptions {
  /** Values of one window, C * L. */
  readonly windowValues: number;
  /** Windows of the largest batch. */
  readonly maxBatch: number;
  /** Milliseconds that a window waits for others while a session is free. */
  readonly maxDelayMs: number;
  /** Windows that wait; more are refused with 429. */
  readonly queueWindows: number;
  /** False if the answer for a window depends on its batch, as in int8 files: each request is then a batch of its own. */
  readonly joinsRequests: boolean;
  /** Called after each batch. */
  readonly onBatch?: (windows: number, ms: number) => void;
}

interface Entry {
  readonly signals: Float32Array;
  readonly windows: number;
  readonly since: number;
  readonly resolve: (answers: Answers) => void;
  readonly reject: (error: unknown) => void;
}

/** The queue of one model. */
export class Batcher {
  readonly #options: BatchingOptions;
  readonly #idle: BatchRunner[];
  #queue: Entry[] = [];
  #queued = 0;
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Windows per second of one session, smoothed over batches; for Retry-After. */
  #rate = 0;
  readonly #sessions: number;

  constructor(runners: readonly BatchRunner[], options: BatchingOptions) {
    this.#idle = [...runners];
    this.#sessions = runners.length;
    this.#options = options;
  }

  /** Windows that wait. */
  get queued(): number {
    return this.#queued;
  }

  /** Batches that run. */
  get running(): number {
    return this.#running;
  }

  /**
   * Answers the windows of one request.
   *
   * @param signals - [N, C, L], N from 1.
   * @param abort - takes the windows out of the queue; a batch that runs already ends.
   * @throws ServiceError ERR_BUSY: when the queue is full.
   * @throws ServiceError ERR_TOO_LARGE: when the queue could never hold so many windows.
   * @throws `abort.reason`: when the request is aborted.
   * @throws PqrstError The errors of `Model.answer`.
   */
  async submit(signals: Float32Array, abort: AbortSignal): Promise<Answers> {
    abort.throwIfAborted();
    const { windowValues, maxBatch, queueWindows } = this.#options;
    const windows = signals.length / windowValues;
    if (windows > queueWindows) {
      throw new ServiceError(
        413,
        'ERR_TOO_LARGE',
        `the request has ${windows} windows; at most ${queueWindows} are taken at once: divide it`,
      );
    }
    if (this.#queued + windows > queueWindows) {
      const waitS = this.#rate === 0 ? 1 : Math.ceil(this.#queued / (this.#rate * this.#sessions));
      throw new ServiceError(
        429,
        'ERR_BUSY',
        `${this.#queued} windows wait, and the queue holds ${queueWindows}; try again later`,
        Math.min(Math.max(waitS, 1), 60),
      );
    }
    const parts: Promise<Answers>[] = [];
    const entries: Entry[] = [];
    for (let start = 0; start < windows; start += maxBatch) {
      const end = Math.min(windows, start + maxBatch);
      const part = signals.subarray(start * windowValues, end * windowValues);
      parts.push(
        new Promise((resolve, reject) => {
          entries.push({ signals: part, windows: end - start, since: performance.now(), resolve, reject });
        }),
      );
    }
    this.#queue.push(...entries);
    this.#queued += windows;
    const cancel = () => this.#drop(new Set(entries), abort.reason);
    abort.addEventListener('abort', cancel, { once: true });
    this.#pump();
    try {
      return joinAnswers(await Promise.all(parts));
    } catch (error) {
      this.#drop(new Set(entries), error);
      // The parts that still run end without a listener.
      await Promise.allSettled(parts);
      throw error;
    } finally {
      abort.removeEventListener('abort', cancel);
    }
  }

  #drop(entries: ReadonlySet<Entry>, reason: unknown): void {
    const dropped = this.#queue.filter((entry) => entries.has(entry));
    if (dropped.length === 0) return;
    this.#queue = this.#queue.filter((entry) => !entries.has(entry));
    for (const { windows, reject } of dropped) {
      this.#queued -= windows;
      reject(reason);
    }
  }

  /** Starts batches while sessions are free and a batch is full or has waited long enough. */
  #pump(): void {
    const { maxBatch, maxDelayMs } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#queue.length > 0 && this.#idle.length > 0) {
      const waitMs = maxDelayMs - (performance.now() - this.#queue[0]!.since);
      if (this.#queued < maxBatch && waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(waitMs));
        return;
      }
      const batch = this.#take();
      this.#run(batch, this.#idle.pop()!);
    }
  }

  #take(): Entry[] {
    const { maxBatch, joinsRequests } = this.#options;
    let count = 0;
    let windows = 0;
    while (count < this.#queue.length && windows + this.#queue[count]!.windows <= maxBatch) {
      windows += this.#queue[count]!.windows;
      count++;
      if (!joinsRequests) break;
    }
    this.#queued -= windows;
    return this.#queue.splice(0, count);
  }

  async #run(batch: readonly Entry[], runner: BatchRunner): Promise<void> {
    const start = performance.now();
    this.#running++;
    await this.#answer(batch, runner);
    this.#running--;
    const ms = performance.now() - start;
    const windows = batch.reduce((sum, entry) => sum + entry.windows, 0);
    const rate = (1000 * windows) / ms;
    this.#rate = this.#rate === 0 ? rate : 0.9 * this.#rate + 0.1 * rate;
    this.#options.onBatch?.(windows, ms);
    this.#idle.push(runner);
    this.#pump();
  }

  /** Runs a batch. If it fails, halves it, so that the windows of one client cannot spoil the answers of others. */
  async #answer(batch: readonly Entry[], runner: BatchRunner): Promise<void> {
    let answers: Answers;
    try {
      answers = await runner.answer(joinSignals(batch));
    } catch (error) {
      if (batch.length === 1) {
        batch[0]!.reject(error);
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await this.#answer(batch.slice(0, half), runner);
      await this.#answer(batch.slice(half), runner);
      return;
    }
    const { logit, probability } = answers;
    const windows = batch.reduce((sum, entry) => sum + entry.windows, 0);
    const width = probability.length / windows;
    let at = 0;
    for (const entry of batch) {
      const [from, to] = [at * width, (at + entry.windows) * width];
      entry.resolve({ logit: logit.subarray(from, to), probability: probability.subarray(from, to) });
      at += entry.windows;
    }
  }
}

function joinSignals(batch: readonly Entry[]): Float32Array {
  if (batch.length === 1) return batch[0]!.signals;
  return concatenate(batch.map(({ signals }) => signals));
}

function joinAnswers(parts: readonly Answers[]): Answers {
  if (parts.length === 1) return parts[0]!;
  return {
    logit: concatenate(parts.map(({ logit }) => logit)),
    probability: concatenate(parts.map(({ probability }) => probability)),
  };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
