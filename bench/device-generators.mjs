// Compares a device with the CPU for the networks of the generators: does the gradient of one training step agree, how long
// does a step take on the device, and how long does a batch of records take? Needs a machine with the device; the second
// command tries the script on the CPU.
//   node bench/device-generators.mjs [--device cuda] [--size paper] [--networks diffwave,time-diffusion,tokenizer,prior]
//     [--batch 32] [--runs 5]
//   node bench/device-generators.mjs --device cpu --size small --batch 2 --runs 1
// The gradients are compared with a batch of two records. Set NVIDIA_TF32_OVERRIDE=0 for them: cuBLAS rounds products to 10
// bits otherwise.

import { parseArgs } from 'node:util';
import { openEngine } from '../dist/engine/open.js';
import { buildDenoiserProgram } from '../dist/generators/denoiser-program.js';
import { diffuse } from '../dist/generators/diffuse.js';
import { noiseSchedule } from '../dist/generators/noise-schedule.js';
import { predictTokens } from '../dist/generators/prior-objective.js';
import { orderedBatches } from '../dist/generators/records.js';
import { diffusionSampler } from '../dist/generators/sample-diffusion.js';
import { recordsPerBatch } from '../dist/generators/sample-records.js';
import { tokenize, tokenRecords } from '../dist/generators/tokenize.js';
import { pickState } from '../dist/model/program.js';
import { resolveDenoiser } from '../dist/nn/denoisers/index.js';
import { timeVqvae, tokenCounts } from '../dist/nn/tokenizer/time-vqvae.js';
import { median, timed } from './peer.mjs';

const { values: given } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    size: { type: 'string', default: 'paper' },
    networks: { type: 'string', default: 'diffwave,time-diffusion,tokenizer,prior' },
    batch: { type: 'string', default: '32' },
    runs: { type: 'string', default: '5' },
  },
});
const [batch, runs] = [Number(given.batch), Number(given.runs)];
const shape = { lengthSamples: 1000, leads: 1, labels: 2 };

/** Returns the objective of a network, a batch for it and, of a denoiser, its plan. */
async function workOf(network, count) {
  const signals = Float32Array.from({ length: count * 1000 }, (_, at) => Math.sin(at / 9));
  const labels = Int16Array.from({ length: count }, (_, at) => at % 2);
  const source = { ...shape, count, labelCounts: [1, 1], batchesPerEpoch: 1 };
  const sides = { training: source, validation: source };
  const record = { signals, labels: Float32Array.from(labels), count };
  if (network === 'tokenizer' || network === 'prior') {
    const plan = { ...shape, options: timeVqvae.sizes[given.size], seed: 1 };
    if (network === 'tokenizer') return { objective: tokenize(plan, sides), record };
    const { low } = tokenCounts(1000);
    const { codes: known } = timeVqvae.parse(plan.options);
    const codes = Int16Array.from({ length: count * 3 * low }, (_, at) => at % known);
    const stored = orderedBatches(tokenRecords({ codes, labels, lowTokens: low }, 2), count);
    const objective = predictTokens(plan, { training: stored, validation: stored });
    return { objective, record: await stored.batch(0, 0) };
  }
  const options = { ...resolveDenoiser(network).sizes[given.size], rhythm: 'learned' };
  const plan = { denoiser: network, options, ...shape, schedule: noiseSchedule(), seed: 1 };
  return { objective: diffuse(plan, sides), record, plan };
}

async function open(network, device, count) {
  const { objective, record, plan } = await workOf(network, count);
  const training = objective.buildTraining({ batch: count, seed: 1, clipNorm: 1, emaDecay: 0.999 });
  const engine = await openEngine({ device });
  const execution = await engine.load(training.program, training.initialState);
  let step = 0;
  const run = () => {
    step++;
    const settings = { learningRate: 1e-3, weightDecay: 1e-4, step };
    return execution.run(training.feeds({ ...objective.inputs(record, step), ...settings }));
  };
  const close = async () => {
    await execution.close();
    await engine.close();
  };
  return { ...training, engine, execution, plan, run, close };
}

/** The difference of the gradients of one step, as a part of the norm of the CPU's gradient. */
async function difference(network) {
  const sides = [];
  for (const device of ['cpu', given.device]) {
    const { run, execution, program, close } = await open(network, device, 2);
    await run();
    const state = await execution.getState();
    sides.push(program.derivative.wanted.map((name) => state.get(`adam.first.${name}`)));
    await close();
  }
  const squares = (of) =>
    sides[0].reduce(
      (sum, tensor, at) => sum + tensor.reduce((s, v, i) => s + of(v, sides[1][at][i]) ** 2, 0),
      0,
    );
  return Math.sqrt(squares((cpu, device) => cpu - device) / squares((cpu) => cpu));
}

console.log(
  `| network, ${given.size} | gradient, difference from the CPU | ms per step of ${batch} on ${given.device} | s per ${recordsPerBatch} records |`,
);
console.log('|---|---|---|---|');
for (const network of given.networks.split(',')) {
  const apart = await difference(network);
  const { run, initialState, engine, plan, close } = await open(network, given.device, batch);
  await run();
  const steps = [];
  for (let at = 0; at < runs; at++) steps.push((await timed(run)).wallMs);
  let sampling = '-';
  if (plan !== undefined) {
    const program = buildDenoiserProgram(plan);
    const execution = await engine.load(program, pickState(initialState, program));
    const sample = diffusionSampler({ plan, execution, seed: 1 });
    const request = (start) => ({ labels: [0, 1], start, count: recordsPerBatch });
    await sample(request(0));
    sampling = ((await timed(() => sample(request(recordsPerBatch)))).wallMs / 1000).toFixed(2);
    await execution.close();
  }
  await close();
  console.log(`| ${network} | ${apart.toExponential(1)} | ${median(steps).toFixed(1)} | ${sampling} |`);
}
