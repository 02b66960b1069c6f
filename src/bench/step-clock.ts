// An engine that watches a training from its runs: the time from one run to the next, the part of it spent in the engine's
// thread, and what the trainer's thread allocates. It ends the training when it has seen enough.

import { PerformanceObserver } from 'node:perf_hooks';
import type { Engine, Execution } from '../engine/engine.js';

export interface StepTimes {
  /** Training steps of a run. */
  readonly stepsPerRun: number;
  /** Wall time from the end of one run to the end of the next. */
  readonly periodMs: readonly number[];
  /** Wall time of the whole measurement, and the part of it within runs. */
  readonly wallMs: number;
  readonly spentMs: number;
  /**
   * Bytes by which heap and array buffers of the trainer's thread grew in each period without a garbage collection; what
   * the engine's thread and native code allocate is not in it.
   */
  readonly allocatedBytes: readonly number[];
  /** Bytes of a run's feeds, copied once more on their way to the engine's thread. */
  readonly feedBytes: number;
}

export interface StepClockOptions {
  /** Runs that are not measured. */
  readonly warmUp: number;
  /** Periods to measure at least, and the time after which the next end of a run is the last. */
  readonly least: number;
  readonly seconds: number;
  readonly onPeriod?: ((elapsedS: number) => void) | undefined;
}

interface Reading {
  readonly atMs: number;
  readonly bytes: number;
}

interface Spent {
  readonly spentMs: number;
  readonly atMs: number;
}

async function spentUntil(execution: Execution): Promise<Spent> {
  const spentMs = await execution.spentMs();
  return { spentMs, atMs: performance.now() };
}

/** A training that ends before anybody awaits the answer tells its own failure; here it is told to whoever awaits. */
function toldLater<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined);
  return answer;
}

/** `watched` runs a training with `engine`, which ends early, and hands through what it rejects with. */
export async function clockSteps(
  engine: Engine,
  options: StepClockOptions,
  watched: (engine: Engine) => Promise<unknown>,
): Promise<StepTimes> {
  const { warmUp, least, seconds, onPeriod } = options;
  const enough = new Error('enough steps measured');
  const readings: Reading[] = [];
  const collections: { readonly startTime: number; readonly duration: number }[] = [];
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()));
  let [runs, stepsPerRun, feedBytes] = [0, 1, 0];
  const ends: { start?: Promise<Spent>; end?: Promise<Spent> } = {};

  /** At the end of each run of the stepper. */
  const mark = async (execution: Execution): Promise<void> => {
    if (++runs < warmUp || ends.end !== undefined) return;
    // The answer comes behind the run that the trainer has handed over meanwhile: both ends are the end of a run.
    ends.start ??= toldLater(spentUntil(execution));
    const { heapUsed, external } = process.memoryUsage();
    const atMs = performance.now();
    readings.push({ atMs, bytes: heapUsed + external });
    const elapsedS = (atMs - readings[0]!.atMs) / 1000;
    onPeriod?.(elapsedS);
    if (readings.length <= least || elapsedS < seconds) return;
    ends.end = spentUntil(execution);
    await ends.end;
    throw enough;
  };
  const load: Engine['load'] = async (program, state, loadOptions) => {
    const execution = await engine.load(program, state, loadOptions);
    const isStepper = program.state.some(({ next }) => next !== undefined);
    if (!isStepper) return execution;
    const run: Execution['run'] = async (feeds) => {
      feedBytes = Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0);
      const outputs = await execution.run(feeds);
      stepsPerRun = outputs.loss!.data.length;
      await mark(execution);
      return outputs;
    };
    return { ...execution, run };
  };

  observer.observe({ entryTypes: ['gc'] });
  try {
    await watched({ ...engine, load });
  } catch (error) {
    if (error !== enough) throw error;
  } finally {
    collections.push(...observer.takeRecords());
    observer.disconnect();
  }
  const [from, to] = [await ends.start, await ends.end];
  const periods = readings.slice(1).map((to, at) => ({ from: readings[at]!, to }));
  const isClean = ({ from, to }: { from: Reading; to: Reading }) =>
    !collections.some(({ startTime, duration }) => startTime < to.atMs && startTime + duration > from.atMs);
  return {
    stepsPerRun,
    periodMs: periods.map(({ from, to }) => to.atMs - from.atMs),
    wallMs: (to?.atMs ?? 0) - (from?.atMs ?? 0),
    spentMs: (to?.spentMs ?? 0) - (from?.spentMs ?? 0),
    allocatedBytes: periods.filter(isClean).map(({ from, to }) => to.bytes - from.bytes),
    feedBytes,
  };
}
