// Compares a training step and the sampling of the denoisers with PyTorch: the same network, batch and number of threads,
// in turns in one run. Prints the median CPU time and elapsed time of each and the ratio of the CPU times.
//   node bench/generators.mjs [--denoisers diffwave,time-diffusion] [--batch 32] [--evaluations 25]
//     [--threads 2] [--repeats 7] [--python /usr/bin/python3]
// A training step: loss, gradients, clipping, AdamW and moving averages of the weights, with the draws of noise on our side.
// Sampling: 25 steps of the solver over one batch of 64 records, with the solver on our side. The peer evaluates the
// network as often.

import { parseArgs } from 'node:util';
import { onnxRuntimeEngine } from '../dist/engine/onnxruntime.js';
import { buildDenoiserGraph } from '../dist/generators/denoiser-program.js';
import { buildDiffusionTraining, diffuse } from '../dist/generators/diffuse.js';
import { noiseSchedule } from '../dist/generators/noise-schedule.js';
import { diffusionSampler } from '../dist/generators/sample-diffusion.js';
import { recordsPerBatch } from '../dist/generators/sample-records.js';
import { simplifyGraph } from '../dist/model/export.js';
import { toProgram } from '../dist/model/program.js';
import { resolveDenoiser } from '../dist/nn/denoisers/index.js';
import { openPeer, peerHeader, printRow } from './peer.mjs';

const { values: given } = parseArgs({
  options: {
    denoisers: { type: 'string', default: 'diffwave,time-diffusion' },
    batch: { type: 'string', default: '32' },
    evaluations: { type: 'string', default: '25' },
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '7' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
});
const [batch, evaluations, threads, repeats] = ['batch', 'evaluations', 'threads', 'repeats'].map((name) =>
  Number(given[name]),
);
const [lengthSamples, leads, labels] = [1000, 1, 2];

// The peer's networks do not take beats.
const options = { rhythm: 'learned' };

const engine = onnxRuntimeEngine();
console.log(peerHeader);
console.log('|---|---|---|---|---|---|---|');
for (const denoiser of given.denoisers.split(',')) {
  const plan = { denoiser, options, lengthSamples, leads, labels, schedule: noiseSchedule(), seed: 1 };
  const source = { leads, lengthSamples, count: batch, labelCounts: [1, 1], batchesPerEpoch: 1 };
  const objective = diffuse(plan, { training: source, validation: source });
  const training = { batch, seed: 1, clipNorm: 1, emaDecay: 0.999 };
  const { program, initialState, feeds } = buildDiffusionTraining(plan, training);
  const stepper = await engine.load(program, initialState, { threads });
  const signals = Float32Array.from({ length: batch * lengthSamples }, (_, at) => Math.sin(at / 9));
  const record = { signals, labels: Float32Array.from({ length: batch }, (_, at) => at % 2), count: batch };
  let step = 0;
  const train = () => {
    step++;
    const settings = { learningRate: 1e-3, weightDecay: 1e-4, step };
    return stepper.run(feeds({ ...objective.inputs(record, step), ...settings }));
  };
  const graph = await simplifyGraph(buildDenoiserGraph(plan, initialState), engine);
  const execution = await engine.load(toProgram(graph, []), new Map(), { threads });
  const sampler = diffusionSampler({ plan, execution, seed: 1, solver: { steps: evaluations } });
  let start = 0;
  const sample = () => {
    start += recordsPerBatch;
    return sampler({ labels: [0, 1], start, count: recordsPerBatch });
  };
  const wanted = new Set(program.derivative.wanted);
  const shapes = Object.fromEntries(
    program.state.filter(({ name }) => wanted.has(name)).map(({ name, shape }) => [name, shape]),
  );
  const make = {
    network: denoiser,
    options: resolveDenoiser(denoiser).parse(options),
    shapes,
    leads,
    lengthSamples,
  };
  for (const [work, ours, count, request] of [
    ['training step', train, batch, { run: 'step' }],
    ['sampling', sample, recordsPerBatch, { run: 'sample', evaluations }],
  ]) {
    const { ask, close } = openPeer(given.python, 'generators.py');
    await ask({ make: { ...make, batch: count, labels, threads } });
    await printRow(`${denoiser} | ${work} of ${count}`, { ours, request, ask, repeats });
    close();
  }
  await Promise.all([stepper.close(), execution.close()]);
}
await engine.close();
