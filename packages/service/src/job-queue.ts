// The jobs of the service in a queue of pqrst. The name of a job tells the names of its parts, so the service keeps no
// state: another process, or the next start, answers for the same jobs.

import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import {
  type CorpusRequest,
  type EvaluateWork,
  evaluateParts,
  type JobStore,
  openJobStore,
  type Part,
  type PartStatus,
  PqrstError,
  partNamesOf,
  resolveInside,
  synthParts,
  workName,
} from 'pqrst/queue';
import { badRequest, ServiceError } from './errors.js';
import type { JobQueue, JobRequest, JobStatus } from './jobs.js';

/** The options of `openJobQueue`. */
export interface JobQueueOptions {
  /** The queue: a folder, `redis://HOST:PORT`, `rediss://` or `postgres://USER@HOST/DATABASE`. */
  readonly queue: string;
  /** The folder that all paths of a job are relative to and may not leave. The workers see it under the same path. */
  readonly root: string;
}

/** A queue that is open. */
export interface OpenJobQueue extends JobQueue {
  /** Closes the connection to the queue. */
  close(): Promise<void>;
}

/** The largest number of parts of one job: cutting it must not keep the other clients of the service waiting. */
const mostJobParts = 2000;
/** The most bytes of JSON that the parts of one job may have together. */
const mostJobBytes = 256 * 2 ** 20;

/**
 * Opens a queue that `pqrst work` serves, for `jobs` of `startService`.
 *
 * @param options - the address of the queue and the folder of the jobs.
 * @returns the queue; close it after the service has stopped.
 * @example
 * ```ts
 * import { openJobQueue, startService } from '@pqrst/service';
 *
 * const jobs = await openJobQueue({ queue: 'queue', root: '/data' });
 * const service = await startService({ models: [{ name: 'af', path: 'run/model.onnx' }], jobs });
 * process.once('SIGTERM', () => void service.stop().then(() => jobs.close()));
 * ```
 * @throws PqrstError ERR_OPTION, ERR_QUEUE: when the queue cannot be opened.
 * @throws Error: when `root` is not a folder, or the queue is a folder inside it.
 */
export async function openJobQueue(options: JobQueueOptions): Promise<OpenJobQueue> {
  const { queue } = options;
  const root = resolve(options.root);
  const found = await stat(root).catch((cause: Error) => {
    throw new Error(`the folder of the jobs ${root} cannot be read: ${cause.message}`, { cause });
  });
  if (!found.isDirectory()) throw new Error(`${root} is not a folder; name the folder of the jobs`);
  if (!/^[a-z]+:\/\//i.test(queue)) {
    // A job could write there what a worker takes for a part.
    const path = relative(root, resolve(queue));
    if (path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)) {
      throw new Error(`the queue ${queue} is in the folder of the jobs ${root}; name a folder outside it`);
    }
  }
  return new PartsQueue(await openJobStore(queue, { create: true }), root);
}

class PartsQueue implements OpenJobQueue {
  readonly #store: JobStore;
  readonly #root: string;

  constructor(store: JobStore, root: string) {
    this.#store = store;
    this.#root = root;
  }

  async submit(job: JobRequest): Promise<string> {
    const parts = await this.#cut(job);
    expectParts(parts.length);
    const bytes = parts.length * JSON.stringify(parts[0]).length;
    if (bytes > mostJobBytes) {
      throw badRequest(
        `the ${parts.length} parts of the job have ${bytes} bytes, more than ${mostJobBytes}; state fewer parts`,
      );
    }
    await this.#store.put(parts);
    return workName(parts);
  }

  async status(id: string): Promise<JobStatus | undefined> {
    const names = partNamesOf(id);
    if (names === undefined) return undefined;
    // A name of many parts that the queue does not know costs one question.
    const ends = await this.#store.statusOf([names[0]!, names.at(-1)!]);
    if (ends.every(({ state }) => state === 'unknown')) return undefined;
    return this.#sum(id, await this.#store.statusOf(names));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #sum(id: string, parts: readonly PartStatus[]): JobStatus {
    const count = (state: PartStatus['state']) => parts.filter((part) => part.state === state).length;
    const [done, running, unknown] = [count('done'), count('running'), count('unknown')];
    const shared = { id, parts: parts.length, partsDone: done };
    const failed = parts.find(({ state }) => state === 'failed');
    if (failed !== undefined) {
      const reason = `part ${failed.name} failed: ${this.#withoutRoot(failed.message ?? '')}`;
      return { ...shared, state: 'failed', reason };
    }
    if (done === parts.length) return { ...shared, state: 'done' };
    const missing = `${unknown} of ${parts.length} parts are not in the queue; submit the job again`;
    return {
      ...shared,
      state: done + running > 0 ? 'running' : 'waiting',
      ...(unknown > 0 && { reason: missing }),
    };
  }

  async #cut({ kind, request }: JobRequest): Promise<Part[]> {
    const { out, ...rest } = request;
    if (typeof rest.parts === 'number') expectParts(rest.parts);
    const folder = await this.#pathOf('out', out);
    try {
      switch (kind) {
        case 'synth':
          // `synthParts` checks the request.
          return await synthParts({ request: rest as unknown as CorpusRequest, out: folder });
        case 'evaluate': {
          const { model, data, ...choice } = rest;
          const [, scheme, name] = /^(corpus|synth):(.+)$/s.exec(typeof data === 'string' ? data : '') ?? [];
          if (scheme === undefined) throw badRequest(`data must be corpus:DIR or synth:FILE`);
          const paths = {
            modelPath: await this.#pathOf('model', model),
            data: `${scheme}:${await this.#pathOf('data', name)}`,
          };
          // `evaluateParts` checks the names of the options.
          return await evaluateParts({ ...(choice as Partial<EvaluateWork>), ...paths, out: folder });
        }
        case 'experiment':
          throw badRequest(
            'this service takes jobs of the kinds synth and evaluate; submit an experiment with pqrst submit experiment',
          );
      }
    } catch (error) {
      if (!(error instanceof PqrstError)) throw error;
      throw new PqrstError(error.code, this.#withoutRoot(error.message), { cause: error });
    }
  }

  /** Returns the absolute path of an option that names a file or a folder below the root. */
  async #pathOf(option: string, given: unknown): Promise<string> {
    if (typeof given !== 'string' || given === '') {
      throw badRequest(`${option} must be a path below the folder of the jobs`);
    }
    const outside = new ServiceError(
      400,
      'ERR_PATH_OUTSIDE',
      `${option} is "${given}"; expected a path below the folder of the jobs, without .. and links that leave it`,
    );
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(given) || given.includes('\0')) throw outside;
    try {
      const path = await resolveInside(this.#root, given);
      // The folder itself holds the work of all.
      if (relative(this.#root, path) === '') throw outside;
      return path;
    } catch (error) {
      if (error instanceof PqrstError && error.code === 'ERR_PATH_OUTSIDE') throw outside;
      throw error;
    }
  }

  /** Returns a message with paths as the client gave them. */
  #withoutRoot(message: string): string {
    return message.replaceAll(`${this.#root}/`, '').replaceAll(`${this.#root}\\`, '');
  }
}

function expectParts(parts: number): void {
  if (parts <= mostJobParts) return;
  throw badRequest(
    `the job has ${parts} parts; expected at most ${mostJobParts}: state fewer parts, or use pqrst submit`,
  );
}
