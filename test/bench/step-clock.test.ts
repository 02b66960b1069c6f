// The clock of `pqrst bench train`, with an engine that does not compute anything.

import { describe, expect, it } from 'vitest';
import { spreadOf } from '#lib/bench/spread.js';
import { clockSteps } from '#lib/bench/step-clock.js';
import type { Engine, Program } from '#lib/engine/engine.js';

const spentPerRunMs = 7;

/** Returns an engine that answers immediately and reports 7 ms and three steps per run. */
function madeUpEngine(): Engine & { readonly runs: Record<string, number> } {
  const runs: Record<string, number> = {};
  return {
    name: 'made up',
    device: 'cpu',
    runs,
    async load(program) {
      const kind = program.state.length > 0 ? 'training' : 'inference';
      runs[kind] = 0;
      return {
        async run() {
          runs[kind]!++;
          return { loss: { data: new Float32Array(3), shape: [3] } };
        },
        spentMs: async () => spentPerRunMs * runs[kind]!,
        getState: async () => new Map(),
        setState: async () => undefined,
        close: async () => undefined,
      };
    },
    close: async () => undefined,
  };
}

const program = (state: Program['state']): Program => ({
  bytes: new Uint8Array(),
  inputs: [],
  outputs: [],
  state,
});
const training = program([{ name: 'w', type: 'float32', shape: [1], next: 'w.next' }]);
const feeds = {
  ecg: { data: new Float32Array(100), shape: [100] },
  label: { data: new Float32Array(3), shape: [3] },
};

describe('clockSteps', () => {
  it('measures the requested number of runs after the warm-up, and ends the training', async () => {
    const engine = madeUpEngine();
    const elapsed: number[] = [];
    const times = await clockSteps(
      engine,
      { warmUp: 2, least: 5, seconds: 0, onPeriod: (elapsedS) => elapsed.push(elapsedS) },
      async (watched) => {
        const validator = await watched.load(program([]), new Map());
        const stepper = await watched.load(training, new Map());
        for (;;) {
          await validator.run({});
          await stepper.run(feeds);
        }
      },
    );
    expect(times).toMatchObject({ stepsPerRun: 3, spentMs: 5 * spentPerRunMs, feedBytes: 4 * 103 });
    expect(times.periodMs).toHaveLength(5);
    expect(engine.runs).toEqual({ training: 7, inference: 7 });
    expect(elapsed).toEqual([...elapsed].sort((a, b) => a - b));
  });

  it('passes on the error of the training', async () => {
    const failing = clockSteps(madeUpEngine(), { warmUp: 0, least: 1, seconds: 0 }, async () => {
      throw new RangeError('no data');
    });
    await expect(failing).rejects.toThrow('no data');
  });

  it('leaves no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listener);
    const closed = madeUpEngine();
    const engine: Engine = {
      ...closed,
      load: async (...given) => ({
        ...(await closed.load(...given)),
        spentMs: () => Promise.reject(new Error('the execution is closed')),
      }),
    };
    const aborted = clockSteps(engine, { warmUp: 1, least: 5, seconds: 0 }, async (watched) => {
      const stepper = await watched.load(training, new Map());
      await stepper.run(feeds);
      throw new RangeError('aborted');
    });
    await expect(aborted).rejects.toThrow('aborted');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });

  it('measures the memory that a step allocates in its own thread', async () => {
    const kept: Float32Array[] = [];
    const { allocatedBytes } = await clockSteps(
      madeUpEngine(),
      { warmUp: 1, least: 20, seconds: 0 },
      async (watched) => {
        const stepper = await watched.load(training, new Map());
        for (;;) {
          kept.push(new Float32Array(250_000));
          await stepper.run(feeds);
        }
      },
    );
    // Each step keeps 1,000,000 bytes. A single period may show less (see `allocatedBytes`); the benchmark reports the
    // median.
    expect(allocatedBytes.length).toBeGreaterThan(0);
    expect(spreadOf(allocatedBytes).median).toBeGreaterThan(900_000);
  });
});
