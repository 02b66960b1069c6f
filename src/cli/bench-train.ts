// `pqrst bench train`: measures training steps on this machine, as a table or JSON.

import type { TrainBench, TrainCase } from '../bench/train.js';
import { addEngineOptions, type EngineFlags, engineLine } from './engine-options.js';
import { machine } from './info.js';
import { decimal, wholeNumber } from './options.js';
import type { Register, Result, Task } from './task.js';

interface TrainOptions extends EngineFlags {
  arch?: string[];
  length?: number[];
  batch: number;
  seconds: number;
}

export const registerBenchTrain: Register = (bench, run) => {
  const length = wholeNumber('--length', 1, 1e6);
  const command = bench
    .command('train')
    .summary('measure training: milliseconds and GFLOP/s per step')
    .description(
      'Measures training steps on synthetic records, as pqrst train runs them: milliseconds per step, records and ' +
        'GFLOP per second beside the rate of a bare matrix product, time outside the engine, bytes allocated; then ' +
        'the exported model on batches of 256 records. Architectures have their default options.',
    )
    .option('--arch <names...>', 'architectures (pqrst info lists them), or all (default: all)')
    .option('--batch <n>', 'records per step', wholeNumber('--batch', 2, 65_536), 32)
    .option(
      '--length <samples...>',
      'samples per record, at 250 Hz; each length is measured (default: 1000)',
      (text: string, before: readonly number[] = []) => [...before, length(text)],
    )
    .option('--seconds <s>', 'duration per architecture and length in s', decimal('--seconds', 0.1, 3600), 20)
    .option('--json', 'print the result as JSON');
  addEngineOptions(command)
    .addHelpText(
      'after',
      `
Two steps warm up, and at least three are measured. GFLOP are twice the multiply-adds of the products (convolutions and
matrix products) in forward pass, backward pass and update. "outside" is the share of time outside the engine. "grows" is
the memory that a step adds to the heap and array buffers of the trainer's thread before the next garbage collection; it
does not include the engine's own memory.

Examples:
  $ pqrst bench train
  $ pqrst bench train --arch resnet18 --length 1000 5000 --threads 2
  $ pqrst bench train --arch lstm gru --batch 256 --json`,
    )
    .action(run<TrainOptions>(train));
};

async function train(options: TrainOptions, task: Task): Promise<Result> {
  const { arch = ['all'], length = [1000], batch, seconds, threads } = options;
  const { benchTrain } = await import('../bench/train.js');
  const { withEngine } = await import('../engine/open.js');
  const { architectures } = await import('../nn/models/index.js');
  const archs = [...new Set(arch.flatMap((name) => (name === 'all' ? Object.keys(architectures) : name)))];
  const facts = machine();
  return withEngine(options, async (engine) => {
    const used = { name: engine.name, device: engine.device, reason: engine.deviceReason ?? '' };
    task.say(engineLine(used));
    const progress = task.startProgress('bench train');
    const onProgress = (done: number, total: number) => progress.update(done, total);
    const { signal } = task;
    const measured = await benchTrain({
      ...{ engine, threads, archs, lengths: length, batch, seconds, signal, onProgress },
    }).finally(() => progress.stop());
    const head = `pqrst ${facts.version}, ${facts.cpu}, Node ${facts.node}`;
    return {
      json: { ...facts, engine: used, threads: threads ?? null, ...measured },
      text: [head, '', ...table(measured)].join('\n'),
    };
  });
}

const columns = [
  ['architecture', 16],
  ['batch x length', 15],
  ['ms per step', 12],
  ['quartiles', 16],
  ['records/s', 11],
  ['GFLOP/s', 9],
  ['of GEMM', 9],
  ['outside', 9],
  ['grows', 10],
  ['inference/s', 13],
] as const;

function table({ gemmGflops, cases }: TrainBench): string[] {
  const row = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(columns[at]![1]) : cell.padStart(columns[at]![1])))
      .join('');
  return [
    row(columns.map(([title]) => title)),
    ...cases.map((one) => row(cellsOf(one))),
    '',
    `A bare product of two matrices of 1,024 x 1,024: ${gemmGflops.toFixed(1)} GFLOP/s. Inference: records per second ` +
      'of the exported model in batches of 256.',
  ];
}

function cellsOf(one: TrainCase): string[] {
  const { stepMs, inference, allocatedBytes } = one;
  return [
    one.arch,
    `${one.batch} x ${one.lengthSamples}`,
    stepMs.median.toFixed(1),
    `${stepMs.low.toFixed(1)}-${stepMs.high.toFixed(1)}`,
    one.recordsPerS.toFixed(0),
    one.gflops.toFixed(1),
    `${(100 * one.ofGemm).toFixed(1)} %`,
    `${(100 * one.outside).toFixed(1)} %`,
    allocatedBytes === null ? '-' : `${(allocatedBytes / 1024).toFixed(0)} KiB`,
    inference.recordsPerS.median.toFixed(0),
  ];
}
