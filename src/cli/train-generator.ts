// `pqrst train-generator`: trains a learned generator of records.

import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import { type SplitKind, splitKinds } from '../batches/splits.js';
import {
  type GeneratorName,
  type GeneratorSize,
  generatorNames,
  generatorSizes,
} from '../generators/kind.js';
import { type BaseSetting, baseSettings } from '../run/settings.js';
import { defaultPreset } from '../signal/defaults.js';
import { type ClassFileFlags, classFileOption, ownClassesOf } from './class-files.js';
import { addEngineOptions, type EngineFlags } from './engine-options.js';
import { archOption, decimal, oneOf, seed, taskName, wholeNumber } from './options.js';
import { exitCodeOf, type Skipped, strictOption } from './skipped.js';
import type { Register, Result, Task } from './task.js';
import { trainingProgress } from './training-progress.js';
import { type WindowFlags, windowOptions } from './window-options.js';

interface Options extends EngineFlags, WindowFlags, ClassFileFlags {
  kind: GeneratorName;
  task: string;
  setting: BaseSetting;
  size?: GeneratorSize;
  option?: Readonly<Record<string, number | string | boolean>>;
  data?: string;
  split?: SplitKind;
  preset?: string;
  seed: number;
  steps?: number;
  batch?: number;
  lr?: number;
  syntheticCount?: number;
  resume?: boolean;
  strict?: boolean;
  out: string;
}

export const registerTrainGenerator: Register = (program, run) => {
  const windows = windowOptions();
  const command = program
    .command('train-generator')
    .summary('train a learned generator of labelled records')
    .description(
      'Trains a network that makes new records of the labels of a task. It learns the training patients of the same split that pqrst train uses, and never sees the test patients.',
    )
    .requiredOption('--kind <name>', `kind: ${generatorNames.join(', ')}`, oneOf('--kind', generatorNames))
    .requiredOption(
      '--task <name>',
      'labels to learn, as in pqrst train: af, POSITIVE:NEGATIVE, A+B+C',
      taskName,
    )
    .option(
      '--setting <name>',
      'records to learn: real, syn (the simulator), or syn-real (the simulator first, then real records)',
      oneOf('--setting', baseSettings),
      'real',
    )
    .option(
      '--size <name>',
      `size of the networks: ${generatorSizes.join(', ')} (default: small; paper needs a GPU)`,
      oneOf('--size', generatorSizes),
    )
    .option(
      '--option <name=value>',
      'hyper-parameter in place of that of the size; may be repeated',
      archOption,
    )
    .option('--data <kind:dir>', 'data sets as KIND:DIR, separated by commas, as in pqrst train')
    .option(
      '--split <name>',
      `how training, validation and test sides are separated: ${splitKinds.join(', ')} (default: patients)`,
      oneOf('--split', splitKinds),
    )
    .option('--preset <name>', `preset of the simulator (default: ${defaultPreset})`)
    .addOption(classFileOption())
    .option('--seed <n>', 'seed of weights, split and synthetic records', seed, 0)
    .option('--fs <hz>', 'sampling rate of the records in Hz (default: 100)', decimal('--fs', 50, 4000))
    .addOption(windows.seconds)
    .addOption(windows.leads)
    .addOption(windows.filter)
    .addOption(windows.map)
    .option(
      '--steps <n>',
      'steps of each phase (default: that of the kind and size)',
      wholeNumber('--steps', 1, 1e7),
    )
    .option('--batch <n>', 'records per step (default: that of the kind)', wholeNumber('--batch', 2, 4096))
    .option('--lr <x>', 'highest learning rate (default: that of the kind)', decimal('--lr', 1e-9, 1))
    .option(
      '--synthetic-count <n>',
      'records of the simulator to learn; a quarter as many validate (default: 4096)',
      wholeNumber('--synthetic-count', 4, 1e6),
    )
    .addOption(strictOption())
    .option(
      '--resume',
      'continue from the checkpoints in --out; an empty or missing folder begins from the start',
    )
    .requiredOption(
      '--out <dir>',
      'folder of the generator: generator.json, ONNX files, curve.csv, checkpoints',
    )
    .option('--json', 'print the result as JSON');
  addEngineOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst train-generator --kind diffwave --task af --data ptb-xl:ptb-xl --out af-generator
  $ pqrst train-generator --kind time-vqvae --task normal+af+sbrad --data ptb-xl:ptb-xl --out tokens
  $ pqrst train-generator --kind diffwave --task aflt --setting syn-real --data ptb-xl:ptb-xl --out flutter
  $ pqrst generate af-generator --count 10000 --out made`,
    )
    .action(run<Options>(trainGeneratorCommand));
};

async function trainGeneratorCommand(options: Options, task: Task): Promise<Result> {
  const { trainGenerator } = await import('../generators/train-generator.js');
  const { out, data, resume, strict, engine, device, tfBackend, threads, option, fs, lr, map } = options;
  const progress = trainingProgress(
    task,
    '',
    'choose fewer --steps; a generator of the default size needs an hour or two',
  );
  let skipped: Skipped = { skipped: [] };
  const file = await trainGenerator(
    {
      ...{ kind: options.kind, task: options.task, setting: options.setting, seed: options.seed },
      ...(await ownClassesOf(options)),
      ...{ size: options.size, options: option, preset: options.preset, split: options.split },
      ...{ seconds: options.seconds, leads: options.leads, filter: options.filter },
      ...{ steps: options.steps, batch: options.batch, syntheticCount: options.syntheticCount },
      ...(fs !== undefined && { fsHz: fs }),
      ...(lr !== undefined && { learningRate: lr }),
      ...(map && { labelMap: map }),
    },
    {
      ...{ out, data, resume, strict, engine, device, tfBackend, threads, signal: task.signal },
      onEvent: (event) => {
        if (event.kind === 'data') {
          skipped = event;
          for (const { name, training } of event.stages) {
            const counts = event.labels.map((label, at) => `${training[at]} ${label}`);
            task.say(`${name}: learns ${counts.join(', ')}`);
          }
        }
        if (event.kind === 'phase') {
          task.say(`${event.phase}: ${plural(event.steps, 'step')}, ${event.parameters} weights`);
          return;
        }
        progress.onEvent(event);
      },
    },
  )
    .catch((error: unknown) => {
      throw task.signal.aborted ? interrupted(error) : error;
    })
    .finally(progress.stop);
  const last = file.curve.at(-1);
  return {
    json: { out, ...file },
    text: [
      `${file.kind} (${file.size}, ${file.parameters} weights) of ${file.labels.join(', ')} in ${out}`,
      ...(last === undefined
        ? []
        : [`  ${plural(last.step, 'step')}, validation loss ${last.valLoss?.toFixed(4) ?? '-'} at the end`]),
      `  next: pqrst generate ${out} --count 1000 --out made`,
    ].join('\n'),
    exitCode: exitCodeOf(skipped),
  };
}

function interrupted(cause: unknown): PqrstError {
  return new PqrstError(
    'ERR_INTERRUPTED',
    'interrupted; the checkpoint of the last validation is kept: repeat the command with --resume to continue from it',
    { cause },
  );
}
