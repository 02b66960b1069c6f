// The queue in front of the sessions, with sessions that answer the first value of each window.

import type { Answers } from 'pqrst/evaluate';
import { PqrstError } from 'pqrst/evaluate';
import { describe, expect, it } from 'vitest';
import { Batcher, type BatchingOptions } from '../dist/batcher.js';
import { type Opened, Session } from '../dist/model.js';

const never = new AbortController().signal;
const shape = { windowValues: 2, maxBatch: 4, maxDelayMs: 1, queueWindows: 20, joinsRequests: true };

/** A session that notes the windows of each batch. It waits for `release` if it is held. */
function fakeSession(isHeld = false) {
  const batches: number[][] = [];
  const waiting: (() => void)[] = [];
  return {
    batches,
    release: () => waiting.shift()?.(),
    async answer(signals: Float32Array): Promise<Answers> {
      const first = Array.from(signals).filter((_, at) => at % 2 === 0);
      batches.push(first);
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
      if (first.includes(666)) throw new PqrstError('ERR_MODEL', 'answered NaN');
      return { logit: Float32Array.from(first), probability: Float32Array.from(first, (one) => one / 100) };
    },
  };
}

function queueOf(session: ReturnType<typeof fakeSession>, options: Partial<BatchingOptions> = {}) {
  const queue = new Batcher([session], { ...shape, ...options });
  const submit = (values: readonly number[], abort = never) =>
    queue.submit(Float32Array.from(values.flatMap((one) => [one, 0])), abort).then(({ logit }) => [...logit]);
  return { queue, submit };
}

describe('Batcher', () => {
  it('joins requests to one batch, and gives each its own answers', async () => {
    const session = fakeSession();
    const { submit } = queueOf(session, { maxDelayMs: 500 });
    expect(await Promise.all([submit([1]), submit([2, 3]), submit([4])])).toEqual([[1], [2, 3], [4]]);
    expect(session.batches).toEqual([[1, 2, 3, 4]]);
  });

  it('starts a batch that is not full after the delay', async () => {
    const session = fakeSession();
    const { submit } = queueOf(session, { maxDelayMs: 30 });
    const start = performance.now();
    expect(await submit([7])).toEqual([7]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(29);
  });

  it('divides a request that is larger than a batch', async () => {
    const session = fakeSession();
    const { submit } = queueOf(session);
    expect(await submit([1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(session.batches).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [9]]);
  });

  it('refuses windows beyond the queue with a time to wait, and requests that never fit', async () => {
    const session = fakeSession(true);
    const { queue, submit } = queueOf(session);
    const running = submit([1, 2, 3, 4]);
    const waiting = submit(Array(18).fill(5));
    await expect(submit([1, 2, 3])).rejects.toMatchObject({ status: 429, retryAfterS: 1 });
    await expect(submit(Array(21).fill(1))).rejects.toMatchObject({ status: 413 });
    expect(queue.queued).toBe(18);
    for (let n = 0; n < 6; n++) {
      session.release();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await running).length + (await waiting).length).toBe(22);
    expect(queue.queued).toBe(0);
  });

  it('drops a request that is aborted while it waits', async () => {
    const session = fakeSession(true);
    const { queue, submit } = queueOf(session);
    const running = submit([1, 2, 3, 4]);
    const abort = new AbortController();
    const left = submit([5, 6], abort.signal);
    abort.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(queue.queued).toBe(0);
    session.release();
    expect(await running).toEqual([1, 2, 3, 4]);
    expect(session.batches).toEqual([[1, 2, 3, 4]]);
  });

  it('answers the others when the windows of one request fail', async () => {
    const session = fakeSession();
    const { submit } = queueOf(session);
    const all = await Promise.allSettled([submit([1]), submit([666]), submit([3]), submit([4])]);
    expect(all.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))).toEqual([
      [1],
      'ERR_MODEL',
      [3],
      [4],
    ]);
  });

  it('gives each request a batch of its own if answers depend on the batch', async () => {
    const session = fakeSession();
    const { submit } = queueOf(session, { joinsRequests: false });
    await Promise.all([submit([1]), submit([2, 3])]);
    expect(session.batches).toEqual([[1], [2, 3]]);
  });
});

describe('Session', () => {
  it('opens the model again when its thread has ended, and fails if this fails too', async () => {
    let opened = 0;
    const open = async (): Promise<Opened> => {
      opened++;
      if (opened > 2) throw new PqrstError('ERR_NOT_FOUND', 'the file is missing');
      const isDead = opened === 1;
      const answer = async (signals: Float32Array) => {
        if (isDead || signals[0] === 13) throw new PqrstError('ERR_ENGINE', 'the thread ended');
        return { logit: signals, probability: signals };
      };
      const model = { answer, close: async () => undefined } as unknown as Opened['model'];
      return { engine: { close: async () => undefined }, model };
    };
    const session = new Session(open);
    expect((await session.answer(Float32Array.of(1))).logit[0]).toBe(1);
    expect(opened).toBe(2);
    await expect(session.answer(Float32Array.of(13))).rejects.toMatchObject({ status: 500 });
  });
});
