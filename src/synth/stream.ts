// Streams batches with a double buffer: at most two batches are being made or waiting while the consumer works.

/** The records of a stream. */
export interface StreamPlan {
  /** Index of the first record. */
  readonly start: number;
  /** Index after the last record. */
  readonly end: number;
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
}

const maxPending = 2;

/** Yields the batches of [start, end) in order. Leaving the loop, an error or `signal` stops the batches in progress. */
export async function* streamBatches<Batch>(
  plan: StreamPlan,
  make: (start: number, count: number, signal: AbortSignal) => Promise<Batch>,
): AsyncGenerator<Batch, void, undefined> {
  const left = new AbortController();
  const signal = plan.signal === undefined ? left.signal : AbortSignal.any([plan.signal, left.signal]);
  // Settled results: a batch that fails before it is awaited keeps its error until its turn.
  const pending: Promise<PromiseSettledResult<Batch>>[] = [];
  let next = plan.start;
  try {
    for (;;) {
      while (pending.length < maxPending && next < plan.end) {
        const count = Math.min(plan.batchSize, plan.end - next);
        pending.push(Promise.allSettled([make(next, count, signal)]).then(([result]) => result));
        next += count;
      }
      const result = await pending.shift();
      if (result === undefined) return;
      if (result.status === 'rejected') throw result.reason;
      signal.throwIfAborted();
      yield result.value;
    }
  } finally {
    left.abort();
    await Promise.all(pending);
  }
}
