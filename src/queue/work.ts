// The loop of a worker: claims a part, runs it in a child process, sends heartbeats, and says how it ended. A queue that
// cannot be reached does not stop the part: its results have names of their own, and the next worker finds them.

import { setTimeout } from 'node:timers/promises';
import { PqrstError } from '../base/errors.js';
import { systemReason } from '../base/system-reason.js';
import { type ChildOptions, type RunningPart, startPart } from './child-process.js';
import { type Claim, type JobStore, queueLimits } from './store.js';

/** What a worker does, for a log. */
export type WorkEvent =
  | { readonly kind: 'started'; readonly name: string; readonly attempt: number }
  | { readonly kind: 'progress'; readonly name: string; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly name: string; readonly seconds: number }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string }
  /** The worker gives the part back: it stops, or its machine cannot go on. */
  | { readonly kind: 'released'; readonly name: string; readonly message: string }
  /** Another worker has the part, because the queue did not hear of this one for too long. */
  | { readonly kind: 'lost'; readonly name: string }
  | { readonly kind: 'queue-away'; readonly message: string }
  | { readonly kind: 'queue-back' };

/** The options of `workQueue`. */
export interface WorkOptions extends ChildOptions {
  /** Ends the loop: the running part goes back to the queue, and what it has finished stays. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the loop when no part waits, runs or is delayed; default false: the worker waits for more. */
  readonly untilEmpty?: boolean | undefined;
  readonly onEvent?: ((event: WorkEvent) => void) | undefined;
}

/** What a worker has done. */
export interface Worked {
  readonly done: number;
  readonly failed: number;
  readonly lost: number;
}

/** The first and the longest pause of a worker whose machine or queue fails. */
const [firstPauseMs, longestPauseMs] = [5000, 300_000];
const retryMs = 1000;
/** Time for the last message to a queue when the worker stops. */
const lastWordMs = 5000;

/**
 * Runs parts until `signal` is aborted, or until the queue is empty if `untilEmpty` is set.
 *
 * @throws PqrstError ERR_OPTION: when no folder is named.
 */
export async function workQueue(store: JobStore, options: WorkOptions): Promise<Worked> {
  if (options.roots.length === 0) {
    throw new PqrstError(
      'ERR_OPTION',
      'a worker needs the folders that its parts may use; name one in `roots`',
    );
  }
  return new WorkLoop(store, options).run();
}

class WorkLoop {
  readonly #store: JobStore;
  readonly #options: WorkOptions;
  readonly #signal: AbortSignal;
  /** Resolved some time after the worker was stopped: a client of a server that is away waits without end. */
  readonly #stopped: Promise<undefined>;
  #worked = { done: 0, failed: 0, lost: 0 };
  #pauseMs = firstPauseMs;
  #isAway = false;

  constructor(store: JobStore, options: WorkOptions) {
    this.#store = store;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#stopped = new Promise((resolve) => {
      const end = () => void setTimeout(lastWordMs, undefined, { ref: false }).then(() => resolve(undefined));
      if (this.#signal.aborted) end();
      else this.#signal.addEventListener('abort', end, { once: true });
    });
  }

  async run(): Promise<Worked> {
    while (!this.#signal.aborted) {
      const claim = await this.#ask(() => this.#store.claim());
      if (claim !== undefined) await this.#runClaim(claim);
      else if (await this.#isEmpty()) break;
      else await this.#sleep(queueLimits.pollMs * (0.5 + Math.random()));
    }
    return this.#worked;
  }

  async #isEmpty(): Promise<boolean> {
    if (this.#options.untilEmpty !== true || this.#signal.aborted) return false;
    const status = await this.#ask(() => this.#store.status());
    if (status === undefined) return false;
    const { waiting, active, delayed, blocked, failed } = status;
    // A part that waits for a failed one does not start.
    return waiting + active + delayed === 0 && (blocked === 0 || failed > 0);
  }

  async #runClaim(claim: Claim): Promise<void> {
    const { name, attempt } = claim;
    this.#say({ kind: 'started', name, attempt });
    const began = performance.now();
    const part = startPart(claim.job, this.#options);
    const beats = this.#heartbeats(claim, part);
    const onAbort = () => part.stop();
    this.#signal.addEventListener('abort', onAbort, { once: true });
    if (this.#signal.aborted) part.stop();
    const ending = await part.ended;
    this.#signal.removeEventListener('abort', onAbort);
    const isLost = await beats.stop();
    if (isLost) return this.#lose(name);
    switch (ending.kind) {
      case 'done': {
        this.#pauseMs = firstPauseMs;
        const isOwn = await this.#ask(() => claim.done(ending.result));
        if (isOwn === false) return this.#lose(name);
        this.#worked.done++;
        return this.#say({ kind: 'done', name, seconds: (performance.now() - began) / 1000 });
      }
      case 'stopped':
        return this.#release(claim, 'its worker was stopped');
      case 'failed': {
        if (this.#signal.aborted) return this.#release(claim, 'its worker was stopped');
        if (ending.isMachine) {
          await this.#release(claim, ending.message);
          await this.#sleep(this.#pauseMs);
          this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
          return;
        }
        const isOwn = await this.#ask(() => claim.fail(ending.message, ending.isFinal));
        if (isOwn === false) return this.#lose(name);
        this.#worked.failed++;
        return this.#say({ kind: 'failed', name, message: ending.message });
      }
    }
  }

  #lose(name: string): void {
    this.#worked.lost++;
    this.#say({ kind: 'lost', name });
  }

  async #release(claim: Claim, message: string): Promise<void> {
    this.#say({ kind: 'released', name: claim.name, message });
    const released = claim.release(message).catch((error: unknown) => {
      // The claim becomes void by itself when its heartbeats end.
      this.#say({ kind: 'queue-away', message: systemReason(error) });
    });
    await Promise.race([released, setTimeout(lastWordMs, undefined, { ref: false })]);
  }

  /**
   * Sends heartbeats until `stop` is called, which returns whether the part was lost. A part that is lost is stopped. A
   * queue that does not answer is asked again; only the queue can say that a part is lost.
   */
  #heartbeats(claim: Claim, part: RunningPart): { stop(): Promise<boolean> } {
    const ended = new AbortController();
    let isLost = false;
    let shown = -1;
    const beat = async () => {
      while (!ended.signal.aborted && !isLost) {
        const progress = part.progress();
        if (progress !== undefined && progress.done !== shown) {
          shown = progress.done;
          this.#say({ kind: 'progress', name: claim.name, ...progress });
        }
        try {
          isLost = !(await claim.heartbeat(progress));
          this.#back();
        } catch (error) {
          this.#away(error);
        }
        if (isLost) part.stop();
        else
          await setTimeout(queueLimits.heartbeatMs, undefined, { signal: ended.signal }).catch(
            () => undefined,
          );
      }
    };
    const beating = beat();
    return {
      stop: async () => {
        ended.abort();
        // A heartbeat that waits for the queue must not keep a worker that stops.
        const limit = this.#signal.aborted ? setTimeout(lastWordMs, undefined, { ref: false }) : beating;
        await Promise.race([beating, limit]);
        return isLost;
      },
    };
  }

  /** Returns the answer of the queue; asks again while the queue is away, until some time after the worker was stopped. */
  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        const answer = await Promise.race([question(), this.#stopped]);
        this.#back();
        return answer;
      } catch (error) {
        this.#away(error);
        if (this.#signal.aborted) return undefined;
        await this.#sleep(retryMs);
      }
    }
  }

  #away(error: unknown): void {
    if (!this.#isAway) this.#say({ kind: 'queue-away', message: systemReason(error) });
    this.#isAway = true;
  }

  #back(): void {
    if (this.#isAway) this.#say({ kind: 'queue-back' });
    this.#isAway = false;
  }

  #say(event: WorkEvent): void {
    this.#options.onEvent?.(event);
  }

  async #sleep(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#signal }).catch(() => undefined);
  }
}
