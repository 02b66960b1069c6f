// An engine that measures a training at its runs: the time from one run to the next, the part of it inside the engine's
// thread, and the memory that the trainer's thread allocates. It ends the training after enough measurements.

import { PerformanceObserver } from 'node:perf_hooks';
import type { Engine, Execution } from '../engine/engine.js';

export interface StepTimes {
  /** Training steps per run. */
  readonly stepsPerRun: number;
  /** Wall time from the end of one run to the end of the next. */
  readonly periodMs: readonly number[];
  /** Wall time of the whole measurement, and the part of it within runs. */
  readonly wallMs: number;
  readonly spentMs: number;
  /**
   * Bytes by which heap and array buffers of the trainer's thread grew in each period without a garbage collection. The
   * memory of the engine's thread and of native code is not included.
   */
  readonly allocatedBytes: readonly number[];
  /** Bytes of the feeds per run, which are copied again for the engine's thread. */
  readonly feedBytes: number;
}

export interface StepClockOptions {
  /** Runs at the start that are not measured. */
  readonly warmUp: number;
  /** The minimum of measured periods, and the time in ms after which the next end of a run is the last. */
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

/** A training may fail before its answer is awaited; the failure is kept and reported to the caller that awaits it. */
function toldLater<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined);
  return answer;
}

/** `watched` runs a training with `engine`, which ends early, and rejects as the training does. */
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

  /** Called at the end of each run of the stepper. */
  const mark = async (execution: Execution): Promise<void> => {
    if (++runs < warmUp || ends.end !== undefined) return;
    // The answer arrives after the run that the trainer has submitted meanwhile, so both ends are ends of a run.
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
