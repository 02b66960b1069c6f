// `pqrst submit`: cuts a large work into parts and puts them into a queue. `pqrst work` runs them.

import { Command } from 'commander';
import { plural } from '../base/text.js';
import type { EvaluateWork } from '../queue/evaluate-parts.js';
import type { Part } from '../queue/part.js';
import type { LabelMap } from '../signal/synonyms.js';
import { type ClassFileFlags, ownClassesOf } from './class-files.js';
import { registerEvaluate } from './evaluate.js';
import { addExperimentOptions, type ExperimentFlags, experimentConfig } from './experiment.js';
import { wholeNumber } from './options.js';
import { type QueueFlags, queueOption, withQueue } from './queue-options.js';
import { addSynthOptions, type SynthFlags, synthRequest } from './synth.js';
import type { Register, Result, Runner } from './task.js';

export const registerSubmit: Register = (program, run) => {
  const command = program
    .command('submit')
    .summary('put a corpus, an evaluation or an experiment into a queue, as parts')
    .description(
      'Cuts a large work into parts of some minutes and puts them into a queue. The workers of the queue (pqrst work) run them, on one machine or on many. Submitting the same work twice adds nothing, and starts its failed parts again.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst submit synth --count 10000000 --format npy --type int16 --out corpus --queue queue
  $ pqrst submit evaluate --model run/model.onnx --data corpus:corpus --out predictions --queue queue
  $ pqrst work --queue queue --until-empty
  $ pqrst status --queue queue`,
    );
  submitSynth(command, run);
  submitEvaluate(command, run);
  submitExperiment(command, run);
};

interface SynthOptions extends SynthFlags, QueueFlags {
  parts?: number;
  out: string;
}

function submitSynth(program: Command, run: Runner): void {
  addSynthOptions(
    program
      .command('synth')
      .summary('a corpus of synthetic records')
      .description('Puts the parts of a corpus into a queue. The options are those of pqrst synth.'),
  )
    .option(
      '--parts <n>',
      'number of parts (default: one per shard of the corpus)',
      wholeNumber('--parts', 1, 100_000),
    )
    .requiredOption('--out <dir>', 'folder of the corpus, which all workers can write')
    .addOption(queueOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The workers write into one folder, on a disk that all of them share. The part that ends last writes the manifest.

Examples:
  $ pqrst submit synth --count 10000000 --format npy --type int16 --out corpus --queue queue
  $ pqrst work --queue queue --until-empty
  $ pqrst submit synth --count 10000000 --format npy --parts 64 --out /data/corpus --queue redis://10.0.0.7`,
    )
    .action(
      run<SynthOptions>(async (options) => {
        const { synthParts } = await import('../queue/synth-parts.js');
        const request = { ...(await synthRequest(options)), parts: options.parts };
        return put(options, await synthParts({ request, out: options.out }));
      }),
    );
}

interface EvaluateFlags
  extends Omit<EvaluateWork, 'modelPath' | 'fsHz' | 'labelMap'>,
    ClassFileFlags,
    QueueFlags {
  model: string;
  fs?: number;
  map?: LabelMap;
  out: string;
}

/** Options of `pqrst evaluate` that a part states itself, or that belong to its worker. */
const notOfParts = [
  ...['--predictions', '--dump-inputs', '--out', '--format', '--shard', '--resume', '--json'],
  ...['--engine', '--device', '--tf-backend', '--threads'],
];

function submitEvaluate(program: Command, run: Runner): void {
  const command = program
    .command('evaluate')
    .summary('the predictions of a model for a corpus')
    .description(
      'Puts the parts of the evaluation of a corpus into a queue. The options are those of pqrst evaluate. The scores are those of pqrst evaluate --out DIR --resume with the same options, which reads the parts.',
    );
  const whole = new Command();
  registerEvaluate(whole, run);
  for (const option of whole.commands[0]!.options) {
    if (!notOfParts.includes(option.long ?? '')) command.addOption(option);
  }
  command
    .option('--format <name>', 'format of the predictions: parquet, csv (default: parquet)')
    .option(
      '--parts <n>',
      'number of parts (default: one per shard of the corpus)',
      wholeNumber('--parts', 1, 100_000),
    )
    .requiredOption('--out <dir>', 'folder of the predictions, which all workers can write')
    .addOption(queueOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst submit evaluate --model run/model.onnx --data corpus:corpus --out predictions --queue queue
  $ pqrst work --queue queue --until-empty`,
    )
    .action(
      run<EvaluateFlags>(async (options) => {
        const { evaluateParts } = await import('../queue/evaluate-parts.js');
        const { model, fs, map, classFile, queue: _queue, ...rest } = options;
        const own = await ownClassesOf({ ...(classFile && { classFile }) });
        const work = { ...rest, ...own, ...(map && { labelMap: map }), modelPath: model, fsHz: fs };
        delete (work as { json?: boolean }).json;
        return put(options, await evaluateParts(work));
      }),
    );
}

interface ExperimentOptions extends ExperimentFlags, QueueFlags {
  out: string;
}

function submitExperiment(program: Command, run: Runner): void {
  addExperimentOptions(
    program
      .command('experiment')
      .summary('an experiment, one part per search and run')
      .description(
        'Opens the records of an experiment and puts its searches, its runs and its report into a queue. The options are those of pqrst experiment.',
      ),
  )
    .requiredOption('--out <dir>', 'folder of the experiment, which all workers can write')
    .addOption(queueOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A run waits for the searches and runs that it starts from, and the report for all runs. Workers of one kind of processor
give the results of pqrst experiment; another kind changes the last bits of a training.

Examples:
  $ pqrst submit experiment --task af --arch lstm,s4 --data ptb-xl:/data/ptb-xl --fs 100 --out /data/af --queue redis://10.0.0.7
  $ pqrst submit experiment --config exp.json --out exp --queue queue`,
    )
    .action(
      run<ExperimentOptions>(async (options, task) => {
        const { experimentParts } = await import('../queue/experiment-parts.js');
        const config = await experimentConfig(options);
        return put(options, await experimentParts({ config, out: options.out, signal: task.signal }));
      }),
    );
}

async function put(options: QueueFlags & { readonly out: string }, parts: readonly Part[]): Promise<Result> {
  const { name, counts } = await withQueue(options, true, async (store) => ({
    name: store.name,
    counts: await store.put(parts),
  }));
  const { added, known, again } = counts;
  const rest = [
    ...(known > 0 ? [`${known} were there already`] : []),
    ...(again > 0 ? [`${again} failed and start again`] : []),
  ];
  return {
    json: { queue: name, out: options.out, parts: parts.length, ...counts },
    text: [`${plural(added, 'part')} added to ${name}`, ...rest].join('; '),
  };
}
