// An engine that watches a training from its runs: the time from one run to the next, the part of it spent in the engine's
// thread, and what the trainer's thread allocates. It ends the training when it has seen enough.

import { PerformanceObserver } from 'node:perf_hooks';
import type { Engine, Execution, TensorData } from '../engine/engine.js';

export interface StepTimes {
  /** Training steps of a run. */
  readonly stepsPerRun: number;
  /** Wall time of each run's period: feeds made and handed over, the run, its answer taken up, the next batch awaited. */
  readonly periodMs: readonly number[];
  /** Time within all these runs. */
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
  /** Periods to measure at least, and the time after which no further one begins. */
  readonly least: number;
  readonly seconds: number;
  readonly onPeriod?: ((elapsedS: number) => void) | undefined;
}

interface Reading {
  readonly atMs: number;
  readonly bytes: number;
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
  let [runs, stepsPerRun, spentBefore, spentMs, feedBytes] = [0, 1, 0, 0, 0];

  /** At the beginning of each run of the stepper. */
  const mark = async (execution: Execution, feeds: Readonly<Record<string, TensorData>>) => {
    if (runs++ < warmUp) return;
    if (readings.length === 0) spentBefore = await execution.spentMs();
    const { heapUsed, external } = process.memoryUsage();
    const atMs = performance.now();
    readings.push({ atMs, bytes: heapUsed + external });
    const elapsedS = (atMs - readings[0]!.atMs) / 1000;
    onPeriod?.(elapsedS);
    if (readings.length <= least || elapsedS < seconds) return;
    spentMs = (await execution.spentMs()) - spentBefore;
    feedBytes = Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0);
    throw enough;
  };
  const load: Engine['load'] = async (program, state, loadOptions) => {
    const execution = await engine.load(program, state, loadOptions);
    const isStepper = program.state.some(({ next }) => next !== undefined);
    if (!isStepper) return execution;
    const run: Execution['run'] = async (feeds) => {
      await mark(execution, feeds);
      const outputs = await execution.run(feeds);
      stepsPerRun = outputs.loss!.data.length;
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
  const periods = readings.slice(1).map((to, at) => ({ from: readings[at]!, to }));
  const isClean = ({ from, to }: { from: Reading; to: Reading }) =>
    !collections.some(({ startTime, duration }) => startTime < to.atMs && startTime + duration > from.atMs);
  return {
    stepsPerRun,
    periodMs: periods.map(({ from, to }) => to.atMs - from.atMs),
    spentMs,
    allocatedBytes: periods.filter(isClean).map(({ from, to }) => to.bytes - from.bytes),
    feedBytes,
  };
}
