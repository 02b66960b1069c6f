// Reads the batches of a ring in a loop: `for` blocks a worker thread, `for await` works on any thread. Batches are not
// copied: their arrays are views of a slot, which returns to the producer in the next iteration.

import { threadId } from 'node:worker_threads';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import type { SampleType } from '../kernel/binding.js';
import { type RingBatch, type RingHandle, RingMemory } from './ring-memory.js';

/** Options of `openRing`. */
export interface OpenRingOptions {
  /**
   * How long to wait for a silent producer, in ms; at least 1,000, default 30,000. A running producer gives four signs of
   * life per second. It is silent if its thread has ended or its event loop is blocked.
   */
  readonly patienceMs?: number | undefined;
}

const schema = z.strictObject({
  patienceMs: z.number('a time in ms').min(1_000, 'a time of at least 1000 ms').default(30_000),
});

/** The longest wait between two checks that the producer is alive, in ms. */
const napMs = 500;

/**
 * Opens a ring for reading, in any thread.
 *
 * @param handle - `handle` of the ring that `Synthesizer.ring` returned.
 * @param options - How long to wait for a silent producer.
 * @returns The batches that this reader takes; iterate with `for await`, or in a worker thread with `for`.
 * @example
 * ```js
 * import { openRing, Synthesizer } from 'pqrst/synth';
 * const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1 });
 * const ring = synthesizer.ring({ classes: ['normal', 'af'], count: 256, batchSize: 32 });
 * // Usually done in worker threads, which receive ring.handle as workerData.
 * for await (const { start, count } of openRing(ring.handle)) console.log(start, count);
 * await ring.done;
 * ```
 * @throws PqrstError ERR_OPTION: when `handle` is not the handle of a ring.
 * @throws PqrstError ERR_RANGE: when `patienceMs` is out of range.
 */
export function openRing<Type extends SampleType>(
  handle: RingHandle<Type>,
  options: OpenRingOptions = {},
): RingReader<Type> {
  const { patienceMs } = parseOptions(schema, options, 'openRing');
  if (!((handle as Partial<RingHandle<Type>> | null)?.memory instanceof SharedArrayBuffer)) {
    throw new PqrstError(
      'ERR_OPTION',
      `openRing takes the handle of a ring (ring.handle), got ${typeof handle}`,
    );
  }
  return new RingReader(new RingMemory(handle), patienceMs);
}

/**
 * Yields the batches that this thread receives, in the order of their indices. A batch is valid until the next turn of the
 * loop. `openRing` makes it; [ring-of-batches.mjs](../../examples/ring-of-batches.mjs) reads a ring in worker threads.
 *
 * @example
 * ```ts
 * import { openRing, Synthesizer } from 'pqrst/synth';
 *
 * const synth = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 1 });
 * const reader = openRing(synth.ring({ classes: ['pvc'], count: 64 }).handle);
 * for await (const { signals, labels } of reader) console.log(labels.length, signals.length);
 * ```
 * @throws PqrstError ERR_RING: when the producer has stopped before the last batch; the message states why.
 */
export class RingReader<Type extends SampleType = 'float32'> {
  readonly #memory: RingMemory<Type>;
  readonly #patienceMs: number;

  /** @internal */
  constructor(memory: RingMemory<Type>, patienceMs: number) {
    this.#memory = memory;
    this.#patienceMs = patienceMs;
  }

  /**
   * Iterates and blocks the thread while no batch is ready.
   *
   * @throws PqrstError ERR_RING: when called in the thread of the producer, which the loop would block too.
   */
  *[Symbol.iterator](): Generator<RingBatch<Type>, void, undefined> {
    if (this.#memory.handle.producer === threadId) {
      throw new PqrstError(
        'ERR_RING',
        "the ring's producer works in this thread, which a blocking loop would stop; use `for await`",
      );
    }
    for (;;) {
      const pulse = this.#pulse();
      let step = this.#step(pulse);
      for (; typeof step === 'object'; step = this.#step(pulse)) this.#memory.sleep(step.seen, napMs);
      if (step === 'end') return;
      yield* this.#hold(step);
    }
  }

  /** Iterates and waits without blocking the thread. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RingBatch<Type>, void, undefined> {
    for (;;) {
      const pulse = this.#pulse();
      let step = this.#step(pulse);
      for (; typeof step === 'object'; step = this.#step(pulse)) {
        await this.#memory.eventsChange(step.seen, napMs);
      }
      if (step === 'end') return;
      yield* this.#hold(step);
    }
  }

  *#hold(slot: number): Generator<RingBatch<Type>, void, undefined> {
    try {
      yield this.#memory.batch(slot);
    } finally {
      this.#memory.release(slot, threadId);
    }
  }

  /** Returns the next slot, the end, or the counter value to wait for. */
  #step(checkPulse: () => void): number | 'end' | { seen: number } {
    const memory = this.#memory;
    const seen = memory.events;
    const { phase } = memory;
    if (phase === 'failed') {
      throw new PqrstError('ERR_RING', `the ring of batches was stopped: ${memory.reason}`);
    }
    const slot = memory.take(threadId);
    if (slot !== undefined) return slot;
    if (phase === 'ended') return 'end';
    checkPulse();
    return { seen };
  }

  /** Returns a check that throws when the producer has been silent for too long. */
  #pulse(): () => void {
    let beats = this.#memory.beats;
    let heardMs = performance.now();
    return () => {
      const now = performance.now();
      if (this.#memory.beats !== beats) {
        beats = this.#memory.beats;
        heardMs = now;
      } else if (now - heardMs > this.#patienceMs) {
        throw new PqrstError(
          'ERR_RING',
          `the ring's producer has been silent for ${this.#patienceMs} ms: its thread has ended or is blocked; ` +
            'make the ring in a thread that lives as long as its readers',
        );
      }
    };
  }
}
