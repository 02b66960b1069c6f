// `pqrst bench evaluate`: measures an evaluation of a corpus against a bare loop of ONNX Runtime, as a table or JSON.

import type { Spread } from '../bench/spread.js';
import { machine } from './info.js';
import { wholeNumber } from './options.js';
import type { Register, Result, Task } from './task.js';

interface EvaluateOptions {
  model: string;
  data: string;
  rounds: number;
  threads?: number;
}

export const registerBenchEvaluate: Register = (bench, run) => {
  bench
    .command('evaluate')
    .summary('measure evaluation: CPU seconds beside a bare loop of ONNX Runtime')
    .description(
      'Evaluates a corpus on the processor, in turns with a bare loop of ONNX Runtime over the same files, which reads ' +
        'rows, z-scores them and runs the model in batches of 256. Prints CPU seconds: medians with quartiles, and the ratio ' +
        'within the turns.',
    )
    .requiredOption('--model <file>', 'ONNX file that takes z-scored windows of one lead, from pqrst train')
    .requiredOption('--data <dir>', 'a corpus of pqrst synth in the format npy')
    .option('--rounds <n>', 'number of turns', wholeNumber('--rounds', 1, 1000), 5)
    .option(
      '--threads <n>',
      'number of threads (default: the number of cores)',
      wholeNumber('--threads', 1, 1024),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst synth --classes normal,af --count 50000 --format npy --fs 100 --out records
  $ pqrst bench evaluate --model run/model.onnx --data records`,
    )
    .action(run<EvaluateOptions>(evaluate));
};

async function evaluate(options: EvaluateOptions, task: Task): Promise<Result> {
  const { model: modelPath, data: folder, rounds, threads } = options;
  const { benchEvaluate } = await import('../bench/evaluate.js');
  const progress = task.startProgress('bench evaluate');
  const onProgress = (done: number, total: number) => progress.update(done, total);
  const { signal } = task;
  const measured = await benchEvaluate({ modelPath, folder, rounds, threads, signal, onProgress }).finally(
    () => progress.stop(),
  );
  const facts = machine();
  const line = (name: string, { median, low, high }: Spread, unit: string) =>
    `  ${name.padEnd(12)}${median.toFixed(2)}${unit}  (${low.toFixed(2)}-${high.toFixed(2)})`;
  return {
    json: { ...facts, rounds, ...measured },
    text: [
      `pqrst ${facts.version}, ${facts.cpu}, Node ${facts.node}: ${measured.records} records, medians of ${rounds} turns`,
      line('bare loop', measured.bare, ' CPU s'),
      line('evaluate', measured.evaluate, ' CPU s'),
      line('ratio', measured.ratio, ''),
    ].join('\n'),
  };
}
