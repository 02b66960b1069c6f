// A queue of BullMQ, on Redis, Valkey or PostgreSQL. Parts are its jobs, and the name of a part is the id of its job, so
// that a part is never added twice. This file fetches jobs by hand instead of giving BullMQ a function to run, so that the
// folder and BullMQ have one loop (work.ts) and its heartbeats. Part `after` others wait as follows: the part that
// gathers all parts of a work is the parent of a flow; any other part is delayed while one of its parts is not done,
// because a job of BullMQ has one parent.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { FlowProducer, Job, JobsOptions, Queue, Worker } from 'bullmq';
import { PqrstError } from '../base/errors.js';
import { parseJson } from '../base/parse-json.js';
import { systemReason } from '../base/system-reason.js';
import { afterOf, isGathering, type Part } from './part.js';
import {
  type Claim,
  type JobStore,
  mostNotes,
  type PartNote,
  type PartProgress,
  type PartStatus,
  type PutParts,
  type QueueStatus,
  queueLimits,
  rateParts,
} from './store.js';

/** The queue of BullMQ, as Bull Board lists it. */
export const queueName = 'pqrst';

const openMs = 10_000;
/** Jobs are added in groups of this size. */
const groupParts = 1000;
/** A part that waits for another one is looked at again after this time. */
const blockedMs = 2000;
/** Finished jobs stay this long. Without them a part that is submitted again runs again, and finds its results. */
const keepSeconds = 30 * 24 * 3600;

const jobOptions = (part: Part): JobsOptions => ({
  jobId: part.name,
  attempts: queueLimits.mostAttempts,
  backoff: { type: 'exponential', delay: queueLimits.backoffMs },
  removeOnComplete: { age: keepSeconds },
  removeOnFail: false,
});

/**
 * The data of a job. The part is a text, because PostgreSQL stores JSON in an order of its own, and the records of a corpus
 * depend on the order of its classes.
 */
interface JobData {
  readonly part: string;
}

const dataOf = (part: Part): JobData => ({ part: JSON.stringify(part) });

/** Returns the part of a job, which is not checked yet; a job of another program is returned as it is. */
function partOfJob({ data }: Job): unknown {
  const { part } = (data ?? {}) as Partial<JobData>;
  if (typeof part !== 'string') return data;
  try {
    return parseJson(part);
  } catch {
    return part;
  }
}

/** What the progress of a job holds: its progress, or the reason why a worker gave it back. */
interface JobNote {
  readonly note?: string;
}

interface Parts {
  readonly queue: Queue;
  readonly worker: Worker;
  readonly flows: FlowProducer;
}

/** A queue of BullMQ. */
export class BullmqStore implements JobStore {
  readonly name: string;
  readonly #parts: Parts;

  private constructor(name: string, parts: Parts) {
    this.name = name;
    this.#parts = parts;
  }

  /**
   * Connects to `redis://`, `rediss://` or `postgres://`.
   *
   * @throws PqrstError ERR_QUEUE: when a package is missing, or the server does not answer.
   */
  static async open(url: string): Promise<BullmqStore> {
    const name = withoutPassword(url);
    const parts = await connect(url);
    let problem = '';
    // Without a listener an error of the connection would end the process. BullMQ connects again by itself.
    const keep = (error: Error) => {
      problem = error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
    };
    parts.queue.on('error', keep);
    parts.worker.on('error', keep);
    parts.flows.on('error', keep);
    const store = new BullmqStore(name, parts);
    const ready = Promise.all([parts.queue.waitUntilReady(), parts.worker.waitUntilReady()]);
    // Looks for the jobs of workers that have ended, from now on.
    void ready.then(
      () => parts.worker.startStalledCheckTimer(),
      () => undefined,
    );
    const timeout = timer(openMs);
    try {
      const isReady = await Promise.race([ready.then(() => true), timeout.ended.then(() => false)]);
      if (!isReady) throw new Error(problem || `no answer within ${openMs / 1000} s`);
    } catch (cause) {
      void ready.catch(() => undefined);
      await Promise.race([store.close(), timer(1000).ended]);
      throw new PqrstError(
        'ERR_QUEUE',
        `the queue ${name} cannot be opened: ${problem || systemReason(cause)}; check the address, the password and that the server runs`,
        { cause },
      );
    } finally {
      timeout.clear();
    }
    return store;
  }

  async put(parts: readonly Part[]): Promise<PutParts> {
    const { queue, flows } = this.#parts;
    let [added, again] = [0, 0];
    const fresh: Part[] = [];
    for (const part of parts) {
      const job = await queue.getJob(part.name);
      if (job === undefined) fresh.push(part);
      else if (await job.isFailed()) {
        await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
        again++;
      }
    }
    const gathering = fresh.filter(isGathering);
    const gathered = new Set(gathering.flatMap(({ after }) => after));
    const plain = fresh.filter((part) => !isGathering(part) && !gathered.has(part.name));
    for (let from = 0; from < plain.length; from += groupParts) {
      const group = plain.slice(from, from + groupParts);
      await queue.addBulk(
        group.map((part) => ({ name: part.kind, data: dataOf(part), opts: jobOptions(part) })),
      );
    }
    const node = (part: Part) => ({
      ...{ name: part.kind, queueName, data: dataOf(part), opts: jobOptions(part) },
    });
    for (const parent of gathering) {
      const children = parts.filter(({ name }) => parent.after.includes(name)).map(node);
      await flows.add({ ...node(parent), children });
    }
    added = fresh.length;
    return { added, again, known: parts.length - added - again };
  }

  async claim(): Promise<Claim | undefined> {
    const { worker } = this.#parts;
    // Several parts in a row may wait for others.
    for (let tries = 0; tries < 100; tries++) {
      const token = randomUUID();
      const job: Job | undefined = await worker.getNextJob(token, { block: false });
      if (job === undefined) return undefined;
      if (await this.#isReady(job)) return new BullmqClaim(job, token);
      await job.moveToDelayed(Date.now() + blockedMs, token);
    }
    return undefined;
  }

  async #isReady(job: Job): Promise<boolean> {
    const part = partOfJob(job);
    if (isGathering(part)) return true;
    for (const name of afterOf(part)) {
      const other = await this.#parts.queue.getJob(name);
      // A job that the queue no longer knows was done long ago.
      if (other !== undefined && !(await other.isCompleted())) return false;
    }
    return true;
  }

  async status(): Promise<QueueStatus> {
    const { queue } = this.#parts;
    const counts = await queue.getJobCounts(
      ...([
        'waiting',
        'active',
        'delayed',
        'waiting-children',
        'completed',
        'failed',
        'prioritized',
      ] as const),
    );
    const failed = await queue.getJobs(['failed'], 0, mostNotes - 1);
    const open = await queue.getJobs(['waiting', 'delayed', 'active'], 0, mostNotes - 1);
    const delayed = await queue.getJobs(['delayed'], 0, 10_000);
    const completed = await queue.getJobs(['completed'], 0, rateParts - 1);
    const noteOf = (job: Job, message: string): PartNote => ({
      ...{ name: job.id ?? '', message, attempts: job.attemptsMade },
    });
    const notes = open.flatMap((job) => {
      const message = (job.progress as JobNote).note ?? job.failedReason ?? '';
      return message === '' ? [] : [noteOf(job, message)];
    });
    const blocked = delayed.filter(
      (job) => job.attemptsMade === 0 && afterOf(partOfJob(job)).length > 0,
    ).length;
    const count = (name: string) => counts[name] ?? 0;
    return {
      waiting: count('waiting') + count('prioritized'),
      active: count('active'),
      delayed: count('delayed') - blocked,
      blocked: count('waiting-children') + blocked,
      done: count('completed'),
      failed: count('failed'),
      failures: failed.map((job) => noteOf(job, job.failedReason ?? '')),
      notes,
      doneAtMs: completed.flatMap(({ finishedOn }) => finishedOn ?? []).sort((a, b) => a - b),
    };
  }

  async statusOf(names: readonly string[]): Promise<PartStatus[]> {
    const list: PartStatus[] = [];
    for (let from = 0; from < names.length; from += groupParts) {
      const group = names.slice(from, from + groupParts);
      list.push(...(await Promise.all(group.map((name) => this.#statusOf(name)))));
    }
    return list;
  }

  async #statusOf(name: string): Promise<PartStatus> {
    const { queue } = this.#parts;
    const state = await queue.getJobState(name);
    if (state === 'failed') {
      const job = await queue.getJob(name);
      return { name, state, message: job?.failedReason ?? '' };
    }
    if (state === 'unknown') return { name, state };
    if (state === 'completed') return { name, state: 'done' };
    return { name, state: state === 'active' ? 'running' : 'waiting' };
  }

  async close(): Promise<void> {
    const { queue, worker, flows } = this.#parts;
    // A server that is away must not keep the process.
    const closed = Promise.allSettled([worker.close(true), queue.close(), flows.close()]);
    const timeout = timer(2000);
    await Promise.race([closed, timeout.ended]);
    timeout.clear();
  }
}

class BullmqClaim implements Claim {
  readonly name: string;
  readonly job: unknown;
  readonly attempt: number;
  readonly #job: Job;
  readonly #token: string;
  #shown = '';

  constructor(job: Job, token: string) {
    this.name = job.id ?? '';
    this.job = partOfJob(job);
    this.attempt = job.attemptsMade + 1;
    this.#job = job;
    this.#token = token;
  }

  async heartbeat(progress: PartProgress | undefined): Promise<boolean> {
    const owns = await this.#owned(async () => {
      const answer = await this.#job.extendLock(this.#token, queueLimits.leaseMs);
      return answer === 1;
    });
    const text = JSON.stringify(progress);
    if (owns && progress !== undefined && text !== this.#shown) {
      await this.#job.updateProgress({ ...progress });
      this.#shown = text;
    }
    return owns;
  }

  done(result: Readonly<Record<string, unknown>>): Promise<boolean> {
    return this.#owned(async () => {
      await this.#job.moveToCompleted(result, this.#token, false);
      return true;
    });
  }

  async fail(message: string, isFinal: boolean): Promise<boolean> {
    const { UnrecoverableError } = await import('bullmq');
    return this.#owned(async () => {
      const error = isFinal ? new UnrecoverableError(message) : new Error(message);
      // BullMQ stores the trace; the message is all that a reader needs.
      error.stack = message;
      await this.#job.moveToFailed(error, this.#token, false);
      return true;
    });
  }

  async release(note: string): Promise<void> {
    await this.#owned(async () => {
      await this.#job.updateProgress({ note });
      await this.#job.moveToWait(this.#token);
      return true;
    });
  }

  /** Returns the answer of `act`, or false if BullMQ says that the job is not locked by this claim any more. */
  async #owned(act: () => Promise<boolean>): Promise<boolean> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof Error && isLost(error)) return false;
      throw error;
    }
  }
}

/** BullMQ's codes: no such job, no lock, not in the state, the lock of another. */
const lostCodes: readonly unknown[] = [-1, -2, -3, -6];

/** Returns whether an error says that a lock has expired, or that another worker has finished the job or runs it. */
function isLost(error: Error): boolean {
  return lostCodes.includes((error as { readonly code?: unknown }).code);
}

async function connect(url: string): Promise<Parts> {
  const isPostgres = /^postgres(ql)?:/.test(url);
  const client = isPostgres ? 'pg' : 'ioredis';
  const bullmq = await import('bullmq').catch((cause: unknown) => {
    throw missing('bullmq', client, cause);
  });
  await import(client).catch((cause: unknown) => {
    throw missing(client, client, cause);
  });
  const { Queue, Worker, FlowProducer } = bullmq;
  const work = {
    name: `${hostname()}-${process.pid}`,
    lockDuration: queueLimits.leaseMs,
    stalledInterval: queueLimits.checkMs,
    maxStalledCount: queueLimits.mostStalls,
    autorun: false,
  };
  if (isPostgres) {
    const { createPostgresBackend } = bullmq;
    // The tables are made by the first command that uses the database.
    const connection = { connectionString: url, migrate: true };
    return {
      queue: new Queue(queueName, { connection }, createPostgresBackend) as unknown as Queue,
      worker: new Worker(
        queueName,
        null,
        { connection, ...work },
        createPostgresBackend,
      ) as unknown as Worker,
      flows: new FlowProducer({ connection }, createPostgresBackend) as unknown as FlowProducer,
    };
  }
  const connection = {
    url,
    maxRetriesPerRequest: null,
    keepAlive: 10_000,
    retryStrategy: (times: number) => Math.min(100 * times, 2000),
  };
  return {
    queue: new Queue(queueName, { connection }),
    worker: new Worker(queueName, null, { connection, ...work }),
    flows: new FlowProducer({ connection }),
  };
}

function missing(name: string, client: string, cause: unknown): PqrstError {
  return new PqrstError(
    'ERR_QUEUE',
    `a queue of this kind needs the package ${name}, which is not installed; run npm install bullmq ${client}`,
    { cause },
  );
}

/** Returns an address without its password, for messages. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^@/]*@/, '$1');
}

/** Returns a promise that is resolved after `ms`, and a function that stops its timer. */
function timer(ms: number): { readonly ended: Promise<void>; readonly clear: () => void } {
  let clear: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    const started = setTimeout(resolve, ms);
    clear = () => clearTimeout(started);
  });
  return { ended, clear };
}
