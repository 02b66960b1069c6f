// The producer of a ring of batches: fills the slots of one SharedArrayBuffer, as far ahead as they are free. Runs in
// the thread that asks for it; the readers (ring-reader.ts) live in others.
//
// A reader that is ended while it holds a slot keeps it: the ring goes on with the others. `watch` gives such a slot
// back. Its batch counts as taken; no batch is handed out twice.

import { threadId, type Worker } from 'node:worker_threads';
import { PqrstError } from '../base/errors.js';
import type { SampleArrays, SampleType } from '../kernel/binding.js';
import { type RingHandle, RingMemory } from './ring-memory.js';
import { type StreamPlan, streamBatches } from './stream.js';

export interface RingPlan<Type extends SampleType> extends StreamPlan {
  readonly type: Type;
  readonly slots: number;
  readonly lengthSamples: number;
}

export interface Ring<Type extends SampleType = 'float32'> {
  /** For `openRing`, in as many threads as wanted; pass it as `workerData` or by `postMessage`. */
  readonly handle: RingHandle<Type>;
  /**
   * Resolves when the last batch has been taken by a reader. Rejects with `signal.reason`, with what a batch rejects
   * with, or with ERR_RING where every watched Worker has ended with batches left; the readers then throw ERR_RING.
   */
  readonly done: Promise<void>;
  /**
   * Looks after a Worker that reads: when it ends, the slots it holds are free again. Watch all readers or none.
   * ERR_OPTION where it has ended.
   */
  watch(worker: Worker): void;
}

/** The producer's sign of life to readers that wait. */
const beatMs = 250;

/** Begins to fill the ring; `make` fills `out` with the records of `range` and says their labels. */
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

  /** Until `ready` gives something else than undefined; throws the signal's reason. */
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

  // Two batches are made at a time; their slots are given out in their order, else the later could take the last one.
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
        throw new PqrstError('ERR_OPTION', 'watch takes a Worker that runs, got one that has ended');
      }
      watched++;
      left++;
      worker.once('exit', () => {
        memory.forget(threadId);
        // Later, so that a Worker started in its place, in another listener, counts.
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
    `the ring has batches left and no reader: all ${watched} watched Workers have ended; keep one that reads to the ` +
      'end, or abort the ring by its signal',
  );
}
