// `pqrst calibrate`: fits a class of the simulator to real records, and writes a class file.

import { basename } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import type { CalibratedClass } from '../calibrate/calibrate.js';
import { alignedRows, shapeOf, show } from './fidelity.js';
import { expectNewFile } from './new-file.js';
import { repeated, seed, wholeNumber } from './options.js';
import { stepsOf } from './progress.js';
import { exitCodeOf, skippedLines } from './skipped.js';
import type { Register, Result, Task } from './task.js';
import { type WindowFlags, windowOptions } from './window-options.js';

interface Options extends WindowFlags {
  data: readonly string[];
  label: string;
  class?: string;
  out: string;
  budget: number;
  seed: number;
}

export const registerCalibrate: Register = (program, run) => {
  const windows = windowOptions();
  program
    .command('calibrate')
    .summary('fit a class of the simulator to your own records, and write a class file')
    .description(
      'Measures real records of one label and one lead, moves the laws of a shipped class until synthetic records ' +
        'measure the same, and writes them as a class file for --class-file of synth, train and experiment. Half of the ' +
        'patients are held back, and both classes are compared with them. The class file holds laws, such as the median of ' +
        'the RR interval with four digits; it holds no signal, name or time of a patient.',
    )
    .requiredOption('--data <kind:dir>', 'data set with real records, as KIND:DIR; may be repeated', repeated)
    .requiredOption('--label <name>', 'class or label of the records, such as normal, af or an SCP code')
    .option('--class <name>', 'shipped class to start from (default: the label)')
    .option(
      '--out <file>',
      'class file to write; its name without .json is the name of the class',
      'fitted.json',
    )
    .option('--budget <n>', 'number of simulations of 300 records', wholeNumber('--budget', 2, 10_000), 150)
    .option('--seed <n>', 'chooses the records that are held back and the synthetic records', seed, 0)
    .addOption(windows.fs)
    .addOption(windows.seconds)
    .addOption(windows.leads)
    .addOption(windows.filter)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst calibrate --data ptb-xl:ptb-xl --label normal --filter 0.5-40 --out my-normal.json
  $ pqrst fidelity --real ptb-xl:ptb-xl --synthetic class:my-normal.json --label normal --filter 0.5-40
  $ pqrst synth --classes my-normal --class-file my-normal.json --count 1000 --out made`,
    )
    .action(run<Options>(fit));
};

async function fit(options: Options, task: Task): Promise<Result> {
  const { data, label, out, budget, seed } = options;
  if (!out.endsWith('.json')) {
    throw new PqrstError('ERR_OPTION', `--out must name a file that ends with .json, got "${out}"`);
  }
  await expectNewFile(out);
  const name = basename(out, '.json');
  const shape = shapeOf(options);
  const { labelledRecords } = await import('../fidelity/sources.js');
  const { calibrate } = await import('../calibrate/calibrate.js');
  const { writeFileAtomic } = await import('../base/files.js');
  const { onStep, stop } = stepsOf(task);
  try {
    const real = await labelledRecords(data, {
      ...{ label, ...shape },
      signal: task.signal,
      onProgress: (done, total) => onStep('read the real records', done, total),
    });
    const found = await calibrate(real, {
      ...{ label: options.class ?? label, name, title: `${label}, fitted to records`, lead: shape.lead },
      ...{ filter: shape.filter, seed, budget, signal: task.signal },
      onTrial: (done, total) => onStep('fit the class (simulations)', done, total),
    });
    stop();
    for (const line of skippedLines({ ...real, notes: found.after.notes })) task.say(line);
    task.signal.throwIfAborted();
    await writeFileAtomic(out, `${JSON.stringify(found.classFile, null, 2)}\n`);
    const { loss, fitted, held, before, after } = found;
    const json = { file: out, name, loss, fitted, held, before, after };
    return { json, text: textOf(found, label, out), exitCode: exitCodeOf(real) };
  } finally {
    stop();
  }
}

function textOf(
  { classFile, loss, fitted, held, before, after }: CalibratedClass,
  label: string,
  out: string,
): string {
  const floors = new Map(after.rows.map(({ key, floor }) => [key, floor]));
  const rows = before.rows
    .filter(({ key }) => key.startsWith('w1.') || /^features\.(mmd|coverage|logistic|nearest)$/.test(key))
    .map(({ key, name, made }) => {
      const now = after.rows.find((row) => row.key === key);
      return [
        name,
        show(made.value),
        show(now?.made.value ?? Number.NaN),
        show(floors.get(key) ?? Number.NaN),
      ];
    });
  const head = ['on the records held back', 'before', 'after', 'floor'];
  return [
    `fitted to ${plural(fitted.records, 'record')} of ${plural(fitted.patients, 'patient')}; held back: ` +
      `${plural(held.records, 'record')} of ${plural(held.patients, 'patient')}`,
    `distance that the fit lowers, on its own records: ${show(loss.before)} before, ${show(loss.after)} after`,
    '',
    ...alignedRows([head, ...rows]),
    '',
    `${out}: the class ${classFile.name} with ${plural(Object.keys(classFile.numbers).length, 'law')} that differ from ${label}`,
  ].join('\n');
}
