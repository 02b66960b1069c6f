#!/usr/bin/env node
// The command line `pqrst`: words in, exit code out. It reads no record and trains no model itself; each command's
// file says which options it takes and loads the rest of the house only when it runs.
// Exit 0 done, 1 failed, 2 usage, 130 interrupted. Results go to stdout, progress and complaints to stderr.

import { Command, CommanderError } from 'commander';
import { PqrstError, suggest } from '../base/errors.js';
import { writeError } from '../base/files.js';
import { packageVersion } from '../base/version.js';
import { registerBench } from './bench.js';
import { registerData } from './data.js';
import { registerEvaluate } from './evaluate.js';
import { registerExperiment } from './experiment.js';
import { registerExport } from './export.js';
import { registerFetch } from './fetch.js';
import { registerInfo } from './info.js';
import { registerPlot } from './plot.js';
import { startProgress } from './progress.js';
import { registerRegenerate } from './regenerate.js';
import { registerSynth } from './synth.js';
import type { Runner } from './task.js';
import { registerTrain } from './train.js';
import { registerVerify } from './verify.js';

const asJson = process.argv.includes('--json');
const interruption = new AbortController();

const say = (text: string) => process.stderr.write(`${text}\n`);
const run: Runner = (work) => async (options) => {
  const result = await work(options, { signal: interruption.signal, startProgress, say });
  process.stdout.write(asJson ? `${JSON.stringify(result.json)}\n` : `${result.text}\n`);
};

const program = new Command('pqrst')
  .description('Labelled synthetic ECGs, and the classifiers trained on them.')
  .version(packageVersion(), '-V, --version', 'print the version')
  .exitOverride()
  .configureOutput({ outputError: () => undefined })
  .addHelpText(
    'after',
    `
Examples:
  $ pqrst synth --classes normal,af --count 1000 --seed 7 --out records
  $ pqrst plot --class af --seed 7 --out af.png
  $ pqrst train --task af --setting syn-real --data mitdb:mitdb --out run
  $ pqrst evaluate --model run/model.onnx --data ptb-xl:ptb-xl

pqrst COMMAND --help shows the options and examples of a command.`,
  );
for (const register of [
  registerSynth,
  registerVerify,
  registerRegenerate,
  registerTrain,
  registerEvaluate,
  registerExperiment,
  registerExport,
  registerFetch,
  registerData,
  registerPlot,
  registerInfo,
  registerBench,
]) {
  register(program, run);
}

for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  // The running work cleans up and rejects. Later signals change nothing: npm and a terminal both send one.
  process.on(name, () => {
    process.exitCode = code;
    interruption.abort(new DOMException(`interrupted by ${name}`, 'AbortError'));
  });
}

// A reader that went away (`| head`) has what it wanted; any other failure of stdout loses the result. Progress that
// nobody can read stops no work.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.exitCode = 1;
  process.stderr.write(`pqrst: ${writeError('to stdout', error).message} [ERR_WRITE]\n`);
});
process.stderr.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError && error.exitCode === 0)) fail(error);
}

function fail(error: unknown): void {
  const { code, message, exitCode } = describe(error);
  process.exitCode ??= exitCode;
  process.stderr.write(`pqrst: ${message} [${code}]\n`);
  if (asJson) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
}

function describe(error: unknown): { code: string; message: string; exitCode: number } {
  if (interruption.signal.aborted) {
    const isTold = error instanceof PqrstError && error.code === 'ERR_INTERRUPTED';
    const message = isTold ? error.message : 'interrupted; no half-written file was left behind';
    return { code: 'ERR_INTERRUPTED', message, exitCode: 1 };
  }
  if (error instanceof PqrstError) {
    return { code: error.code, message: error.message, exitCode: error.isUsage ? 2 : 1 };
  }
  if (error instanceof CommanderError) {
    if (error.code === 'commander.help') {
      return { code: 'ERR_OPTION', message: 'a command is missing; the list above has them', exitCode: 2 };
    }
    return { code: 'ERR_OPTION', message: misspelt() ?? sentence(error), exitCode: 2 };
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'ERR_INTERNAL', message: `this should not have happened: ${trace}`, exitCode: 1 };
}

/** commander's complaint on one line. */
function sentence(error: CommanderError): string {
  return error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/s, '; did you mean "$1"?');
}

/** The first unknown option; commander would name a missing one first, though it may be there misspelt. */
function misspelt(): string | undefined {
  const words = process.argv.slice(2);
  const nextOf = (command: Command) => command.commands.find((one) => one.name() === words[0]);
  let command = nextOf(program);
  if (command === undefined) return undefined;
  for (let next: Command | undefined = command; next !== undefined; next = nextOf(command)) {
    command = next;
    words.shift();
  }
  const known = [...command.options.flatMap(({ long }) => long ?? []), '--help'];
  const typed = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]!);
  const odd = typed.find((word) => !known.includes(word));
  if (odd === undefined) return undefined;
  const name = process.argv.slice(2, -words.length).join(' ');
  return `pqrst ${name} has no option ${odd}${suggest(odd, known)}`;
}
