// Counts the tensors of tfjs during a training, in a separate thread, because the modules of tfjs load in Node but not in
// vitest. Posts the counts after each step, after a rejected run, after setState, and after the session was released.

import { parentPort } from 'node:worker_threads';
import { openTensorflow } from '#lib/engine/tensorflow/backend.js';
import { interpret } from '#lib/engine/tensorflow/session.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';

const tf = await openTensorflow('cpu');
const before = tf.memory().numTensors;
const [batch, lengthSamples] = [2, 130];
const training = buildClassifierTraining({ arch: 'gru', lengthSamples, batch, seed: 3 });
const ecg = Float32Array.from({ length: batch * lengthSamples }, (_, at) => Math.sin(at));
const feedsOf = (step) => training.feeds({ ecg, label: Float32Array.of(0, 1), learningRate: 1e-3, step });
const session = interpret(tf, training.program, training.initialState);
const counts = [];
const count = () => counts.push(tf.memory().numTensors);
for (let step = 1; step <= 4; step++) {
  await session.run(feedsOf(step));
  count();
}
const half = { data: ecg, shape: [1, 1, batch * lengthSamples] };
const refusal = await session.run({ ...feedsOf(5), ecg: half }).catch((error) => error.message);
count();
session.setState(session.getState());
count();
await session.release();
parentPort.postMessage({ counts, refusal, left: tf.memory().numTensors - before });
