// Compares a training step of TimeVQVAE's tokenizer and prior with PyTorch: the same network, batch and number of threads,
// in turns in one run. Prints the median CPU time and elapsed time of each and the ratio of the CPU times. Then prints the
// time of a batch of 64 sampled records, which has no peer: the peer's decoding would be other code.
//   node bench/tokens.mjs [--size small] [--batch 32] [--threads 2] [--repeats 5] [--python /usr/bin/python3]
// A training step: loss, gradients, clipping, AdamW and moving averages of the weights, with all draws on our side.

import { parseArgs } from 'node:util';
import { onnxRuntimeEngine } from '../dist/engine/onnxruntime.js';
import { predictTokens } from '../dist/generators/prior-objective.js';
import { orderedBatches } from '../dist/generators/records.js';
import { recordsPerBatch } from '../dist/generators/sample-records.js';
import { tokenSampler } from '../dist/generators/sample-tokens.js';
import { buildPriorGraph, buildTokenizerGraph } from '../dist/generators/token-programs.js';
import { tokenize, tokenRecords } from '../dist/generators/tokenize.js';
import { simplifyGraph } from '../dist/model/export.js';
import { toProgram } from '../dist/model/program.js';
import { timeVqvae, tokenCounts } from '../dist/nn/tokenizer/time-vqvae.js';
import { median, openPeer, peerHeader, printRow, timed } from './peer.mjs';

const { values: given } = parseArgs({
  options: {
    size: { type: 'string', default: 'small' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '5' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
});
const [batch, threads, repeats] = ['batch', 'threads', 'repeats'].map((name) => Number(given[name]));
const plan = { lengthSamples: 1000, labels: 2, options: timeVqvae.sizes[given.size], seed: 1 };
const values = timeVqvae.parse(plan.options);
const counts = tokenCounts(plan.lengthSamples);

const engine = onnxRuntimeEngine();
const signals = Float32Array.from({ length: batch * plan.lengthSamples }, (_, at) => Math.sin(at / 9));
const records = { leads: 1, lengthSamples: 1000, count: batch, labelCounts: [1, 1], batchesPerEpoch: 1 };
const labels = Int16Array.from({ length: batch }, (_, at) => at % 2);
const codes = Int16Array.from({ length: batch * 3 * counts.low }, (_, at) => at % values.codes);
const stored = orderedBatches(tokenRecords({ codes, labels, lowTokens: counts.low }, 2), batch);
const works = {
  tokenizer: {
    objective: tokenize(plan, { training: records, validation: records }),
    record: { signals, labels: Float32Array.from(labels), count: batch },
  },
  prior: {
    objective: predictTokens(plan, { training: stored, validation: stored }),
    record: await stored.batch(0, 0),
  },
};
const trained = new Map();
console.log(peerHeader);
console.log('|---|---|---|---|---|---|---|');
for (const [network, { objective, record }] of Object.entries(works)) {
  const options = { batch, seed: 1, clipNorm: 1, emaDecay: 0.999 };
  const { program, initialState, feeds } = objective.buildTraining(options);
  for (const [name, value] of initialState) trained.set(name, value);
  const stepper = await engine.load(program, initialState, { threads });
  let step = 0;
  const train = () => {
    step++;
    const settings = { learningRate: 1e-3, weightDecay: 1e-4, step };
    return stepper.run(feeds({ ...objective.inputs(record, step), ...settings }));
  };
  const isWeight = new Set(program.derivative.wanted);
  const slots = program.state.filter(({ name }) => !/^(adam|ema)\./.test(name));
  const feedOf = ({ name, type, shape }) => {
    if (type !== 'int64') return { shape, uniform: /mask|uniform|counts/.test(name) };
    return { shape, below: name.endsWith('.revive') ? batch * counts.low : values.codes };
  };
  const ports = [...slots.filter(({ name }) => !isWeight.has(name)), ...program.inputs];
  const { ask, close } = openPeer(given.python, 'tokens.py');
  await ask({
    make: {
      network,
      options: values,
      weights: Object.fromEntries(
        slots.filter(({ name }) => isWeight.has(name)).map((slot) => [slot.name, slot.shape]),
      ),
      feeds: Object.fromEntries(ports.map((port) => [port.name, feedOf(port)])),
      threads,
    },
  });
  const work = { ours: train, request: { run: 'step' }, ask, repeats };
  await printRow(`${network} | training step of ${batch}`, work);
  close();
  await stepper.close();
}
const graphs = [
  buildPriorGraph('lowPrior', plan, trained),
  buildPriorGraph('highPrior', plan, trained),
  buildTokenizerGraph('decoder', plan, trained),
];
const [low, high, decoder] = await Promise.all(
  graphs.map(async (graph) =>
    engine.load(toProgram(await simplifyGraph(graph, engine), []), new Map(), { threads }),
  ),
);
const sample = tokenSampler({ plan, priors: { low, high }, decoder, seed: 1 });
const made = [];
for (let round = 0; round < 3; round++) {
  made.push(
    await timed(() => sample({ labels: [0, 1], start: round * recordsPerBatch, count: recordsPerBatch })),
  );
}
const time = (what) => median(made.map((one) => one[what])).toFixed(0);
console.log(`| both | sampling of ${recordsPerBatch} | ${time('cpuMs')} | - | - | ${time('wallMs')} | - |`);
await Promise.all([low, high, decoder].map((execution) => execution.close()));
await engine.close();
