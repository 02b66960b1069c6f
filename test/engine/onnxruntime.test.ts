// The engine advances its state, returns copies, reports failures as messages, and does not block the event loop.

import { afterEach, expect, test } from 'vitest';
import type { Program } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { Graph } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { mul } from '#lib/graph/ops/mul.js';
import { encodeModel } from '#lib/graph/proto.js';

/** next sum = sum + x; y = factor * x. */
function counter(): Program {
  const graph = new Graph('counter');
  const [x, sum, factor] = ['x', 'sum', 'factor'].map((name) => graph.input(name, 'float32', [2])) as never[];
  graph.output('y', mul(graph, x!, factor!));
  graph.output('sum.next', add(graph, sum!, x!));
  return {
    bytes: encodeModel(graph),
    inputs: [{ name: 'x', type: 'float32', shape: [2] }],
    outputs: [{ name: 'y', type: 'float32', shape: [2] }],
    state: [
      { name: 'sum', type: 'float32', shape: [2], next: 'sum.next' },
      { name: 'factor', type: 'float32', shape: [2] },
    ],
  };
}

const initial = () =>
  new Map([
    ['sum', Float32Array.of(10, 20)],
    ['factor', Float32Array.of(2, 3)],
  ]);
const x = { data: Float32Array.of(1, 2), shape: [2] };

let engine = onnxRuntimeEngine();
afterEach(async () => {
  await engine.close();
  engine = onnxRuntimeEngine();
});

test('a run returns the outputs and advances the state that has a next', async () => {
  const given = initial();
  const execution = await engine.load(counter(), given, { threads: 1 });
  for (let step = 0; step < 3; step++) {
    const { y } = await execution.run({ x });
    expect(y).toEqual({ data: Float32Array.of(2, 6), shape: [2] });
  }
  expect(await execution.getState()).toEqual(
    new Map([
      ['sum', Float32Array.of(13, 26)],
      ['factor', Float32Array.of(2, 3)],
    ]),
  );
  expect(given).toEqual(initial());
  await execution.close();
});

test('a state that was read does not change, and a state that is set is used', async () => {
  const execution = await engine.load(counter(), initial(), { threads: 1 });
  const before = await execution.getState();
  await execution.run({ x });
  expect(before).toEqual(initial());
  await execution.setState(new Map([['factor', Float32Array.of(0, 1)]]));
  expect((await execution.run({ x })).y!.data).toEqual(Float32Array.of(0, 2));
  expect((await execution.getState()).get('sum')).toEqual(Float32Array.of(12, 24));
  await execution.close();
});

test('reports the time of its runs, which only runs increase', async () => {
  const execution = await engine.load(counter(), initial(), { threads: 1 });
  expect(await execution.spentMs()).toBe(0);
  await execution.run({ x });
  const spentMs = await execution.spentMs();
  expect(spentMs).toBeGreaterThan(0);
  await execution.getState();
  expect(await execution.spentMs()).toBe(spentMs);
  await execution.close();
});

test('runs that start together are answered in order', async () => {
  const execution = await engine.load(counter(), initial(), { threads: 1 });
  const runs = await Promise.all(
    [1, 2, 3].map((value) => execution.run({ x: { ...x, data: Float32Array.of(value, 0) } })),
  );
  expect(runs.map(({ y }) => y!.data[0])).toEqual([2, 4, 6]);
  expect((await execution.getState()).get('sum')![0]).toBe(16);
  await execution.close();
});

test('two executions of one engine keep their own state', async () => {
  const [first, second] = await Promise.all(
    [1, 2].map(() => engine.load(counter(), initial(), { threads: 1 })),
  );
  await first!.run({ x });
  expect((await second!.getState()).get('sum')).toEqual(Float32Array.of(10, 20));
  await Promise.all([first!.close(), second!.close()]);
});

test.each([
  ['a missing input', async () => (await loaded()).run({}), /no input "x"/],
  [
    'a feed that cannot be sent',
    async () => (await loaded()).run({ x: { data: (() => 1) as never, shape: [2] } }),
    /could not be sent/,
  ],
  ['a wrong shape', async () => (await loaded()).run({ x: { data: new Float32Array(3), shape: [3] } }), /x/],
  ['a state of no slot', async () => (await loaded()).setState(new Map([['z', x.data]])), /no state "z"/],
  [
    'a state of wrong size',
    async () => (await loaded()).setState(new Map([['sum', new Float32Array(1)]])),
    /got 1 values/,
  ],
  ['a missing initial state', () => engine.load(counter(), new Map()), /no "sum"/],
  [
    'bytes that are not a model',
    () => engine.load({ ...counter(), bytes: new Uint8Array(9) }, initial()),
    /./,
  ],
  [
    'a closed execution',
    async () => {
      const execution = await loaded();
      await execution.close();
      return execution.run({ x });
    },
    /closed/,
  ],
])('%s rejects with ERR_ENGINE', async (_name, act, sentence) => {
  const failure = await act().then(
    () => undefined,
    (error: Error) => error,
  );
  expect(failure).toMatchObject({ code: 'ERR_ENGINE', message: expect.stringMatching(sentence) });
  // The runtime ends some messages with a line feed.
  expect((failure as Error).message).not.toMatch(/\n/);
});

test('a failed run does not change the state', async () => {
  const execution = await loaded();
  await expect(execution.run({ x: { data: new Float32Array(3), shape: [3] } })).rejects.toThrow();
  expect(await execution.getState()).toEqual(initial());
});

test('closing the engine rejects unfinished requests', async () => {
  const execution = await loaded();
  // The number of runs that finish before the thread ends is random, but every run must be answered.
  const runs = Promise.allSettled(Array.from({ length: 500 }, () => execution.run({ x })));
  await engine.close();
  const statuses = (await runs).map((run) =>
    run.status === 'fulfilled' ? 'answered' : (run.reason as { code: string }).code,
  );
  const answered = statuses.filter((status) => status === 'answered').length;
  expect(statuses.slice(answered)).toEqual(Array.from({ length: 500 - answered }, () => 'ERR_ENGINE'));
  await expect(execution.getState()).rejects.toMatchObject({ code: 'ERR_ENGINE' });
});

// Ending a thread inside the runtime would end the whole process.
test('closing the engine at any moment of a run leaves the process alive', async () => {
  for (let round = 0; round < 20; round++) {
    const execution = await loaded();
    const all = Array.from({ length: 100 }, () => execution.run({ x }));
    const runs = Promise.allSettled(all);
    if (round % 2 === 1) await all[0];
    await engine.close();
    expect((await runs).at(-1)?.status).toBe('rejected');
  }
});

const loaded = () => engine.load(counter(), initial(), { threads: 1 });
