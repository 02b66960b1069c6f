// Measures the speed of training on this machine: steps as the trainer runs them (synthetic batches are made and
// augmented while the engine works), the engine's rate of matrix products, and the inference of the exported model. It
// does not measure how well a model learns, and prints nothing.

import type { JobOptions } from '../base/job.js';
import { randomStream } from '../base/random.js';
import type { Engine, EngineOptions, State } from '../engine/engine.js';
import { multiplyAdds } from '../graph/multiply-adds.js';
import { modelFile } from '../model/export.js';
import type { ModelPlan } from '../model/program.js';
import { loadModel } from '../model/session.js';
import { parameterCount, resolveArch } from '../nn/models/index.js';
import { buildClassifierTraining, classify } from '../objectives/classify.js';
import { parseConfig } from '../run/config.js';
import { openRunData } from '../run/run-data.js';
import { train } from '../train/trainer.js';
import { openGemm } from './gemm.js';
import { type Spread, spreadOf } from './spread.js';
import { clockSteps } from './step-clock.js';

/** The options of `benchTrain`. */
export interface TrainBenchOptions extends JobOptions {
  readonly engine: Engine;
  readonly threads?: number | undefined;
  /** Names of architectures; each is measured with its defaults, at each length. */
  readonly archs: readonly string[];
  readonly lengths: readonly number[];
  /** Records per step. */
  readonly batch: number;
  /** Duration in s per architecture and length; at least three steps are measured. */
  readonly seconds: number;
}

/** The measurements of one architecture at one length. */
export interface TrainCase {
  readonly arch: string;
  readonly lengthSamples: number;
  readonly batch: number;
  readonly parameters: number;
  /** Number of measured steps, without the two that warm up. */
  readonly steps: number;
  readonly stepMs: Spread;
  /** Records per second, computed from the median step. */
  readonly recordsPerS: number;
  readonly samplesPerS: number;
  /** Multiply-adds per step: forward pass, backward pass and update. */
  readonly multiplyAdds: number;
  /** GFLOP/s of the median step, with two operations per multiply-add. */
  readonly gflops: number;
  /** Ratio to the engine's rate of matrix products. */
  readonly ofGemm: number;
  /** Share of the time of all measured steps that is outside the runs of the engine. */
  readonly outside: number;
  /**
   * Bytes that a step adds to the heap and the array buffers of the trainer's thread: the median of steps without a
   * garbage collection; null if there was no such step. The memory of the engine's thread and of native code is not
   * included.
   */
  readonly allocatedBytes: number | null;
  /** Bytes of the inputs per step, which are copied once for the engine. */
  readonly feedBytes: number;
  /** The speed of the exported model with batches of `batch` records. */
  readonly inference: { readonly batch: number; readonly recordsPerS: Spread };
}

/** The result of `benchTrain`. */
export interface TrainBench {
  /** GFLOP/s of the fastest product of two matrices of 1,024 x 1,024 in this run. */
  readonly gemmGflops: number;
  readonly cases: readonly TrainCase[];
}

const seed = 1;
const warmUp = 2;
const leastSteps = 3;
const inferenceBatch = 256;
const fsHz = 250;

/**
 * Measures the training of each architecture at each length. Rejects with `signal.reason` when aborted.
 *
 * @throws PqrstError ERR_UNKNOWN_ARCH: when an architecture is unknown.
 * @throws PqrstError ERR_RANGE: when the batch or a length is out of range.
 * @throws PqrstError ERR_ENGINE: when the engine fails.
 */
export async function benchTrain(options: TrainBenchOptions): Promise<TrainBench> {
  const { engine, archs, lengths, seconds, signal, onProgress } = options;
  const plans = archs.flatMap((arch) => {
    resolveArch(arch);
    return lengths.map((lengthSamples): Plan => ({ arch, lengthSamples, batch: options.batch }));
  });
  const gemm = await openGemm(engine, engineOptions(options));
  try {
    const measured: Omit<TrainCase, 'ofGemm'>[] = [];
    for (const [at, plan] of plans.entries()) {
      await gemm.measure();
      signal?.throwIfAborted();
      const onPeriod = (elapsedS: number) =>
        onProgress?.(Math.floor(at * seconds + Math.min(seconds, elapsedS)), seconds * plans.length);
      measured.push(await benchCase(plan, options, onPeriod));
    }
    const gemmGflops = await gemm.measure();
    onProgress?.(seconds * plans.length, seconds * plans.length);
    return { gemmGflops, cases: measured.map((one) => ({ ...one, ofGemm: one.gflops / gemmGflops })) };
  } finally {
    await gemm.close();
  }
}

type Plan = ModelPlan & { readonly batch: number };

async function benchCase(
  plan: Plan,
  options: TrainBenchOptions,
  onPeriod: (elapsedS: number) => void,
): Promise<Omit<TrainCase, 'ofGemm'>> {
  const { arch, lengthSamples, batch } = plan;
  const { graph, initialState } = buildClassifierTraining({ ...plan, seed });
  const clock = { warmUp, least: leastSteps, seconds: options.seconds, onPeriod };
  const { stepsPerRun, periodMs, wallMs, spentMs, allocatedBytes, feedBytes } = await clockSteps(
    options.engine,
    clock,
    (engine) => trainOn(engine, plan, options),
  );
  const stepMs = spreadOf(periodMs.map((ms) => ms / stepsPerRun));
  const perS = 1000 / stepMs.median;
  const products = multiplyAdds(graph);
  return {
    arch,
    lengthSamples,
    batch,
    parameters: parameterCount(resolveArch(arch), {}, { lengthSamples }),
    steps: periodMs.length * stepsPerRun,
    stepMs,
    recordsPerS: batch * perS,
    samplesPerS: batch * lengthSamples * perS,
    multiplyAdds: products,
    gflops: 2e-9 * products * perS,
    outside: 1 - spentMs / wallMs,
    allocatedBytes: allocatedBytes.length > 0 ? spreadOf(allocatedBytes).median / stepsPerRun : null,
    feedBytes: feedBytes / stepsPerRun,
    inference: { batch: inferenceBatch, recordsPerS: await benchInference(plan, initialState, options) },
  };
}

/** Runs a training on synthetic records, as `pqrst train --setting syn` does, until it is stopped. */
async function trainOn(engine: Engine, plan: Plan, { threads, signal }: TrainBenchOptions): Promise<void> {
  const { arch, lengthSamples, batch } = plan;
  const seconds = lengthSamples / fsHz;
  const config = parseConfig({
    task: 'af',
    setting: 'syn',
    preset: 'paper',
    arch,
    fsHz,
    seconds,
    batch,
    seed,
  });
  const { phases } = await openRunData(config, undefined, {});
  const { training, validation } = phases[0]!;
  const { learningRate, weightDecay } = config;
  const endless = { epochs: Number.MAX_SAFE_INTEGER, validateEvery: Number.MAX_SAFE_INTEGER, patience: 1 };
  await train({
    ...{ engine, threads, signal, training, validation },
    objective: classify(plan, { training, validation }),
    plan: { ...endless, batchSize: batch, seed, phase: 'bench', learningRate, weightDecay },
  });
}

/** Returns the speed of the exported model in records per second. */
async function benchInference(plan: Plan, state: State, options: TrainBenchOptions): Promise<Spread> {
  const { engine, threads, seconds, signal } = options;
  const metadata = { lengthSamples: plan.lengthSamples };
  const bytes = await modelFile({ engine, threads, plan, state, metadata });
  const model = await loadModel(bytes, plan.arch, { engine, threads, output: 'logit' });
  const stream = randomStream(seed, 'bench');
  const signals = Float32Array.from({ length: inferenceBatch * plan.lengthSamples }, () => stream.normal());
  const rates: number[] = [];
  try {
    await model.run(signals);
    const endMs = performance.now() + (1000 * seconds) / 4;
    while (rates.length < leastSteps || performance.now() < endMs) {
      signal?.throwIfAborted();
      const startMs = performance.now();
      await model.run(signals);
      rates.push((1000 * inferenceBatch) / (performance.now() - startMs));
    }
  } finally {
    await model.close();
  }
  return spreadOf(rates);
}

function engineOptions({ threads }: TrainBenchOptions): EngineOptions {
  return threads === undefined ? {} : { threads };
}
