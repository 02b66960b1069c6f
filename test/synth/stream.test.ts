// Batches of the synthesizer as an asynchronous iterator.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { ecgClasses, Synthesizer } from '#lib/index.js';

const classes = ecgClasses;
const make = () => new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 4, seed: 11, unit: 'zscore' });

describe('a stream', () => {
  it('yields the records of one batch in smaller batches, of which the last may be shorter', async () => {
    const synth = make();
    const whole = await synth.batch({ classes, start: 5, count: 23 });
    const signals: number[] = [];
    const labels: number[] = [];
    const counts: number[] = [];
    for await (const batch of synth.stream({ classes, start: 5, count: 23, batchSize: 8 })) {
      expect(batch.start).toBe(5 + labels.length);
      signals.push(...batch.signals);
      labels.push(...batch.labels);
      counts.push(batch.count);
    }
    expect(counts).toEqual([8, 8, 7]);
    expect(labels).toEqual([...whole.labels]);
    expect(Float32Array.from(signals)).toEqual(whole.signals);
  });

  it('has annotations if they are requested', async () => {
    for await (const batch of make().stream({ classes, count: 2, annotations: true })) {
      expect(batch.annotations!.record(1).rhythms[0]!.rhythm).toBe('(AFIB');
    }
  });

  it('makes at most two batches ahead of its consumer, and stops when the loop is left', async () => {
    const synth = make();
    const calls = vi.spyOn(synth, 'batch');
    let taken = 0;
    for await (const batch of synth.stream({ classes, batchSize: 3 })) {
      expect(batch.start).toBe(3 * taken);
      taken++;
      await sleep(10);
      expect(calls.mock.calls.length).toBeLessThanOrEqual(taken + 2);
      if (taken === 5) break;
    }
    const made = calls.mock.calls.length;
    await sleep(10);
    expect(calls.mock.calls.length).toBe(made);
    expect(made).toBeLessThanOrEqual(7);
    expect(calls.mock.calls.every(([{ signal }]) => signal?.aborted)).toBe(true);
  });

  it('rejects with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    let taken = 0;
    const consume = async () => {
      for await (const _ of make().stream({ classes, batchSize: 2, signal: controller.signal })) {
        if (++taken === 3) controller.abort(reason);
      }
    };
    await expect(consume()).rejects.toBe(reason);
    expect(taken).toBe(3);
  });

  it('makes batch after batch until it is aborted, if it has no end', async () => {
    const controller = new AbortController();
    const typed = new Synthesizer({
      preset: 'paper',
      fsHz: 250,
      seconds: 4,
      seed: 11,
      type: 'int16',
      unit: 'zscore',
    });
    const starts: number[] = [];
    const consume = async () => {
      const plan = { classes, count: Number.POSITIVE_INFINITY, batchSize: 5, signal: controller.signal };
      for await (const { start, signals } of typed.stream(plan)) {
        expect(signals).toBeInstanceOf(Int16Array);
        if (starts.push(start) === 100) controller.abort();
      }
    };
    await expect(consume()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(starts).toEqual(Array.from({ length: 100 }, (_, k) => 5 * k));
  });

  it('reacts to an abort inside a long record, which then stays unfinished', async () => {
    const options = { preset: 'paper', fsHz: 500, seconds: 86_400, seed: 11, type: 'int16' } as const;
    const synth = new Synthesizer({ ...options, threads: 1 });
    const original = synth.batch.bind(synth);
    const out = new Int16Array(synth.lengthSamples);
    vi.spyOn(synth, 'batch').mockImplementation((given) => original({ ...given, out }));
    const controller = new AbortController();
    const next = synth.stream({ classes, count: 1, batchSize: 1, signal: controller.signal }).next();
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(next).rejects.toThrow('enough');
    expect(out.subarray(-100_000).every((sample) => sample === 0)).toBe(true);
  });

  it('keeps the error of a batch for the turn of that batch', async () => {
    const synth = make();
    const original = synth.batch.bind(synth);
    const error = new Error('second batch');
    vi.spyOn(synth, 'batch').mockImplementation(async (options) => {
      if (options.start === 2) throw error;
      return original(options);
    });
    const stream = synth.stream({ classes, batchSize: 2 });
    expect((await stream.next()).value?.start).toBe(0);
    await sleep(10);
    await expect(stream.next()).rejects.toBe(error);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('rejects invalid options at once', () => {
    const stream = (wrong: object) => () => make().stream({ classes, ...wrong });
    expect(stream({ batchsize: 4 })).toThrow(/did you mean "batchSize"/);
    expect(stream({ batchSize: 0 })).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
    expect(stream({ count: 0 })).toThrow(/count must be a whole number from 1, got 0/);
    expect(stream({ classes: ['vt'] })).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_CLASS' }));
    expect(stream({ count: Number.POSITIVE_INFINITY })).not.toThrow();
  });
});
