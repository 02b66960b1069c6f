// Compares a device with the CPU, one architecture per row: do the gradients of one training step agree, and how long
// does a step take on the device? Needs a machine with the device; the second command tries the script on the CPU.
//   node bench/device.mjs [--device cuda] [--archs a,b] [--length 5000] [--batch 256] [--steps K] [--runs 3]
//     [--gradients] [--json]
//   node bench/device.mjs --device cpu --archs gru --length 200 --batch 4 --steps 2 --runs 1
//   --steps      training steps in one call of the engine (default: what the engine recommends for the device)
//   --runs       timed calls; the fastest counts
//   --gradients  only compares the gradients and measures no time
// Separate processes measure each row, so that a failure of one architecture shows in its own row only. The gradients
// are compared with a batch of at most 4 records of at most 1,000 samples, and with TF32 off: it rounds products to 10
// bits, and cuBLAS and cuDNN use it by default. The times are measured with TF32 on, as in a training, and do not
// include the preparation of the inputs.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomStream } from '../dist/base/random.js';
import { openEngine } from '../dist/engine/open.js';
import { architectures } from '../dist/nn/models/index.js';
import { buildClassifierTraining } from '../dist/objectives/classify.js';

const { values: given } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    archs: { type: 'string', default: Object.keys(architectures).join(',') },
    length: { type: 'string', default: '5000' },
    batch: { type: 'string', default: '256' },
    steps: { type: 'string' },
    runs: { type: 'string', default: '3' },
    gradients: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** Internal: what a child process measures, `gradients` or `speed`. */
    part: { type: 'string' },
  },
});
const [length, batch, runs] = [Number(given.length), Number(given.batch), Number(given.runs)];
const { device } = given;

if (given.part === undefined) await table();
else
  console.log(
    JSON.stringify(given.part === 'speed' ? await speed(given.archs) : await gradients(given.archs)),
  );

async function table() {
  const engine = await openEngine({ device });
  await engine.close();
  const card = cardName();
  const rows = given.archs.split(',').map((arch) => {
    const row = { arch, ...child(arch, 'gradients', { NVIDIA_TF32_OVERRIDE: '0' }) };
    const whole = given.gradients || row.error !== undefined ? row : { ...row, ...child(arch, 'speed', {}) };
    process.stderr.write(`${JSON.stringify(whole)}\n`);
    return whole;
  });
  if (given.json) {
    console.log(JSON.stringify(rows));
    return;
  }
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${date}, ${card}, device ${device}; batch ${batch}, length ${length}\n`);
  console.log(
    '| architecture | gradient, difference from the CPU | difference by one bit of the ECG | ms per step | steps per call | records/s |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const { arch, error, worst, worstName, oneBit, msPerStep, stepsPerRun } of rows) {
    const time =
      msPerStep === undefined
        ? ['-', '-', '-']
        : [msPerStep.toFixed(1), stepsPerRun, Math.round((1000 * batch) / msPerStep)];
    const gradient = worst === undefined ? '-' : `${worst.toExponential(1)} (${worstName})`;
    const outcome = error === undefined ? gradient : `${gradient}; ${error}`;
    console.log(`| ${[arch, outcome, oneBit?.toExponential(1) ?? '-', ...time].join(' | ')} |`);
  }
  const isOff = rows.some(
    ({ error, worst, oneBit }) => error !== undefined || !(worst < Math.max(1e-3, 10 * oneBit)),
  );
  if (isOff)
    console.log(
      '\nA measurement failed, or a gradient differs by more than 1e-3 and by more than ten times its change by one bit of the ECG.',
    );
  process.exitCode = isOff ? 1 : 0;
}

/** Measures a part of a row in a child process. Returns its values, or `{ error }` with the message of the failure. */
function child(arch, part, env) {
  const words = [...process.argv.slice(2), '--part', part, '--archs', arch];
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), ...words],
    { env: { ...process.env, ...env }, encoding: 'utf8' },
  );
  if (status === 0) return JSON.parse(stdout);
  const message = stderr.split('\n').findLast((line) => /Error( \[\w+\])?: /.test(line));
  return { error: `${part}: ${signal ?? message?.trim().slice(0, 300) ?? `ended with ${status}`}` };
}

/**
 * Runs one step from the same initial weights on the device and on the CPU and returns the difference of the gradients.
 * `oneBit` is the scale to judge it by: the change of the gradient on the CPU when every sample of the ECG changes by
 * about its last bit. It is large for deep networks with batch norm over few values.
 */
async function gradients(arch) {
  const sizes = { batch: Math.min(batch, 4), lengthSamples: Math.min(length, 1000) };
  const { program, initialState, feeds } = buildClassifierTraining({ arch, ...sizes, seed: 1 });
  const input = stepInput(sizes, 1);
  const stream = randomStream(5, 'device', 'nudge');
  const nudged = {
    ...input,
    ecg: input.ecg.map((value) => value * (1 + (stream.uniform() - 0.5) * 2 ** -22)),
  };
  const gradientsOn = async (on, given) => {
    const engine = await openEngine({ device: on });
    const execution = await engine.load(program, initialState);
    await execution.run(feeds(given));
    const state = await execution.getState();
    await execution.close();
    await engine.close();
    // After one step, the first moment of AdamW is a tenth of the gradient.
    return program.derivative.wanted.map((name) => ({ name, values: state.get(`adam.first.${name}`) }));
  };
  const theirs = await gradientsOn('cpu', input);
  const { worst: oneBit } = apart(await gradientsOn('cpu', nudged), theirs);
  return { ...apart(await gradientsOn(device, input), theirs), oneBit };
}

/** Returns the largest relative difference of a tensor, its name, and the relative difference of the whole gradient. */
function apart(ours, theirs) {
  const norms = theirs.map(({ values }) => norm(values));
  const wholeNorm = Math.hypot(...norms);
  let [worst, worstName, square] = [0, '-', 0];
  for (const [at, { name, values }] of ours.entries()) {
    const distance = norm(values.map((value, i) => value - theirs[at].values[i]));
    square += distance ** 2;
    // Some gradients are zero except for rounding, such as that of the bias of the attention keys. Their differences
    // are therefore divided by a part of the norm of the whole gradient.
    const relative = distance / Math.max(norms[at], 1e-3 * wholeNorm);
    if (!(relative <= worst)) [worst, worstName] = [relative, name];
  }
  return { worst, worstName, whole: Math.sqrt(square) / wholeNorm };
}

/** Returns the milliseconds per step of the fastest of several calls, after one call that is not timed. */
async function speed(arch) {
  const engine = await openEngine({ device });
  const stepsPerRun = Number(given.steps ?? engine.stepsPerRun ?? 1);
  const sizes = { batch, lengthSamples: length };
  const plan = { arch, ...sizes, seed: 1, severalSteps: stepsPerRun > 1 };
  const { program, initialState, feeds } = buildClassifierTraining(plan);
  const execution = await engine.load(program, initialState);
  const steps = Array.from({ length: stepsPerRun }, (_, at) => stepInput(sizes, at + 1));
  const fed = feeds(...steps);
  const times = [];
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    await execution.run(fed);
    if (run > 0) times.push(performance.now() - start);
  }
  await execution.close();
  await engine.close();
  return { msPerStep: Math.min(...times) / stepsPerRun, stepsPerRun };
}

function stepInput({ batch, lengthSamples }, step) {
  const stream = randomStream(5, 'device', batch, lengthSamples, step);
  return {
    ecg: Float32Array.from({ length: batch * lengthSamples }, () => stream.normal()),
    label: Float32Array.from({ length: batch }, (_, at) => at % 2),
    positiveWeight: 2.5,
    learningRate: 2e-4,
    step,
  };
}

function norm(values) {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function cardName() {
  if (device !== 'cuda') return `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} threads`;
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  return execFileSync('nvidia-smi', query, { encoding: 'utf8' }).trim().split('\n')[0];
}
