// `pqrst bench`: reports the speed of this machine. `bench synth` measures the kernel and `Synthesizer.batch`, `bench
// train` (bench-train.ts) measures training steps, `bench evaluate` (bench-evaluate.ts) an evaluation. The measurements are in src/bench; comparisons with other programs
// are in bench/peers.

import type { CaseRate, SynthBench } from '../bench/synth.js';
import { defaultPreset } from '../signal/defaults.js';
import { registerBenchEvaluate } from './bench-evaluate.js';
import { registerBenchTrain } from './bench-train.js';
import { machine } from './info.js';
import { decimal } from './options.js';
import type { Register, Result, Task } from './task.js';

interface SynthOptions {
  preset: string;
  seconds: number;
}

export const registerBench: Register = (program, run) => {
  const bench = program
    .command('bench')
    .summary('measure the speed of this machine')
    .description('Measures the speed of this machine, in synthesis, training or evaluation.')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst bench synth
  $ pqrst bench synth --json --seconds 30
  $ pqrst bench train --arch resnet18 --length 1000 5000`,
    );
  registerBenchTrain(bench, run);
  registerBenchEvaluate(bench, run);
  bench
    .command('synth')
    .summary('measure synthesis: samples per second of every class and instruction set')
    .description(
      'Measures samples per second of one core for every instruction set of this machine: every class, the noise ' +
        'stage, a memset and other types; then batches from JavaScript. Prints medians with quartiles, and ratios ' +
        'within the run.',
    )
    .option('--preset <name>', 'preset of the records', defaultPreset)
    .option('--seconds <s>', 'duration of the measurement in s', decimal('--seconds', 0.1, 3600), 10)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A class is measured with 5,000 z-scored float32 samples at 500 Hz unless stated otherwise. Rates are per CPU time, which
other work on the machine disturbs little; rates of several threads are per wall time.

Examples:
  $ pqrst bench synth
  $ pqrst bench synth --json --seconds 30`,
    )
    .action(run<SynthOptions>(synth));
};

async function synth({ preset, seconds }: SynthOptions, task: Task): Promise<Result> {
  const { benchSynth } = await import('../bench/synth.js');
  const progress = task.startProgress('bench synth');
  const onProgress = (done: number, total: number) => progress.update(done, total);
  const measured = await benchSynth({ preset, seconds, signal: task.signal, onProgress }).finally(() =>
    progress.stop(),
  );
  const facts = machine();
  const head = `pqrst ${facts.version}, ${facts.cpu}, Node ${facts.node}, preset ${preset}`;
  return { json: { ...facts, ...measured }, text: [head, '', ...table(measured)].join('\n') };
}

const giga = (rate: number) => (rate / 1e9).toFixed(3);

function table({ targets, rounds, javascript, int16OfFloat32, goals }: SynthBench): string[] {
  const row = (...cells: string[]) =>
    cells.map((cell, at) => (at === 0 ? `  ${cell.padEnd(20)}` : cell.padStart(16))).join('');
  const kernel = Object.entries(targets).flatMap(([target, cases]) => [
    `${target.padEnd(22)}${row('', 'G samples/s/core', 'quartiles', 'of noise stage').slice(22)}`,
    ...Object.entries(cases).map(([name, rate]) => row(name, ...kernelCells(rate))),
    '',
  ]);
  const { oneThread, ofKernel, ofKernelToMemory, threads } = javascript;
  return [
    ...kernel,
    `From JavaScript (${javascript.target}, 4,096 normal records per batch)`,
    row('one thread', giga(oneThread.median), `${giga(oneThread.low)}-${giga(oneThread.high)}`),
    `    ${percent(ofKernel.median)} of the bare kernel, ${percent(ofKernelToMemory.median)} of a kernel that writes as much memory`,
    ...threads.map(
      ({ threads, rate, speedup, cores, cpuTime }) =>
        `${row(`${threads} threads, by wall`, giga(rate.median), `${giga(rate.low)}-${giga(rate.high)}`)}\n` +
        `    ${speedup.median.toFixed(2)} times one thread, on ${cores.median.toFixed(2)} cores that the machine provided, ` +
        `with ${cpuTime.median.toFixed(2)} times the CPU time`,
    ),
    `  int16 against float32: ${percent(int16OfFloat32.median)}`,
    '',
    'Goals',
    ...goals.map(({ name, measured, goal, met }) => {
      const show = goal > 100 ? (rate: number) => `${giga(rate)} G` : (share: number) => share.toFixed(2);
      return `  ${met ? 'met   ' : 'missed'}  ${name}: ${show(measured)} (at least ${show(goal)})`;
    }),
    `Medians of ${Object.entries(rounds)
      .map(([target, count]) => `${count} rounds (${target})`)
      .join(', ')}.`,
  ];
}

function kernelCells({ median, low, high, ofNoise }: CaseRate): string[] {
  return [giga(median), `${giga(low)}-${giga(high)}`, ofNoise.median.toFixed(2)];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
