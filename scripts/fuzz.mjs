// Tries damaged files on every parser of files: npm run fuzz -- [--count N] [--only NAME] [--seed N]
//
// The valid files come from the project. Each is damaged in a seeded way (test/helpers/mutants.ts): flipped bits, cuts,
// pieces of other files, repeated blocks, extreme numbers and sizes. A parser must return or throw a PqrstError, within
// 1 s of CPU time and 512 MiB of memory per input. Prints one line per parser. A failing input is saved under
// build/fuzz-failures, and the exit code is then 1. Input n of a parser depends on the seed and n alone.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const worker = join(root, 'build/fuzz/fuzz/worker.js');
const models = join(root, 'test/fixtures/onnx');
/** A parser that reads one input for this time is stopped. */
const stuckMs = 60_000;
const lookMs = 2000;

function wholeOf(name, text) {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`--${name} is "${text}"; expected a whole number`);
  process.exit(2);
}

function build() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  for (const project of ['tsconfig.json', 'test/fuzz/tsconfig.json']) {
    const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, project)], { stdio: 'inherit' });
    if (status !== 0) process.exit(1);
  }
}

/** Runs the worker; returns its exit and its output, and the number of the input that it stopped at. */
async function run(folder, ...values) {
  const child = spawn(process.execPath, [worker, ...values.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PQRST_FUZZ_FOLDER: folder },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  let [last, since, isStuck] = ['', Date.now(), false];
  const watch = setInterval(() => {
    const at = atOf(folder);
    if (at !== last) [last, since] = [at, Date.now()];
    else if (at !== '' && Date.now() - since > stuckMs) {
      isStuck = true;
      child.kill('SIGKILL');
    }
  }, lookMs);
  const status = await new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  clearInterval(watch);
  return { status, output, errors, isStuck };
}

function atOf(folder) {
  try {
    return readFileSync(join(folder, 'at'), 'utf8').trim();
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Tries one parser, prints its line and returns whether it passed. */
async function fuzz(path, seed, count) {
  const name = path.split('/')[1];
  const folder = mkdtempSync(join(tmpdir(), 'pqrst-fuzz-'));
  try {
    const { status, output, errors, isStuck } = await run(folder, path, seed, count, models, folder);
    const ended = isStuck
      ? `no end after ${stuckMs / 1000} s`
      : `the process ended with ${status}: ${errors.trim()}`;
    const found = status === 0 ? JSON.parse(output) : { failure: { at: atOf(folder), reason: ended } };
    if (found.accepted !== undefined) {
      const numbers = [
        `${found.accepted + found.refused} inputs`,
        `${found.accepted} accepted`,
        `${found.refused} refused`,
        `slowest ${Math.ceil(found.slowestMs)} ms`,
        `peak ${Math.max(0, Math.round(found.peakMib))} MiB`,
      ];
      console.log(`${name.padEnd(18)} ${numbers.join('  ')}`);
    }
    if (found.failure === undefined) return true;
    const { at, reason } = found.failure;
    if (at === '') {
      console.log(`${name.padEnd(18)} FAILED before its first input: ${reason}`);
      return false;
    }
    const saved = join(root, 'build/fuzz-failures', `${name}-${seed}-${at}`);
    mkdirSync(saved, { recursive: true });
    await run(folder, path, seed, count, models, saved, at);
    console.log(`${name.padEnd(18)} FAILED at input ${at}, saved in ${relative(root, saved)}: ${reason}`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const [count, seed] = [wholeOf('count', values.count), wholeOf('seed', values.seed)];
build();
const lists = mkdtempSync(join(tmpdir(), 'pqrst-fuzz-'));
const { output, errors } = await run(lists, 'list', seed, count, models, lists);
rmSync(lists, { recursive: true, force: true });
if (output === '') throw new Error(errors);
const names = JSON.parse(output);
const chosen = values.only === undefined ? names : names.filter((path) => path.split('/')[1] === values.only);
if (chosen.length === 0) {
  console.error(
    `--only is "${values.only}"; expected one of ${names.map((path) => path.split('/')[1]).join(', ')}`,
  );
  process.exit(2);
}
let failed = 0;
for (const name of chosen) if (!(await fuzz(name, seed, count))) failed++;
if (failed > 0) {
  console.log(`${failed} of ${chosen.length} parsers failed`);
  process.exitCode = 1;
}
