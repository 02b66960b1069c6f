// Batches in a ring of shared memory, read by several Workers.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  ecgClasses,
  openRing,
  type Ring,
  type RingBatch,
  type RingHandle,
  type SampleType,
  Synthesizer,
} from '#lib/index.js';
import { RingMemory } from '#lib/synth/ring-memory.js';

const classes = ecgClasses;
const options = { preset: 'paper', fsHz: 250, seconds: 4, seed: 11, unit: 'zscore' } as const;
const make = () => new Synthesizer(options);

interface Read {
  start: number;
  count: number;
  labels: number[];
  hash: string;
  type: string;
}
interface Report {
  read: Read[];
  error: { code?: string; message: string } | null;
}
type AnyHandle = RingHandle<SampleType>;

const workers = new Set<Worker>();
afterEach(async () => {
  for (const worker of workers) await worker.terminate();
  workers.clear();
});

function start(
  task: string,
  data: { handle?: AnyHandle; patienceMs?: number; tally?: Int32Array; workMs?: number } = {},
): Worker {
  const worker = new Worker(new URL('../helpers/ring-worker.mjs', import.meta.url), {
    workerData: { ...data, task },
  });
  workers.add(worker);
  return worker;
}

async function message<T>(worker: Worker): Promise<T> {
  const [value] = await once(worker, 'message');
  return value as T;
}

const report = (worker: Worker) => message<Report>(worker);

const until = (check: () => void) => vi.waitFor(check, { timeout: 30_000 });

/** Returns the batches of [0, count), made by `synth.batch`. */
async function expected<Type extends SampleType>(
  synth: Synthesizer<Type>,
  plan: { start?: number; count: number; batchSize: number },
): Promise<Read[]> {
  const reads: Read[] = [];
  const first = plan.start ?? 0;
  for (let at = first; at < first + plan.count; at += plan.batchSize) {
    const count = Math.min(plan.batchSize, first + plan.count - at);
    const { signals, labels } = await synth.batch({ classes, start: at, count });
    const hash = createHash('sha256').update(signals).digest('hex');
    reads.push({ start: at, count, labels: [...labels], hash, type: signals.constructor.name });
  }
  return reads;
}

const inOrder = (reads: Read[]) => [...reads].sort((a, b) => a.start - b.start);
const starts = (reads: { start: number }[]) => reads.map(({ start }) => start);

async function readHere(ring: Ring, from = openRing(ring.handle)): Promise<number[]> {
  const taken: number[] = [];
  for await (const { start } of from) taken.push(start);
  return taken;
}

describe('a ring of batches', () => {
  for (const type of ['float32', 'float16', 'int16'] as const) {
    it(`gives each batch to one of three Workers, in order, as batch makes it (${type})`, async () => {
      const synth = new Synthesizer({ ...options, type });
      const plan = { start: 7, count: 301, batchSize: 4 };
      const ring = synth.ring({ classes, ...plan, slots: 3 });
      const reports = [1, 2, 3].map(() => report(start('read', { handle: ring.handle as AnyHandle })));
      await ring.done;
      const all = await Promise.all(reports);
      expect(all.map(({ error }) => error)).toEqual([null, null, null]);
      for (const { read } of all) expect(read).toEqual(inOrder(read));
      expect(inOrder(all.flatMap(({ read }) => read))).toEqual(await expected(synth, plan));
    });
  }

  it('can be read on the main thread too, directly in the shared memory', async () => {
    const synth = make();
    const out = vi.spyOn(synth, 'batch');
    const ring = synth.ring({ classes, count: 23, batchSize: 8, slots: 2 });
    const taken: RingBatch[] = [];
    for await (const batch of openRing(ring.handle)) {
      expect(batch.signals.buffer).toBe(ring.handle.memory);
      expect(batch.labels.buffer).toBe(ring.handle.memory);
      const { signals, labels } = await make().batch({ classes, start: batch.start, count: batch.count });
      expect(batch.signals).toEqual(signals);
      expect(batch.labels).toEqual(labels);
      taken.push(batch);
    }
    await ring.done;
    expect(taken.map(({ start, count }) => [start, count])).toEqual([
      [0, 8],
      [8, 8],
      [16, 7],
    ]);
    // The kernel wrote there directly, without a copy.
    expect(out.mock.calls.every(([given]) => given.out?.buffer === ring.handle.memory)).toBe(true);
  });

  it('fills all slots and no more while no one reads', async () => {
    const synth = make();
    const calls = vi.spyOn(synth, 'batch');
    const controller = new AbortController();
    const ring = synth.ring({ classes, batchSize: 2, slots: 3, signal: controller.signal });
    await until(() => expect(calls).toHaveBeenCalledTimes(3));
    await sleep(600);
    expect(calls).toHaveBeenCalledTimes(3);
    let taken = 0;
    for await (const _ of openRing(ring.handle)) {
      taken++;
      expect(calls.mock.calls.length).toBeLessThanOrEqual(taken + 3);
      if (taken === 5) break;
    }
    const reader = openRing(ring.handle)[Symbol.asyncIterator]();
    expect((await reader.next()).value?.start).toBe(10);
    await reader.return();
    controller.abort(new Error('seen'));
    await expect(ring.done).rejects.toThrow('seen');
  });

  it('works with a single slot', async () => {
    const ring = make().ring({ classes, count: 9, batchSize: 2, slots: 1 });
    expect(await readHere(ring)).toEqual([0, 2, 4, 6, 8]);
    await ring.done;
  });

  it('shares its batches between readers of one thread', async () => {
    const ring = make().ring({ classes, count: 40, batchSize: 2, slots: 4 });
    const [a, b] = await Promise.all([readHere(ring), readHere(ring)]);
    expect([...a, ...b].sort((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, k) => 2 * k));
    expect(a.length).toBeGreaterThan(0);
    expect(b.length).toBeGreaterThan(0);
  });

  it('gives each of 60,000 empty batches once to readers that only take batches', async () => {
    const batches = 60_000;
    const tally = new Int32Array(new SharedArrayBuffer(4 * batches));
    const shape = { type: 'int16', slots: 5, batchSize: 1, leads: ['II'], lengthSamples: 1 } as const;
    const memory = RingMemory.create(shape, threadId);
    const readers = [1, 2, 3].map(() => start('tally', { handle: memory.handle, tally, workMs: 0 }));
    const reports = readers.map(report);
    for (let next = 0; next < batches; ) {
      const slot = memory.tryFill();
      if (slot !== undefined) memory.publish(slot, { start: next++, count: 1 });
      memory.beat();
    }
    memory.end();
    expect((await Promise.all(reports)).map(({ error }) => error)).toEqual([null, null, null]);
    expect(tally.every((times) => times === 1)).toBe(true);
    expect(memory.isDrained).toBe(true);
  });

  it('restarts its numbers without a gap', async () => {
    const ring = make().ring({ classes, count: 12, batchSize: 2, slots: 3 });
    const words = new Int32Array(ring.handle.memory);
    const last = 3 * Math.floor(2 ** 30 / 3) - 2;
    words[1] = last; // head
    words[2] = last; // tail
    expect(await readHere(ring)).toEqual([0, 2, 4, 6, 8, 10]);
    expect([words[1], words[2]]).toEqual([4, 4]);
  });
});

describe('the end of a ring', () => {
  it('reaches blocked readers: an abort, with its message', async () => {
    const controller = new AbortController();
    const reason = new Error('enough for today');
    const synth = make();
    const ring = synth.ring({
      classes,
      count: Number.POSITIVE_INFINITY,
      batchSize: 2,
      signal: controller.signal,
    });
    const reports = [
      report(start('read', { handle: ring.handle })),
      report(start('read', { handle: ring.handle })),
    ];
    // The Workers are reading before the end.
    await until(() => expect(new Int32Array(ring.handle.memory)[1]).toBeGreaterThan(50));
    const here = readHere(ring);
    controller.abort(reason);
    await expect(ring.done).rejects.toBe(reason);
    const stopped = { code: 'ERR_RING', message: 'the ring of batches was stopped: enough for today' };
    await expect(here).rejects.toMatchObject(stopped);
    for (const { error } of await Promise.all(reports)) expect(error).toEqual(stopped);
  });

  it('reaches readers that wait for a failing batch', async () => {
    const synth = make();
    const original = synth.batch.bind(synth);
    const failure = new Error(`batch two failed ${'é'.repeat(2000)}`);
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    vi.spyOn(synth, 'batch').mockImplementation(async (given) => {
      if (given.start !== 2) return original(given);
      await held;
      throw failure;
    });
    const ring = synth.ring({ classes, batchSize: 2, slots: 2 });
    const blocked = start('read', { handle: ring.handle });
    const reported = report(blocked);
    await until(() => expect(new Int32Array(ring.handle.memory)[1]).toBe(1));
    release?.();
    await expect(ring.done).rejects.toBe(failure);
    const { read, error } = await reported;
    expect(starts(read)).toEqual([0]);
    expect(error?.code).toBe('ERR_RING');
    expect(error?.message).toMatch(/^the ring of batches was stopped: batch two failed é+.*é"?$/);
  });

  it('comes before the first batch if the signal is already aborted', async () => {
    const reason = new Error('not at all');
    const ring = make().ring({ classes, signal: AbortSignal.abort(reason) });
    await expect(ring.done).rejects.toBe(reason);
    await expect(readHere(ring)).rejects.toThrow('not at all');
  });

  it('stops the batch that is being made', async () => {
    const controller = new AbortController();
    const synth = new Synthesizer({ ...options, seconds: 600, threads: 1 });
    const calls = vi.spyOn(synth, 'batch');
    const ring = synth.ring({ classes, count: 2_000, batchSize: 500, slots: 2, signal: controller.signal });
    await until(() => expect(calls).toHaveBeenCalledTimes(2));
    controller.abort(new Error('stop'));
    await expect(ring.done).rejects.toThrow('stop');
    const outcomes = await Promise.allSettled(
      calls.mock.results.map(({ value }) => value as Promise<unknown>),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('reaches readers of a terminated producer after their patience has run out', async () => {
    const producer = start('produce');
    const handle = await message<AnyHandle>(producer);
    const reported = report(start('read', { handle, patienceMs: 1_000 }));
    await until(() => expect(new Int32Array(handle.memory)[1]).toBeGreaterThan(50));
    await producer.terminate();
    const { read, error } = await reported;
    expect(read.length).toBeGreaterThan(50);
    expect(error).toMatchObject({ code: 'ERR_RING', message: expect.stringContaining('silent for 1000 ms') });
    const here = openRing(handle, { patienceMs: 1_000 })[Symbol.asyncIterator]();
    await expect(here.next()).rejects.toMatchObject({ code: 'ERR_RING' });
  });

  it('does not come from a slow producer', async () => {
    const synth = make();
    const original = synth.batch.bind(synth);
    vi.spyOn(synth, 'batch').mockImplementation(async (given) => {
      if (given.start === 4) await sleep(2_500);
      return original(given);
    });
    const ring = synth.ring({ classes, count: 8, batchSize: 2, slots: 2 });
    const other = report(start('read', { handle: ring.handle, patienceMs: 1_000 }));
    const here = await readHere(ring, openRing(ring.handle, { patienceMs: 1_000 }));
    const { read, error } = await other;
    expect(error).toBeNull();
    expect([...here, ...starts(read)].sort((a, b) => a - b)).toEqual([0, 2, 4, 6]);
  });
});

describe('readers that fail', () => {
  it('leave the remaining batches to the others, and no batch is lost or given twice', async () => {
    const synth = make();
    const plan = { count: 200, batchSize: 2 };
    const ring = synth.ring({ classes, ...plan, slots: 2 });
    const failing = report(start('fail', { handle: ring.handle }));
    const first = await failing;
    expect(first.error?.message).toBe('the reader failed');
    const rest = [
      report(start('read', { handle: ring.handle })),
      report(start('read', { handle: ring.handle })),
    ];
    await ring.done;
    const all = [first, ...(await Promise.all(rest))];
    expect(first.read.length).toBe(3);
    expect(inOrder(all.flatMap(({ read }) => read))).toEqual(await expected(synth, plan));
  });

  it('keep their slot if they are terminated, and the ring continues', async () => {
    const ring = make().ring({ classes, count: 40, batchSize: 2, slots: 2 });
    const holding = start('hold', { handle: ring.handle });
    expect(await message(holding)).toBe('held');
    await holding.terminate();
    expect(await readHere(ring)).toEqual(Array.from({ length: 19 }, (_, k) => 2 * (k + 1)));
    await ring.done;
  });

  it('give the slot back if they are watched, even if it is the only one', async () => {
    const ring = make().ring({ classes, count: 40, batchSize: 2, slots: 1 });
    const holding = start('hold', { handle: ring.handle });
    ring.watch(holding);
    expect(await message(holding)).toBe('held');
    const other = start('read', { handle: ring.handle });
    ring.watch(other);
    const reported = report(other);
    await holding.terminate();
    const { read, error } = await reported;
    await ring.done;
    expect(error).toBeNull();
    expect(starts(read)).toEqual(Array.from({ length: 19 }, (_, k) => 2 * (k + 1)));
  });

  it('end the ring with an error if all fail, unless another one replaces them', async () => {
    const ring = make().ring({ classes, batchSize: 2, slots: 2 });
    const first = start('hold', { handle: ring.handle });
    ring.watch(first);
    let second: Worker | undefined;
    first.once('exit', () => {
      second = start('hold', { handle: ring.handle });
      ring.watch(second);
    });
    await once(first, 'message');
    await first.terminate();
    expect(await message(second!)).toBe('held');
    const done = expect(ring.done).rejects.toMatchObject({
      code: 'ERR_RING',
      message: expect.stringContaining('all 2 watched Workers have ended'),
    });
    await second!.terminate();
    await done;
    expect(() => ring.watch(first)).toThrow(/watch takes a running Worker, got one that has ended/);
  });

  it('lose at most the batch that they hold if they are killed at any moment', async () => {
    const batches = 600;
    const tally = new Int32Array(new SharedArrayBuffer(4 * batches));
    const ring = make().ring({ classes, count: 2 * batches, batchSize: 2, slots: 4 });
    let kills = 0;
    const run = async (lives: number, lifeMs: number) => {
      for (let life = 1; life <= lives; life++) {
        const worker = start('tally', { handle: ring.handle, tally, workMs: 2 });
        ring.watch(worker);
        const isLast = life === lives;
        if (isLast) return report(worker);
        await once(worker, 'online');
        await sleep(lifeMs + 37 * life);
        await worker.terminate();
        kills++;
      }
      return undefined;
    };
    const reports = await Promise.all([run(4, 100), run(4, 150), run(1, 0)]);
    await ring.done;
    expect(reports.map((report) => report?.error)).toEqual([null, null, null]);
    expect(Math.max(...tally)).toBe(1);
    expect(tally.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(batches - kills);
    expect(kills).toBe(6);
  });

  it('do not block the queue if they end right after a claim', () => {
    const shape = { type: 'int16', slots: 2, batchSize: 1, leads: ['II'], lengthSamples: 4 } as const;
    const memory = RingMemory.create(shape, threadId);
    for (const start of [0, 1]) memory.publish(memory.tryFill()!, { start, count: 1 });
    const words = new Int32Array(memory.handle.memory);
    words[16] = 1 + 41; // thread 41 holds slot 0 and never moved the head
    expect(memory.take(7)).toBe(1);
    expect(memory.isDrained).toBe(true);
    expect(memory.tryFill()).toBeUndefined();
    memory.release(0, 7);
    expect(memory.tryFill()).toBeUndefined();
    memory.forget(41);
    expect(memory.tryFill()).toBe(0);
  });
});

describe('a ring rejects', () => {
  it('a blocking loop in the thread of its producer', async () => {
    const ring = make().ring({ classes, count: 2 });
    expect(() => [...openRing(ring.handle)]).toThrow(/would stop; use `for await`/);
    expect(await readHere(ring)).toEqual([0]);
  });

  it('bad options and handles', () => {
    const ring = (wrong: object) => () => make().ring({ classes, ...wrong });
    expect(ring({ slots: 0 })).toThrow(/^ring: slots must be a whole number of slots, 1-1024, got 0/);
    expect(ring({ slot: 2 })).toThrow(/did you mean "slots"/);
    expect(ring({ annotations: true })).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    expect(ring({ classes: ['vt'] })).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_CLASS' }));
    expect(ring({ batchSize: 2 ** 31 - 1, slots: 1024 })).toThrow(/ask for fewer slots or smaller batches/);
    expect(() => openRing({} as RingHandle)).toThrow(
      /takes the handle of a ring \(ring\.handle\), got object/,
    );
    const shape = { type: 'int16', slots: 1, batchSize: 1, leads: ['II'], lengthSamples: 1 } as const;
    const { handle } = RingMemory.create(shape, 0);
    expect(() => openRing(handle, { patienceMs: 20 })).toThrow(
      /patienceMs must be a time of at least 1000 ms, got 20/,
    );
  });
});
