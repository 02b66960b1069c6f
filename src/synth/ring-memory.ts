/// <reference lib="es2024.sharedmemory" />
// The shared memory of a ring of batches. One producer fills slots; any number of readers in other threads take them,
// each batch once and in order. There is no lock, so a thread that is terminated at any point does not block the others.
// This file neither makes nor copies samples.
//
// A slot is free, being filled, ready as number n, or held by a thread. Ready slots are in a queue. A reader claims the
// slot at the head of the queue by replacing the state "ready as number n" with its own thread id. Any thread that finds
// the head claimed advances it.

import { PqrstError } from '../base/errors.js';
import { type SampleArrays, type SampleType, sampleArrays } from '../kernel/binding.js';

/** Describes a ring to its readers. It can be passed through `workerData` and `postMessage`. */
export interface RingHandle<Type extends SampleType = 'float32'> {
  /** The memory that all threads share: the control data and the slots of batches. */
  readonly memory: SharedArrayBuffer;
  /** Type of the samples. */
  readonly type: Type;
  /** Number of batches that the memory holds. */
  readonly slots: number;
  /** Records per batch. */
  readonly batchSize: number;
  /** Names of the leads, in the order of the samples. */
  readonly leads: readonly string[];
  /** Samples per lead of a record. */
  readonly lengthSamples: number;
  /** `threadId` of the producer. */
  readonly producer: number;
}

/** A batch in the shared memory of a ring. */
export interface RingBatch<Type extends SampleType = 'float32'> {
  /** [count, leads, lengthSamples], a view of the shared memory. */
  readonly signals: SampleArrays[Type];
  /** [count]: the labels of the records as in `SynthBatch`, a view of the shared memory. */
  readonly labels: Uint8Array;
  /** Index of the first record. */
  readonly start: number;
  /** Number of records. */
  readonly count: number;
  /** Names of the leads, in the order of the samples. */
  readonly leads: readonly string[];
  /** Samples per lead of a record. */
  readonly lengthSamples: number;
}

// The 32-bit words of the header. Readers wait for changes of `events`, the producer for changes of `moves`.
const word = { phase: 0, head: 1, tail: 2, events: 3, moves: 4, beat: 5, reasonBytes: 6 } as const;
const headerWords = 16;
const reasonBytes = 1024;

// States of a slot. A positive state is 1 + the id of the thread that holds the slot.
const free = 0;
const filling = -1;
const readyAs = (number: number) => -2 - number;

/** Whether a ring still yields batches. */
export type Phase = 'open' | 'ended' | 'failed';
const phases: readonly Phase[] = ['open', 'ended', 'failed'];

type Shape = Pick<RingHandle<SampleType>, 'type' | 'slots' | 'batchSize' | 'leads' | 'lengthSamples'>;

/** Returns the byte offsets of the parts of the memory, and its size as `end`. */
function layout({ type, slots, batchSize, leads, lengthSamples }: Shape) {
  const aligned = (bytes: number) => Math.ceil(bytes / 64) * 64;
  const reason = aligned(4 * (headerWords + 3 * slots));
  const starts = reason + reasonBytes;
  const labels = starts + aligned(8 * slots);
  const signals = labels + aligned(slots * batchSize);
  const slotBytes = aligned(batchSize * leads.length * lengthSamples * sampleArrays[type].BYTES_PER_ELEMENT);
  return { reason, starts, labels, signals, slotBytes, end: signals + slots * slotBytes };
}

/** Reads and changes the state of a ring with atomic operations. */
export class RingMemory<Type extends SampleType> {
  readonly handle: RingHandle<Type>;
  readonly #at: ReturnType<typeof layout>;
  readonly #words: Int32Array;
  readonly #starts: Float64Array;
  /** Batch numbers restart at 0 after this count, which is too large for a sleeping reader to confuse two batches. */
  readonly #period: number;

  constructor(handle: RingHandle<Type>) {
    this.handle = handle;
    this.#at = layout(handle);
    this.#words = new Int32Array(handle.memory, 0, headerWords + 3 * handle.slots);
    this.#starts = new Float64Array(handle.memory, this.#at.starts, handle.slots);
    this.#period = handle.slots * Math.floor(2 ** 30 / handle.slots);
  }

  /**
   * Allocates the memory of a ring.
   *
   * @throws PqrstError ERR_RANGE: when the memory cannot be allocated.
   */
  static create<Type extends SampleType>(shape: Shape & { type: Type }, producer: number): RingMemory<Type> {
    const { type, slots, batchSize, leads, lengthSamples } = shape;
    const bytes = layout(shape).end;
    try {
      const memory = new SharedArrayBuffer(bytes);
      return new RingMemory({ memory, type, slots, batchSize, leads, lengthSamples, producer });
    } catch (cause) {
      throw new PqrstError(
        'ERR_RANGE',
        `a ring of ${slots} slots of ${batchSize} records of ${leads.length * lengthSamples} samples needs ${bytes} bytes, which ` +
          'cannot be allocated; ask for fewer slots or smaller batches',
        { cause },
      );
    }
  }

  /** Returns the batch in `slot`, or with `start` and `count` the batch that will be written there. */
  batch(slot: number, start = this.#starts[slot]!, count = this.#words[this.#count(slot)]!): RingBatch<Type> {
    const { memory, type, batchSize, leads, lengthSamples } = this.handle;
    const labels = new Uint8Array(memory, this.#at.labels + slot * batchSize, count);
    const Samples = sampleArrays[type] as unknown as new (
      ...over: [SharedArrayBuffer, number, number]
    ) => SampleArrays[Type];
    const samples = count * leads.length * lengthSamples;
    const signals = new Samples(memory, this.#at.signals + slot * this.#at.slotBytes, samples);
    return { signals, labels, start, count, leads, lengthSamples };
  }

  // --- used by the producer

  /** Claims a free slot for filling; returns undefined if no slot is free. */
  tryFill(): number | undefined {
    for (let slot = 0; slot < this.handle.slots; slot++) {
      if (Atomics.compareExchange(this.#words, this.#state(slot), free, filling) === free) return slot;
    }
    return undefined;
  }

  /** Makes a filled slot available to the readers as the next batch. */
  publish(slot: number, { start, count }: { start: number; count: number }): void {
    const tail = Atomics.load(this.#words, word.tail);
    this.#starts[slot] = start;
    this.#words[this.#count(slot)] = count;
    Atomics.store(this.#words, this.#queue(tail), slot);
    Atomics.store(this.#words, this.#state(slot), readyAs(tail));
    Atomics.store(this.#words, word.tail, (tail + 1) % this.#period);
    this.#tell(word.events);
  }

  /** Whether the readers have taken every published batch. */
  get isDrained(): boolean {
    return Atomics.load(this.#words, word.head) === Atomics.load(this.#words, word.tail);
  }

  /** Frees the slots that a terminated thread still holds. */
  forget(thread: number): void {
    for (let slot = 0; slot < this.handle.slots; slot++) this.release(slot, thread);
  }

  /** Shows the readers that the producer is alive. */
  beat(): void {
    Atomics.add(this.#words, word.beat, 1);
  }

  /** Tells the readers that no further batch follows. */
  end(): void {
    this.#enter('ended');
  }

  /** Makes the readers stop at once and throw `reason`. */
  fail(reason: string): void {
    const target = new Uint8Array(this.handle.memory, this.#at.reason, reasonBytes);
    // TextEncoder never cuts a character, but it cannot write to shared memory.
    const text = new Uint8Array(reasonBytes);
    const { written } = new TextEncoder().encodeInto(reason, text);
    target.set(text);
    Atomics.store(this.#words, word.reasonBytes, written);
    this.#enter('failed');
  }

  // --- used by the readers

  /** Takes the slot of the next batch for `thread`; returns undefined if no batch is ready. */
  take(thread: number): number | undefined {
    for (;;) {
      const head = Atomics.load(this.#words, word.head);
      if (head === Atomics.load(this.#words, word.tail)) return undefined;
      const slot = Atomics.load(this.#words, this.#queue(head));
      const ready = readyAs(head);
      const isMine = Atomics.compareExchange(this.#words, this.#state(slot), ready, thread + 1) === ready;
      Atomics.compareExchange(this.#words, word.head, head, (head + 1) % this.#period);
      if (!isMine) continue;
      this.#tell(word.moves);
      return slot;
    }
  }

  /** Frees a slot that `thread` holds; does nothing if `thread` does not hold it. */
  release(slot: number, thread: number): void {
    const held = thread + 1;
    if (Atomics.compareExchange(this.#words, this.#state(slot), held, free) === held) this.#tell(word.moves);
  }

  /** Whether the ring still yields batches. */
  get phase(): Phase {
    return phases[Atomics.load(this.#words, word.phase)]!;
  }

  /** Number of signs of life that the producer has given. */
  get beats(): number {
    return Atomics.load(this.#words, word.beat);
  }

  /** Why the ring failed; the argument of `fail`. */
  get reason(): string {
    const bytes = Atomics.load(this.#words, word.reasonBytes);
    return new TextDecoder().decode(new Uint8Array(this.handle.memory, this.#at.reason, bytes).slice());
  }

  // --- waiting: read the counter, check the state, then wait for the counter to change

  /** Counter that changes with each published batch and each change of the phase. */
  get events(): number {
    return Atomics.load(this.#words, word.events);
  }

  /** Counter that changes when a reader takes a batch or a slot becomes free. */
  get moves(): number {
    return Atomics.load(this.#words, word.moves);
  }

  /** Blocks the thread until `events` differs from `seen`, at most `ms` milliseconds. */
  sleep(seen: number, ms: number): void {
    Atomics.wait(this.#words, word.events, seen, ms);
  }

  /** Waits as `sleep` does, without blocking the thread. */
  eventsChange(seen: number, ms: number): Promise<void> {
    return this.#change(word.events, seen, ms);
  }

  /** Waits until `moves` differs from `seen`, at most `ms` milliseconds, without blocking the thread. */
  movesChange(seen: number, ms: number): Promise<void> {
    return this.#change(word.moves, seen, ms);
  }

  /** Ends a `movesChange`. */
  wake(): void {
    this.#tell(word.moves);
  }

  async #change(at: number, seen: number, ms: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.#words, at, seen);
    if (!waiting.async) return;
    // Neither waitAsync nor its timeout keeps the Node process alive; a timer does.
    const timer = setTimeout(() => Atomics.notify(this.#words, at), ms);
    try {
      await waiting.value;
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(at: number): void {
    Atomics.add(this.#words, at, 1);
    Atomics.notify(this.#words, at);
  }

  #enter(phase: Phase): void {
    Atomics.store(this.#words, word.phase, phases.indexOf(phase));
    this.#tell(word.events);
  }

  #state(slot: number): number {
    return headerWords + slot;
  }

  #count(slot: number): number {
    return headerWords + this.handle.slots + slot;
  }

  #queue(number: number): number {
    return headerWords + 2 * this.handle.slots + (number % this.handle.slots);
  }
}
