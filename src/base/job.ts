// AbortSignal and onProgress on one side, the native control block on the other. Works from any thread, since the
// block is shared memory. A job that rejects has stopped: nothing writes to its buffers any more.

import { setImmediate } from 'node:timers/promises';

/** How to stop a long job and how to follow it. */
export interface JobOptions {
  /** Aborting rejects with `signal.reason`, within the time of a record. */
  readonly signal?: AbortSignal | undefined;
  /** Called about 20 times a second while items are being done, and once at the end. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const progressMs = 50;

/**
 * For long loops of our own, which hold up the whole thread: what it returns is awaited in each turn, and lets signals
 * and messages in about 20 times a second. Rejects with `signal.reason`.
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
 * Runs a native job of `total` items. `start` receives the control block, Int32 [2] over shared memory:
 * [0] cancel flag, [1] items done.
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
