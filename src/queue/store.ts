// The interface of a queue of parts. A store promises that a part is run at least once: a worker that stops for a while
// may finish a part that another one has run again. That is harmless, because a part writes the same bytes each time, to
// a temporary name that is renamed at the end.

import type { Part } from './part.js';

/** The result of `JobStore.put`. */
export interface PutParts {
  /** Number of parts that are new in the queue. */
  readonly added: number;
  /** Number of parts that the queue knew: they wait, run or are done. */
  readonly known: number;
  /** Number of failed parts that wait again. */
  readonly again: number;
}

/** How far the part of a worker is. */
export interface PartProgress {
  readonly done: number;
  readonly total: number;
}

/** A part that a worker has claimed. Other workers leave it alone until the worker stops its heartbeats. */
export interface Claim {
  /** Name of the part. */
  readonly name: string;
  /** The JSON of the part, which is not checked yet. */
  readonly job: unknown;
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  /** Says that the worker is alive. Returns false if the part belongs to another worker now. */
  heartbeat(progress: PartProgress | undefined): Promise<boolean>;
  /** States that the part is done. Returns false if the part belongs to another worker now. */
  done(result: Readonly<Record<string, unknown>>): Promise<boolean>;
  /**
   * States that the part failed. The queue offers it again later, up to `mostAttempts`; a final failure is not repeated.
   * Returns false if the part belongs to another worker now.
   */
  fail(message: string, isFinal: boolean): Promise<boolean>;
  /** Gives the part back. It does not count as an attempt. `note` says why, for `pqrst status`. */
  release(note: string): Promise<void>;
}

/** A part that failed, or that a worker gave back, with the reason. */
export interface PartNote {
  readonly name: string;
  readonly message: string;
  readonly attempts: number;
}

/** The state of a queue. */
export interface QueueStatus {
  /** Number of parts that a worker may claim now. */
  readonly waiting: number;
  /** Number of parts that failed or were given back, and wait for their next attempt. */
  readonly delayed: number;
  /** Number of parts that wait for other parts. */
  readonly blocked: number;
  /** Number of parts that workers run now. */
  readonly active: number;
  readonly done: number;
  readonly failed: number;
  /** Failed parts, at most the first 100. */
  readonly failures: readonly PartNote[];
  /** Parts that are not done, with the reason why an attempt ended, at most the first 100. */
  readonly notes: readonly PartNote[];
  /** Times at which the last parts were done, in ms since 1970, in ascending order. */
  readonly doneAtMs: readonly number[];
}

/** The state of one part. */
export interface PartStatus {
  readonly name: string;
  /**
   * `waiting`: the part waits for a worker, for other parts or for its next attempt; `failed`: its last attempt failed;
   * `unknown`: the queue has no part of this name.
   */
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'unknown';
  /** Why the part failed. */
  readonly message?: string | undefined;
}

/** A queue of parts. */
export interface JobStore {
  /** The queue as messages name it, without a password. */
  readonly name: string;
  /** Adds parts. A part that the queue knows is not added again; one that failed waits again. */
  put(parts: readonly Part[]): Promise<PutParts>;
  /** Claims the next part that may run; returns undefined if no part may run now. */
  claim(): Promise<Claim | undefined>;
  /** Tells how many parts are in each state. */
  status(): Promise<QueueStatus>;
  /** Tells the states of the named parts, in the order of the names. */
  statusOf(names: readonly string[]): Promise<PartStatus[]>;
  /** Closes the connection to the queue. */
  close(): Promise<void>;
}

/** How a queue treats workers that end and parts that fail. */
export const queueLimits = {
  /** A claim without a heartbeat for this long is void. A killed worker's part starts again within 10 s. */
  leaseMs: 4000,
  heartbeatMs: 1000,
  /** Time between two searches for claims that are void. */
  checkMs: 1000,
  /** Time after which a worker looks again for a part, if it found none. */
  pollMs: 500,
  /** Number of attempts of a part that fails. */
  mostAttempts: 3,
  /** Time until the second attempt; each later one waits twice as long as the one before. */
  backoffMs: 5000,
  /**
   * Number of workers that may end while they run one part. A part that ends its own process (by its memory, for example)
   * counts as failed, because it runs in a child process; so this number may be large.
   */
  mostStalls: 20,
} as const;

/** The largest number of failures and notes that a status lists. */
export const mostNotes = 100;
/** The number of finished parts that the rate is computed from. */
export const rateParts = 200;
