// The reader of a ring of batches: takes them in a loop, blocking in a worker thread (`for`) or waiting on any thread
// (`for await`). Copies nothing: a batch's arrays lie in the slot, which goes back to the producer at the next turn.

import { threadId } from 'node:worker_threads';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import type { SampleType } from '../kernel/binding.js';
import { type RingBatch, type RingHandle, RingMemory } from './ring-memory.js';

export interface OpenRingOptions {
  /**
   * How long to wait for a producer that gives no sign of life (it gives four a second), from 1,000 ms, default 30,000:
   * then its thread has ended, or has been kept from its event loop for that long.
   */
  readonly patienceMs?: number | undefined;
}

const schema = z.strictObject({
  patienceMs: z.number('a time in ms').min(1_000, 'a time of at least 1000 ms').default(30_000),
});

/** The longest nap between two looks at the producer's pulse. */
const napMs = 500;

/** Opens `ring.handle` for reading; ERR_OPTION where `handle` is none. */
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
 * The batches that this thread gets, in order of index. A batch is valid until the next turn of the loop. The loop ends
 * after the last batch; it throws ERR_RING, with the producer's sentence, where the ring was stopped.
 */
export class RingReader<Type extends SampleType = 'float32'> {
  readonly #memory: RingMemory<Type>;
  readonly #patienceMs: number;

  constructor(memory: RingMemory<Type>, patienceMs: number) {
    this.#memory = memory;
    this.#patienceMs = patienceMs;
  }

  /** Blocks the thread while no batch is ready; ERR_RING in the producer's own thread, which it would block too. */
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

  /** Waits without blocking the thread. */
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

  /** The next slot, the end, or the count to wait on. */
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

  /** Throws once the producer has been silent for too long. */
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
          `the ring's producer has been silent for ${this.#patienceMs} ms: its thread has ended, or is kept busy; ` +
            'make the ring in a thread that lives as long as its readers',
        );
      }
    };
  }
}
