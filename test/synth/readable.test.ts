// Batches of the synthesizer as a Readable of Node.js.

import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { ecgClasses, type SynthBatch, Synthesizer, type SynthesizerOptions } from '#lib/index.js';

const classes = ecgClasses;
const options = { preset: 'paper', fsHz: 250, seconds: 4, seed: 11, unit: 'zscore' } as const;
const make = () => new Synthesizer(options);

/** Counts the batches that were requested and those that have settled. */
function counted(synth: Synthesizer) {
  const original = synth.batch.bind(synth);
  const seen = { asked: 0, settled: 0, signals: [] as AbortSignal[] };
  vi.spyOn(synth, 'batch').mockImplementation((given) => {
    seen.asked++;
    if (given.signal !== undefined) seen.signals.push(given.signal);
    return original(given).finally(() => seen.settled++);
  });
  return seen;
}

describe('a Readable of batches', () => {
  it('gives the batches of stream, to for await and to pipeline', async () => {
    const plan = { classes, start: 3, count: 11, batchSize: 4, annotations: true };
    const expected: SynthBatch[] = [];
    for await (const batch of make().stream(plan)) expected.push(batch);
    const looped: SynthBatch[] = [];
    for await (const batch of make().readable(plan)) looped.push(batch);
    const piped: SynthBatch[] = [];
    const sink = new Writable({
      objectMode: true,
      write(batch: SynthBatch, _, callback) {
        piped.push(batch);
        callback();
      },
    });
    await pipeline(make().readable(plan), sink);
    expect(expected.map(({ start, count }) => [start, count])).toEqual([
      [3, 4],
      [7, 4],
      [11, 3],
    ]);
    expect(looped).toEqual(expected);
    expect(piped).toEqual(expected);
  });

  it('keeps the type of the samples', async () => {
    const typed = { ...options, type: 'int16' } satisfies SynthesizerOptions<'int16'>;
    const synth = new Synthesizer(typed);
    const [batch] = await synth.readable({ classes, count: 5 }).toArray();
    expect(batch.signals).toBeInstanceOf(Int16Array);
    expect(batch.signals).toEqual((await synth.batch({ classes, count: 5 })).signals);
  });

  it('makes nothing before it is read, and at most three batches while no one reads', async () => {
    const synth = make();
    const seen = counted(synth);
    const readable = synth.readable({ classes, batchSize: 2 });
    await sleep(20);
    expect(seen.asked).toBe(0);
    await once(readable, 'readable');
    await vi.waitFor(() => expect(seen.settled).toBe(2), { timeout: 10_000 });
    await sleep(50);
    expect(seen.asked).toBe(2);
    expect(readable.readableLength).toBe(1);
    let taken = 0;
    while (taken < 6) {
      const batch = readable.read();
      if (batch === null) await once(readable, 'readable');
      else expect(batch.start).toBe(2 * taken++);
      await sleep(5);
      expect(seen.asked).toBeLessThanOrEqual(taken + readable.readableHighWaterMark + 2);
    }
    readable.destroy();
    await once(readable, 'close');
  });

  it('keeps to the same limit with a slow sink', async () => {
    const synth = make();
    const seen = counted(synth);
    let written = 0;
    const sink = new Writable({
      objectMode: true,
      highWaterMark: 1,
      async write(_batch, _encoding, callback) {
        written++;
        await sleep(3);
        expect(seen.asked).toBeLessThanOrEqual(written + 1 + 3);
        callback();
      },
    });
    await pipeline(synth.readable({ classes, count: 40, batchSize: 2 }), sink);
    expect(written).toBe(20);
  });

  it('stops the kernel and then closes, if it is destroyed while a batch is being made', async () => {
    const synth = new Synthesizer({ ...options, seconds: 600, threads: 1 });
    const seen = counted(synth);
    const readable = synth.readable({ classes, count: 4_000, batchSize: 2_000 });
    readable.read();
    await sleep(5);
    readable.destroy();
    await once(readable, 'close');
    expect(seen.asked).toBe(2);
    expect(seen.settled).toBe(2);
    const results = vi.mocked(synth.batch).mock.results.map(({ value }) => value as Promise<unknown>);
    const outcomes = await Promise.allSettled(results);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('stops and ends a pipeline with the error of its failed sink', async () => {
    const synth = make();
    const seen = counted(synth);
    const failure = new Error('the disk is full');
    const sink = new Writable({
      objectMode: true,
      write: (_batch, _encoding, callback) => callback(failure),
    });
    await expect(pipeline(synth.readable({ classes, batchSize: 2 }), sink)).rejects.toBe(failure);
    await vi.waitFor(() => expect(seen.settled).toBe(seen.asked), { timeout: 10_000 });
    expect(seen.asked).toBeLessThanOrEqual(5);
    expect(seen.signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('emits the reason of its signal as the error, even while no one reads', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const readable = make().readable({ classes, batchSize: 2, signal: controller.signal });
    await once(readable, 'readable');
    const error = once(readable, 'error');
    controller.abort(reason);
    expect((await error)[0]).toBe(reason);
    expect(readable.destroyed).toBe(true);
    const late = make().readable({ classes, signal: AbortSignal.abort(reason) });
    expect((await once(late, 'error'))[0]).toBe(reason);
  });

  it('throws the reason if it is aborted in the middle of a loop', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    let taken = 0;
    const consume = async () => {
      for await (const _ of make().readable({
        classes,
        count: 1_000,
        batchSize: 2,
        signal: controller.signal,
      })) {
        if (++taken === 3) controller.abort(reason);
      }
    };
    await expect(consume()).rejects.toBe(reason);
    expect(taken).toBeLessThan(6);
  });

  it('emits the error of a batch', async () => {
    const synth = make();
    const original = synth.batch.bind(synth);
    const failure = new Error('second batch');
    vi.spyOn(synth, 'batch').mockImplementation(async (given) => {
      if (given.start === 2) throw failure;
      return original(given);
    });
    const taken: number[] = [];
    const consume = async () => {
      for await (const batch of synth.readable({ classes, batchSize: 2 })) taken.push(batch.start);
    };
    await expect(consume()).rejects.toBe(failure);
    expect(taken).toEqual([0]);
  });

  it('rejects invalid options at once, and names itself in the message', () => {
    const readable = (wrong: object) => () => make().readable({ classes, ...wrong });
    expect(readable({ count: 0 })).toThrow(/^readable: count must be a whole number from 1, got 0/);
    expect(readable({ slots: 4 })).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    expect(readable({ classes: ['vt'] })).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_CLASS' }));
  });
});
