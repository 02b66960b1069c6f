// What the trainer costs beside the engine: a step of ResNet-18 as the trainer drives it (synthetic batches made,
// augmented and handed over while the engine works) against the time inside the engine alone, which is its ceiling.
// node bench/train-step.mjs [batch 32] [length 1000] [steps 20]

import { onnxRuntimeEngine } from '../dist/engine/onnxruntime.js';
import { Synthesizer } from '../dist/synth/synthesizer.js';
import { syntheticBatches } from '../dist/train/batches.js';
import { train } from '../dist/train/trainer.js';

const [batchSize = 32, lengthSamples = 1000, steps = 20] = process.argv.slice(2).map(Number);
const engine = onnxRuntimeEngine();
let inEngineMs = 0;
/** The engine with a clock around each run. */
const timed = {
  ...engine,
  load: async (...given) => {
    const execution = await engine.load(...given);
    const run = async (feeds) => {
      const start = performance.now();
      const outputs = await execution.run(feeds);
      inEngineMs += performance.now() - start;
      return outputs;
    };
    return { ...execution, run };
  },
};

const seed = 1;
const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: lengthSamples / 250, seed });
const count = batchSize * steps;
const options = { batchSize, seed, augment: { shiftRate: 0.375, maskRate: 0.25 } };
const training = syntheticBatches(synthesizer, 'af', { first: 0, count, lengthSamples }, options);
const validation = syntheticBatches(
  synthesizer,
  'af',
  { first: count, count: batchSize, lengthSamples },
  { batchSize, seed },
);

let start = 0;
const perStepMs = [];
await train({
  engine: timed,
  training,
  validation,
  plan: {
    arch: 'resnet18',
    lengthSamples,
    phase: 'bench',
    batchSize,
    seed,
    learningRate: 1e-3,
    weightDecay: 0.01,
    epochs: 1,
    validateEvery: 1,
    patience: 1,
  },
  onEvent: (event) => {
    if (event.kind !== 'step') return;
    // The first step warms up.
    if (event.step > 1) perStepMs.push([performance.now() - start, inEngineMs]);
    start = performance.now();
    inEngineMs = 0;
  },
});
await engine.close();

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const whole = median(perStepMs.map(([wall]) => wall));
const overhead = median(perStepMs.map(([wall, inside]) => wall - inside));
console.log(`resnet18, batch ${batchSize} x ${lengthSamples}, median of ${perStepMs.length} steps`);
console.log(`step ${whole.toFixed(0)} ms, of it outside the engine ${overhead.toFixed(2)} ms`);
