// The option --queue of `pqrst submit`, `work` and `status`, and how a queue is opened and closed around a command.

import { Option } from 'commander';
import type { JobStore } from '../queue/store.js';

/** The value of the option. */
export interface QueueFlags {
  queue: string;
}

/** Returns the option. */
export function queueOption(): Option {
  return new Option(
    '--queue <address>',
    'the queue: a folder, redis://HOST:PORT (Redis, Valkey) or postgres://USER@HOST/DATABASE; default: PQRST_QUEUE',
  )
    .env('PQRST_QUEUE')
    .makeOptionMandatory();
}

/** Opens the queue, and closes it after `work`. */
export async function withQueue<T>(
  { queue }: QueueFlags,
  create: boolean,
  work: (store: JobStore) => Promise<T>,
): Promise<T> {
  const { openJobStore } = await import('../queue/open-store.js');
  const store = await openJobStore(queue, { create });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
