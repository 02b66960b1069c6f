// The producer of a ring of batches. It fills every free slot of one SharedArrayBuffer and runs in the thread that
// started it; the readers (ring-reader.ts) run in other threads.
//
// A reader that is terminated while it holds a slot keeps that slot, and the ring continues with the others. `watch`
// frees such a slot. Its batch counts as taken: no batch is given to two readers.

import { threadId, type Worker } from 'node:worker_threads';
import { PqrstError } from '../base/errors.js';
import type { SampleArrays, SampleType } from '../kernel/binding.js';
import { type RingHandle, RingMemory } from './ring-memory.js';
import { type StreamPlan, streamBatches } from './stream.js';

/** The records of a ring and the shape of its memory. */
export interface RingPlan<Type extends SampleType> extends StreamPlan {
  readonly type: Type;
  readonly slots: number;
  readonly leads: readonly string[];
  readonly lengthSamples: number;
}

/** A running producer of batches for other threads. See `openRing` for an example. */
export interface Ring<Type extends SampleType = 'float32'> {
  /** Argument of `openRing` in any number of threads. Pass it as `workerData` or by `postMessage`. */
  readonly handle: RingHandle<Type>;
  /**
   * Resolves when a reader has taken the last batch. Rejects with `signal.reason`, with the error of a batch, or with
   * ERR_RING if all watched Workers have ended and batches are left. The readers then throw ERR_RING.
   */
  readonly done: Promise<void>;
  /**
   * Frees the slots of a reading Worker when it ends. Watch either all readers or no reader.
   *
   * @param worker - a running Worker of `node:worker_threads` that reads from the ring.
   * @throws PqrstError ERR_OPTION: when the Worker has already ended.
   */
  watch(worker: Worker): void;
}

/** Interval of the producer's signs of life for waiting readers, in ms. */
const beatMs = 250;

/** Starts to fill a ring. `make` fills `out` with the records of `range` and returns their labels. */
export function startRing<Type extends SampleType>(
  plan: RingPlan<Type>,
  make: (
    range: { start: number; count: number },
    out: SampleArrays[Type],
    signal: AbortSignal,
  ) => Promise<{ labels: Uint8Array }>,
): Ring<Type> {
  const memory = RingMemory.create(plan, threadId);
  const deserted = new AbortController();
  const signal =
    plan.signal === undefined ? deserted.signal : AbortSignal.any([plan.signal, deserted.signal]);

  /** Waits until `ready` returns a value other than undefined, and returns that value. Throws the signal's reason. */
  async function waitFor<T>(ready: () => T | undefined, signal: AbortSignal): Promise<T> {
    const wake = () => memory.wake();
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        const seen = memory.moves;
        const result = ready();
        if (result !== undefined) return result;
        signal.throwIfAborted();
        await memory.movesChange(seen, beatMs);
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  // Two batches are made at a time. They get their slots in order; otherwise the later one could take the last free slot.
  let turn: Promise<unknown> = Promise.resolve();
  async function fill(start: number, count: number, signal: AbortSignal) {
    const mine = turn.then(() => waitFor(() => memory.tryFill(), signal));
    turn = mine;
    const slot = await mine;
    const batch = memory.batch(slot, start, count);
    const { labels } = await make({ start, count }, batch.signals, signal);
    batch.labels.set(labels);
    return { slot, start, count };
  }

  async function produce(): Promise<void> {
    const pulse = setInterval(() => memory.beat(), beatMs);
    try {
      for await (const { slot, ...range } of streamBatches({ ...plan, signal }, fill)) {
        memory.publish(slot, range);
      }
      memory.end();
      await waitFor(() => memory.isDrained || undefined, signal);
    } catch (error) {
      memory.fail(error instanceof Error ? error.message : String(error));
      throw error;
    } finally {
      clearInterval(pulse);
    }
  }

  let watched = 0;
  let left = 0;
  return {
    handle: memory.handle,
    done: produce(),
    watch(worker) {
      const { threadId } = worker;
      if (threadId === -1) {
        throw new PqrstError('ERR_OPTION', 'watch takes a running Worker, got one that has ended');
      }
      watched++;
      left++;
      worker.once('exit', () => {
        memory.forget(threadId);
        // Deferred, so that a replacement Worker, which another exit listener may start, is counted first.
        setImmediate(() => {
          left--;
          if (left === 0) deserted.abort(allGone(watched));
        });
      });
    },
  };
}

function allGone(watched: number): PqrstError {
  return new PqrstError(
    'ERR_RING',
    `the ring has batches left and no reader: all ${watched} watched Workers have ended; keep one Worker that ` +
      'reads to the end, or abort the ring with its signal',
  );
}
