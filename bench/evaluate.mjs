// Compares `pqrst evaluate` with bare onnxruntime in Python on the same model and the same files (bench/evaluate.py), in
// turns. Prints CPU seconds of both processes, medians, and the ratio (1: equal; above 1: pqrst needs less).
//   node bench/evaluate.mjs --model run/model.onnx --data CORPUS [--python python3] [--rounds 5]

import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { median } from './peer.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
  },
});
const { model, data, python } = values;
const here = (name) => new URL(name, import.meta.url).pathname;

/** Runs a program that prints its CPU seconds first on its last line. */
function cpuSeconds(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return Number(stdout.trim().split('\n').at(-1).split(' ')[0]);
}

// The command as a user calls it. When it ends, it prints the CPU seconds of its process.
const ours = `
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    require('node:fs').writeSync(1, '\\n' + ((user + system) / 1e6).toFixed(3) + '\\n');
  });
  process.argv.splice(1, 0, ${JSON.stringify(here('../dist/cli/main.js'))});
  import(${JSON.stringify(here('../dist/cli/main.js'))});`;

const rounds = Array.from({ length: Number(values.rounds) }, () => {
  const bare = cpuSeconds(python, [here('evaluate.py'), model, data]);
  const args = ['evaluate', '--model', model, '--data', `corpus:${data}`, '--device', 'cpu', '--json'];
  const evaluated = cpuSeconds(process.execPath, ['-e', ours, '--', ...args]);
  console.log(
    `python ${bare.toFixed(2)} s, pqrst ${evaluated.toFixed(2)} s, ratio ${(bare / evaluated).toFixed(2)}`,
  );
  return { bare, evaluated };
});
const ratio = median(rounds.map(({ bare, evaluated }) => bare / evaluated));
console.log(
  `medians: python ${median(rounds.map((one) => one.bare)).toFixed(2)} s, ` +
    `pqrst ${median(rounds.map((one) => one.evaluated)).toFixed(2)} s, ratio ${ratio.toFixed(2)}`,
);
