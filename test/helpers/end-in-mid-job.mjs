// Ends a worker or the process while the kernel computes. The first argument says which:
//   worker    terminates ten Workers, each in the middle of a job, and then makes a batch
//   exit      exits from the process in the middle of a job
// A test runs this as a child process, so that a crash shows in the exit code.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const synth = new Synthesizer({
  preset: 'paper',
  fsHz: 500,
  seconds: 10,
  seed: 7,
  threads: 2,
  unit: 'zscore',
});
const long = { classes: ['normal', 'af'], count: 20_000, annotations: true };

if (!isMainThread) {
  const out = new Float32Array(workerData);
  synth.batch({ ...long, out });
  parentPort.postMessage('started');
} else if (process.argv[2] === 'exit') {
  synth.batch(long);
  setImmediate(() => process.exit(7));
} else {
  const memory = new SharedArrayBuffer(long.count * synth.lengthSamples * 4);
  for (let i = 0; i < 10; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: memory });
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
  }
  const { labels } = await synth.batch({ classes: ['normal', 'af'], count: 4 });
  console.log(`alive ${labels.join('')}`);
}
