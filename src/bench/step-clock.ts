// Measures the steps of a training through an engine that watches its runs: the time from one run to the next, the part
// of it on the thread of the engine, and the memory that the thread of the trainer allocates. The engine ends the
// training after enough measurements.

import { PerformanceObserver } from 'node:perf_hooks';
import type { Engine, Execution } from '../engine/engine.js';

/** The measurements of a training. */
export interface StepTimes {
  /** Number of training steps per run. */
  readonly stepsPerRun: number;
  /** Wall time from the end of each run to the end of the next. */
  readonly periodMs: readonly number[];
  /** Wall time of the whole measurement. */
  readonly wallMs: number;
  /** The part of `wallMs` that is within runs. */
  readonly spentMs: number;
  /**
   * Bytes that each period without a garbage collection added to the heap and the array buffers of the trainer's
   * thread. The memory of the engine's thread and of native code is not included. V8 may free the buffers of an earlier
   * collection in any period, which then shows less or even a negative number. The median is not affected.
   */
  readonly allocatedBytes: readonly number[];
  /** Bytes of the inputs per run, which are copied for the thread of the engine. */
  readonly feedBytes: number;
}

/** The options of `clockSteps`. */
export interface StepClockOptions {
  /** Number of runs at the start that are not measured. */
  readonly warmUp: number;
  /** Minimum number of measured periods. */
  readonly least: number;
  /** Duration in s. The training ends at the first end of a run after it. */
  readonly seconds: number;
  readonly onPeriod?: ((elapsedS: number) => void) | undefined;
}

/** The time and the memory of the trainer's thread at the end of a run. */
interface Reading {
  readonly atMs: number;
  readonly bytes: number;
}

/** The time within runs so far, and the time of its answer. */
interface Spent {
  readonly spentMs: number;
  readonly atMs: number;
}

async function spentUntil(execution: Execution): Promise<Spent> {
  const spentMs = await execution.spentMs();
  return { spentMs, atMs: performance.now() };
}

/** Keeps a rejection for the caller that awaits `answer`, even if the promise rejects before it is awaited. */
function keepFailure<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined);
  return answer;
}

/**
 * Measures the training that `watched` runs with the engine that it receives. That engine ends the training early.
 * Rejects with the error of the training if it fails.
 */
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
    // The answer arrives after the run that the trainer has submitted meanwhile, so the measurement starts and ends at
    // the end of a run.
    ends.start ??= keepFailure(spentUntil(execution));
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
