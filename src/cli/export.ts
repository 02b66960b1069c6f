// `pqrst export`: writes the model of a finished run as an ONNX file of another precision or with its preprocessing, and
// reports the difference.

import { plural } from '../base/text.js';
import { type Precision, precisions } from '../model/metadata.js';
import { oneOf, wholeNumber } from './options.js';
import { orInterrupted } from './signals.js';
import type { Register, Result, Task } from './task.js';

interface Options {
  precision: Precision;
  out: string;
  withPreprocessing?: boolean;
  data?: string;
  threads?: number;
}

export const registerExport: Register = (program, run) => {
  program
    .command('export')
    .summary('write the model of a finished run as an ONNX file of another precision, or for raw windows')
    .description(
      'Writes the weights of a finished run as an ONNX file and compares its outputs with those of the network. float16 halves ' +
        'the size of the file. int8 makes it even smaller: it multiplies matrices in integers and stores other weights as bytes. The output of an int8 ' +
        'file depends slightly on the other records of the batch. A file with preprocessing takes raw windows: it computes the filter of the run and the z-score itself.',
    )
    .argument('<run>', 'folder of pqrst train, or a folder in runs/ of an experiment')
    .option(
      '--precision <name>',
      `precision of the file: ${precisions.join(', ')}`,
      oneOf('--precision', precisions),
      'float32',
    )
    .option('--with-preprocessing', 'write a file that takes raw windows in mV [batch, leads, samples]')
    .requiredOption('--out <file>', 'ONNX file to write')
    .option('--data <kind:dir>', 'evaluate the file and the float32 model of the run on these records')
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1, 1024))
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst export run --precision float16 --out model16.onnx
  $ pqrst export run --with-preprocessing --out raw.onnx
  $ pqrst export run --precision int8 --out model8.onnx --data ptb-xl:ptb-xl --json`,
    )
    .action((folder: string, options: Options) =>
      run<Options>((given, task) => orInterrupted(task.signal, write(folder, given, task)))(options),
    );
};

async function write(folder: string, options: Options, task: Task): Promise<Result> {
  const { exportRun } = await import('../run/run-export.js');
  const { precision, out, withPreprocessing, data, threads } = options;
  const progress = task.startProgress('export');
  const { report, comparison } = await exportRun({
    run: folder,
    out,
    precision,
    withPreprocessing,
    data,
    threads,
    signal: task.signal,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  const { sizeBytes, maxDifference, maxProbabilityDifference, windows } = report;
  const text = [
    `${out}: ${precision}${withPreprocessing ? ' with preprocessing' : ''}, ${sizeBytes} bytes`,
    `against the network on ${plural(windows, 'window')}: logits differ by at most ${maxDifference.toExponential(1)}, ` +
      `probabilities by ${maxProbabilityDifference.toExponential(1)}`,
  ];
  if (comparison !== undefined) {
    const { source, positives, float32Auprc, auprc } = comparison;
    const held = positives === undefined ? '' : `, ${positives} positive`;
    text.push(
      `AUPRC on ${source} (${plural(comparison.windows, 'window')}${held}): ` +
        `float32 ${float32Auprc.value.toFixed(4)}, ${precision} ${auprc.value.toFixed(4)}`,
    );
  }
  return { json: { ...report, ...(comparison && { comparison }) }, text: text.join('\n') };
}
