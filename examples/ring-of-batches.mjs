// Feeds three worker threads with synthetic records. The kernel writes batches into a ring in shared memory, and each
// thread reads its batches there, so no sample is copied.
//   node examples/ring-of-batches.mjs [RECORDS]     (default: 40000)
//
// To change: the number of threads, the size of a batch, the number of slots, and what a thread does with a batch.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openRing, Synthesizer } from 'pqrst';

if (isMainThread) {
  // 1. The main thread makes the ring: six slots with one batch of 64 records each. The kernel fills a slot whenever a
  //    reader has returned it.
  const count = Number(process.argv[2] ?? 40_000);
  const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'];
  const synth = new Synthesizer({
    preset: 'paper',
    fsHz: 500,
    seconds: 10,
    seed: 7,
    type: 'int16',
    unit: 'zscore',
  });
  const ring = synth.ring({ classes, count, batchSize: 64, slots: 6 });

  // 2. It starts the threads. Each gets the handle of the ring.
  const reports = Array.from({ length: 3 }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: ring.handle });
    ring.watch(worker); // if this thread ends early, its slots return to the others
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });

  // 3. `ring.done` resolves when a reader has taken the last batch.
  await ring.done;
  const seen = await Promise.all(reports);
  for (const [k, { batches, records }] of seen.entries()) {
    console.log(`reader ${k}: ${batches} batches, ${records} records`);
  }
  const total = seen.reduce((sum, { records }) => sum + records, 0);
  const megabytes = ring.handle.memory.byteLength / 1e6;
  console.log(`read ${total} of ${count} records, with ${megabytes.toFixed(1)} MB of shared memory`);
} else {
  // 4. Each thread reads batches in a loop. The loop waits while no batch is ready and ends after the last one. Each
  //    batch goes to one thread only. `signals` and `labels` are valid until the next turn of the loop: copy what you
  //    want to keep.
  let batches = 0;
  let records = 0;
  for (const { signals, labels, count } of openRing(workerData)) {
    if (signals.length !== count * 5000 || labels.length !== count)
      throw new Error('the batch does not have all its samples or labels');
    batches++;
    records += count;
  }
  parentPort.postMessage({ batches, records });
}
