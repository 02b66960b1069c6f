// Measures the speed of synthesis on this machine: the kernel's cases on one core for every target (the loop of
// native/bench/rates.h, as a native job), and `Synthesizer.batch` from JavaScript. All cases take turns in rounds, so
// that their ratios are valid. Rates are samples/s of CPU time; several threads are compared by wall time. Prints
// nothing.

import { availableParallelism } from 'node:os';
import { type JobOptions, runJob } from '../base/job.js';
import type { KernelBinding } from '../kernel/binding.js';
import { loadKernel } from '../kernel/node.js';
import { type EcgClass, ecgClasses } from '../signal/classes.js';
import { modelOf, type PackedModel } from '../synth/model.js';
import { resolvePreset } from '../synth/presets.js';
import { Synthesizer } from '../synth/synthesizer.js';
import { ratioOf, type Spread, spreadOf } from './spread.js';

/** The options of `benchSynth`. */
export interface SynthBenchOptions extends JobOptions {
  /** The name of a preset. */
  readonly preset: string;
  /** Duration in s, shared by the targets; each target gets at least three rounds. */
  readonly seconds: number;
}

/** The speed of one case of the kernel in samples/s, and its ratio to the noise stage in the same round. */
export interface CaseRate extends Spread {
  readonly ofNoise: Spread;
}

/** The speed of `batch` on several threads. */
export interface ThreadsRate {
  readonly threads: number;
  /** Speed in samples/s of wall time. */
  readonly rate: Spread;
  /** Ratio to one thread in the same round. */
  readonly speedup: Spread;
  /** Average number of cores that the machine provided: fewer than `threads` if other processes used them. */
  readonly cores: Spread;
  /** Ratio of CPU time to that of one thread; the part above 1 is the cost of sharing. */
  readonly cpuTime: Spread;
}

/** A value that a benchmark should reach. */
export interface Goal {
  readonly name: string;
  readonly measured: number;
  /** The value to reach or exceed. */
  readonly goal: number;
  readonly met: boolean;
}

/** The result of `benchSynth`. */
export interface SynthBench {
  readonly preset: string;
  readonly lengthSamples: number;
  readonly batchRecords: number;
  /** Number of measured rounds per target. */
  readonly rounds: Readonly<Record<string, number>>;
  /** The speeds by target (the best one first) and by case. */
  readonly targets: Readonly<Record<string, Readonly<Record<string, CaseRate>>>>;
  /** The speed of `batch` with normal records into one array, on the best target. */
  readonly javascript: {
    readonly target: string;
    /** Speed on one thread in samples/s of CPU time of the process. */
    readonly oneThread: Spread;
    /** Ratio to the bare kernel, which overwrites one record. */
    readonly ofKernel: Spread;
    /** Ratio to the bare kernel when it writes as much memory as `batch`. */
    readonly ofKernelToMemory: Spread;
    readonly threads: readonly ThreadsRate[];
  };
  readonly int16OfFloat32: Spread;
  /** Of the physiological model: its speed on the best target compared with others in the same round; else null. */
  readonly physiological: {
    /** Ratio of a class to the same class of the paper's model, by class. */
    readonly ofPaper: Readonly<Record<string, Spread>>;
    /** Ratio of twelve leads to one lead, per sample of a lead. */
    readonly twelveLeadsOfOne: Spread;
  } | null;
  readonly goals: readonly Goal[];
}

const lengthSamples = 5000;
const batchRecords = 4096;
const fsHz = 500;
const minRounds = 3;
const batchSamples = batchRecords * lengthSamples;

/**
 * Measures the synthesis. Meanwhile other work of this process uses the measured target too: its results are the
 * same, its speed differs. At the end the target is as before. Rejects with `signal.reason` when aborted.
 *
 * @throws PqrstError ERR_UNKNOWN_PRESET, ERR_NATIVE_LOAD: when the preset is unknown or the kernel cannot be loaded.
 */
export async function benchSynth(options: SynthBenchOptions): Promise<SynthBench> {
  const { preset, seconds, signal, onProgress } = options;
  const native = loadKernel();
  const model = modelOf(resolvePreset(preset)).pack(ecgClasses, native);
  // Shared memory, to which the threads write without a copy.
  const out = new Float32Array(new SharedArrayBuffer(4 * batchSamples));
  const [names, before] = [native.targets(), native.target()];
  const shareMs = (1000 * seconds) / names.length;
  const began = performance.now();
  const kernel = new Map<string, Record<string, number>[]>();
  const batches = batchesOf(preset, out);
  try {
    for (const [at, name] of names.entries()) {
      native.selectTarget(name);
      const rounds: Record<string, number>[] = [];
      const endMs = began + (at + 1) * shareMs;
      // The first round warms up.
      for (let round = -1; round < minRounds || performance.now() < endMs; round++) {
        const rates = await kernelRound(native, model, signal);
        if (at === 0) await batches.round(round < 0, signal);
        if (round >= 0) rounds.push(rates);
        onProgress?.(Math.min(seconds, Math.floor((performance.now() - began) / 1000)), seconds);
      }
      kernel.set(name, rounds);
    }
  } finally {
    native.selectTarget(before);
  }
  onProgress?.(seconds, seconds);
  const best = names[0]!;
  const normal = series(kernel.get(best)!, 'normal');
  const { oneThread, threads } = batches.result();
  const measured = {
    preset,
    lengthSamples,
    batchRecords,
    rounds: Object.fromEntries([...kernel].map(([name, rounds]) => [name, rounds.length])),
    targets: Object.fromEntries([...kernel].map(([name, rounds]) => [name, casesOf(rounds)])),
    javascript: {
      target: best,
      oneThread: spreadOf(oneThread),
      ofKernel: ratioOf(oneThread, normal),
      ofKernelToMemory: ratioOf(oneThread, series(kernel.get(best)!, 'normal to memory')),
      threads,
    },
    int16OfFloat32: ratioOf(series(kernel.get(best)!, 'normal, int16'), normal),
    physiological: model.model === 'paper' ? null : comparisonOf(kernel.get(best)!),
  };
  return { ...measured, goals: goalsOf(measured) };
}

/** Measures every case once; for the physiological model, also the classes of the paper's model. */
async function kernelRound(
  native: KernelBinding,
  packed: PackedModel,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const leads = Uint8Array.of(1);
  const rates = ({ model, spec, classes }: PackedModel) => {
    const request = { model, spec, classes, seed: 7n, fsHz, lengthSamples, leads } as const;
    return runJob(1, { signal }, (control) =>
      native.benchRound({ ...request, unit: 'zscore', type: 'float32', control }),
    );
  };
  const own = await rates(packed);
  if (packed.model === 'paper') return own;
  const paper = await rates(modelOf(resolvePreset('paper')).pack(ecgClasses, native));
  return { ...own, ...Object.fromEntries(ecgClasses.map((name) => [paperCase(name), paper[name]!])) };
}

/** Returns the name of a case of the paper's model in a benchmark of the physiological model. */
function paperCase(name: EcgClass): string {
  return `${name} of paper`;
}

/** Returns functions that measure `batch` on one, two and all threads in turn, and that return the results. */
function batchesOf(preset: string, out: Float32Array) {
  const most = availableParallelism();
  const counts = [...new Set([1, Math.min(2, most), most])];
  const makers = counts.map((threads) => ({
    threads,
    synthesizer: new Synthesizer({
      preset,
      fsHz,
      seconds: lengthSamples / fsHz,
      seed: 7,
      threads,
      unit: 'zscore',
    }),
    wall: [] as number[],
    cpu: [] as number[],
  }));
  return {
    async round(warmUp: boolean, signal?: AbortSignal) {
      for (const { synthesizer, wall, cpu } of makers) {
        const [startMs, usage] = [performance.now(), process.cpuUsage()];
        await synthesizer.batch({ classes: ['normal'], count: batchRecords, out, signal });
        const { user, system } = process.cpuUsage(usage);
        if (warmUp) continue;
        wall.push((performance.now() - startMs) / 1000);
        cpu.push((user + system) / 1e6);
      }
    },
    result() {
      const one = makers[0]!;
      const threads = makers.slice(1).map(
        ({ threads, wall, cpu }): ThreadsRate => ({
          threads,
          rate: spreadOf(wall.map((tookS) => batchSamples / tookS)),
          speedup: ratioOf(one.wall, wall),
          cores: ratioOf(cpu, wall),
          cpuTime: ratioOf(cpu, one.cpu),
        }),
      );
      return { oneThread: one.cpu.map((tookS) => batchSamples / tookS), threads };
    },
  };
}

function series(rounds: readonly Record<string, number>[], name: string): number[] {
  return rounds.map((rates) => rates[name]!);
}

function comparisonOf(rounds: readonly Record<string, number>[]): SynthBench['physiological'] {
  const ofPaper = ecgClasses.map((name) => {
    return [name, ratioOf(series(rounds, name), series(rounds, paperCase(name)))] as const;
  });
  return {
    ofPaper: Object.fromEntries(ofPaper),
    twelveLeadsOfOne: ratioOf(series(rounds, 'normal, 12 leads'), series(rounds, 'normal')),
  };
}

function casesOf(rounds: readonly Record<string, number>[]): Record<string, CaseRate> {
  const noise = series(rounds, 'noise');
  return Object.fromEntries(
    Object.keys(rounds[0]!).map((name) => {
      const rates = series(rounds, name);
      return [name, { ...spreadOf(rates), ofNoise: ratioOf(rates, noise) }];
    }),
  );
}

/** Goals by target: samples/s of the slowest class, its ratio to the noise stage, samples/s of the noise stage. */
const kernelGoals: Readonly<Record<string, { rate: number; ofNoise: number; noise?: number }>> = {
  avx512: { rate: 1e9, ofNoise: 0.5, noise: 1.9e9 },
  avx2: { rate: 0.5e9, ofNoise: 0.5 },
};

function goalsOf({ targets, javascript, int16OfFloat32, physiological }: Omit<SynthBench, 'goals'>): Goal[] {
  const goals: Goal[] = [];
  const add = (name: string, measured: number, goal: number) =>
    goals.push({ name, measured, goal, met: measured >= goal });
  for (const [target, cases] of Object.entries(targets)) {
    const goal = kernelGoals[target];
    if (goal === undefined || physiological !== null) continue;
    const slowest = [...ecgClasses].sort((a, b) => cases[a]!.median - cases[b]!.median)[0]!;
    add(`${target}: slowest class (${slowest}), samples/s`, cases[slowest]!.median, goal.rate);
    add(`${target}: slowest class, share of the noise stage`, cases[slowest]!.ofNoise.median, goal.ofNoise);
    if (goal.noise !== undefined) add(`${target}: noise stage, samples/s`, cases.noise!.median, goal.noise);
  }
  if (physiological !== null) {
    const ratios = Object.values(physiological.ofPaper).map(({ median }) => median);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    add('classes against those of the preset paper, mean', mean, 0.6);
    add('twelve leads against one, per sample', physiological.twelveLeadsOfOne.median, 0.6);
  }
  add('int16 against float32', int16OfFloat32.median, 0.85);
  add('JavaScript against the bare kernel', javascript.ofKernel.median, 0.95);
  for (const { threads, speedup, cores } of javascript.threads) {
    // Wall time says little on a busy machine, so the result states how many cores the machine provided.
    const given = `the machine gave ${cores.median.toFixed(2)} cores`;
    if (threads === 2) add(`two threads against one (${given})`, speedup.median, 1.9);
  }
  return goals;
}
