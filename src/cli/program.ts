// Runs the command line as a function: it receives the words and returns the exit code. The file of each command
// declares its options and loads the other rooms when the command runs. Results are written to stdout, progress and
// errors to stderr.

import { Command, CommanderError } from 'commander';
import { PqrstError, suggest } from '../base/errors.js';
import { printable, shortened } from '../base/text.js';
import { packageVersion } from '../base/version.js';
import { registerBench } from './bench.js';
import { registerCalibrate } from './calibrate.js';
import { registerData } from './data.js';
import { registerDelineate } from './delineate.js';
import { registerEvaluate } from './evaluate.js';
import { registerExperiment } from './experiment.js';
import { registerExport } from './export.js';
import { registerFetch } from './fetch.js';
import { registerFidelity } from './fidelity.js';
import { registerGallery } from './gallery.js';
import { registerGenerate } from './generate.js';
import { registerInfo } from './info.js';
import { registerPlot } from './plot.js';
import { progressOn } from './progress.js';
import { registerRegenerate } from './regenerate.js';
import { registerStatus } from './status.js';
import { registerSubmit } from './submit.js';
import { registerSynth } from './synth.js';
import type { Runner, Terminal } from './task.js';
import { registerTrain } from './train.js';
import { registerTrainGenerator } from './train-generator.js';
import { registerVerify } from './verify.js';
import { registerWork } from './work.js';

/** The streams of the command line, and the signal that interrupts it. */
export interface MainOptions {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Interrupts the running command: it cleans up, and `main` returns 1. */
  readonly signal: AbortSignal;
}

/**
 * Runs the command line.
 *
 * @param argv - the words after `pqrst`: `['synth', '--count', '4', '--out', 'records']`.
 * @returns the exit code: 0 done, 1 failed or interrupted, 2 wrong usage, 3 done without records that cannot be read. No
 *   error is thrown. Errors are written to stderr and, with --json, also to stdout.
 */
export async function main(
  argv: readonly string[],
  { stdout, stderr, signal }: MainOptions,
): Promise<number> {
  const asJson = argv.includes('--json');
  let exitCode = 0;
  const say = (text: string) => void stderr.write(`${printable(withFlags(text, program))}\n`);
  const run: Runner = (work) => async (options) => {
    signal.throwIfAborted();
    const result = await work(options, { signal, startProgress: progressOn(stderr), say });
    stdout.write(`${printable(asJson ? JSON.stringify(result.json) : withFlags(result.text, program))}\n`);
    exitCode = result.exitCode ?? 0;
  };
  const program = new Command('pqrst').configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    outputError: () => undefined,
  });
  registerAll(program, run);
  try {
    await program.parseAsync(wordsOf(argv, program), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { code, message, exitCode } = describe(error, program, argv, signal);
    stderr.write(`pqrst: ${printable(message)} [${code}]\n`);
    if (asJson) stdout.write(`${printable(JSON.stringify({ error: { code, message } }))}\n`);
    return exitCode;
  }
}

/** Returns the words with the flag of what people also type: `version`, `-v`, and `help` of an unknown command. */
function wordsOf(argv: readonly string[], program: Command): string[] {
  const [first, second] = argv;
  if (argv.length === 1 && (first === 'version' || first === '-v')) return ['--version'];
  if (first !== 'help' || second === undefined || second.startsWith('-')) return [...argv];
  if (second === 'help') return ['--help'];
  const { command, words } = commandOf(program, argv.slice(1));
  const unknown = argv[1 + words.length];
  if (unknown === undefined || unknown.startsWith('-') || command.commands.length === 0) {
    return [...words, '--help'];
  }
  const names = command.commands.map((one) => one.name());
  throw new PqrstError(
    'ERR_OPTION',
    `unknown command "${[...words, unknown].join(' ')}"${suggest(unknown, names)}`,
  );
}

function registerAll(program: Command, run: Runner): void {
  program
    .description('Labelled synthetic ECGs, and the classifiers trained on them.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst synth --classes normal,af --count 1000 --seed 7 --out records
  $ pqrst plot --class af --seed 2 --out af.png
  $ pqrst train --task af --setting syn-real --data mitdb:mitdb --out run
  $ pqrst evaluate --model run/model.onnx --data ptb-xl:ptb-xl

pqrst COMMAND --help shows the options and examples of a command. PQRST_RAW_CSV=1 writes text of CSV files without the
apostrophe that keeps a spreadsheet from running it as a formula.`,
    );
  for (const register of [
    registerSynth,
    registerVerify,
    registerRegenerate,
    registerTrain,
    registerTrainGenerator,
    registerGenerate,
    registerEvaluate,
    registerExperiment,
    registerExport,
    registerFetch,
    registerData,
    registerDelineate,
    registerPlot,
    registerFidelity,
    registerCalibrate,
    registerGallery,
    registerInfo,
    registerSubmit,
    registerWork,
    registerStatus,
    registerBench,
  ]) {
    register(program, run);
  }
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

/** Returns the code, the message and the exit code for an error. */
function describe(error: unknown, program: Command, argv: readonly string[], signal: AbortSignal): Failure {
  if (signal.aborted) {
    const isStated = error instanceof PqrstError && error.code === 'ERR_INTERRUPTED';
    const message = isStated ? error.message : 'interrupted; no half-written file was left behind';
    return { code: 'ERR_INTERRUPTED', message: withFlags(message, program), exitCode: 1 };
  }
  if (error instanceof PqrstError) {
    return {
      code: error.code,
      message: withFlags(error.message, program),
      exitCode: error.isUsage ? 2 : 1,
    };
  }
  if (error instanceof CommanderError) {
    if (error.code === 'commander.help') {
      const message = 'a command is missing; the list above shows the commands';
      return { code: 'ERR_OPTION', message, exitCode: 2 };
    }
    return {
      code: 'ERR_OPTION',
      message: shortened(misspelt(program, argv) ?? oneLine(error, program, argv)),
      exitCode: 2,
    };
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'ERR_INTERNAL',
    message: `an internal error of pqrst occurred; please report it: ${trace}`,
    exitCode: 1,
  };
}

/** The flags of options that have another name in the library. */
const flagNames: Readonly<Record<string, string>> = { fsHz: '--fs', parts: '--shard', labelMap: '--map' };

/** Replaces the names of options, which the library writes in backticks (`fsHz`), by the flags of the commands. */
function withFlags(message: string, program: Command): string {
  const flags = new Set(program.commands.flatMap(({ options }) => options.map(({ long }) => long)));
  return message.replace(/`([a-z]\w*)`/g, (_, name: string) => {
    const flag = flagNames[name] ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return flags.has(flag) ? flag : name;
  });
}

/** Returns commander's message on one line, with its own suggestion or with the command whose help lists the options. */
function oneLine(error: CommanderError, program: Command, argv: readonly string[]): string {
  const message = error.message.replace(/^error: /, '');
  const suggested = message.replace(/\n\(Did you mean (.*)\?\)$/s, '; did you mean "$1"?');
  if (suggested !== message) return suggested;
  const { words } = commandOf(program, argv);
  return `${message.replace(/\.$/, '')}; ${['pqrst', ...words].join(' ')} --help shows what it takes`;
}

/** Returns the command that `argv` names, and the words that name it. */
function commandOf(
  program: Command,
  argv: readonly string[],
): { command: Command; words: readonly string[] } {
  let command = program;
  let count = 0;
  for (;;) {
    const next = command.commands.find((one) => one.name() === argv[count]);
    if (next === undefined) return { command, words: argv.slice(0, count) };
    command = next;
    count++;
  }
}

/**
 * Returns a message about the first unknown option; undefined if there is none. Commander itself reports a missing
 * option first, even if that option is present but misspelt.
 */
function misspelt(program: Command, argv: readonly string[]): string | undefined {
  const { command, words } = commandOf(program, argv);
  if (words.length === 0) return undefined;
  const known = [...command.options.flatMap(({ long }) => long ?? []), '--help'];
  const typed = argv.slice(words.length).filter((word) => word.startsWith('--'));
  const odd = typed.map((word) => word.split('=')[0]!).find((word) => !known.includes(word));
  if (odd === undefined) return undefined;
  return `pqrst ${words.join(' ')} has no option ${odd}${suggest(odd, known)}`;
}
