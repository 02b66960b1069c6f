// Connects `signal` and `onProgress` of a caller to the control block of a native job. The block is shared memory, so
// this works from any thread. When a job rejects, it has stopped: it no longer writes to its buffers.

import { setImmediate } from 'node:timers/promises';

/** Options of an operation that may take long. */
export interface JobOptions {
  /** Aborts the operation, which rejects with `signal.reason`, at the latest after the current record. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of finished items and the total, about 20 times per second and once at the end. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const progressMs = 50;

/**
 * Returns a function for long loops in JavaScript, which would otherwise block their thread. Await it in each
 * iteration: about 20 times per second it lets the event loop run. It rejects with `signal.reason` after an abort.
 */
export function resting(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < progressMs) return;
    await setImmediate();
    signal?.throwIfAborted();
    last = performance.now();
  };
}

/**
 * Runs a native job of `total` items and returns its result. Rejects with `signal.reason` after an abort, and with the
 * error of `onProgress` if that function throws.
 *
 * @param start - starts the job. It receives the control block, an Int32Array [2] in shared memory: element 0 is the
 *   cancel flag, element 1 the number of finished items.
 */
export async function runJob<T>(
  total: number,
  options: JobOptions,
  start: (control: Int32Array) => Promise<T | 'cancelled'>,
): Promise<T> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const control = new Int32Array(new SharedArrayBuffer(8));
  const cancel = () => Atomics.store(control, 0, 1);
  let failure: { error: unknown } | undefined;
  const report = () => {
    try {
      onProgress?.(Atomics.load(control, 1), total);
    } catch (error) {
      failure ??= { error };
      cancel();
    }
  };
  const timer = onProgress === undefined ? undefined : setInterval(report, progressMs);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const result = await start(control);
    signal?.throwIfAborted();
    if (result !== 'cancelled') report();
    if (failure !== undefined) throw failure.error;
    return result as T;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
