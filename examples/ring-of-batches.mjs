// Three worker threads read one ring of batches, which the kernel fills in shared memory: no sample is copied.
// Each thread averages what it gets; together they have seen every record once.
//   node examples/ring-of-batches.mjs [RECORDS]

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openRing, Synthesizer } from 'pqrst';

if (isMainThread) {
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

  const reports = Array.from({ length: 3 }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: ring.handle });
    ring.watch(worker); // should it end early, the others get its slots
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });

  await ring.done;
  const seen = await Promise.all(reports);
  for (const [k, { batches, records }] of seen.entries()) {
    console.log(`reader ${k}: ${batches} batches, ${records} records`);
  }
  const total = seen.reduce((sum, { records }) => sum + records, 0);
  const megabytes = ring.handle.memory.byteLength / 1e6;
  console.log(`${total} of ${count} records through ${megabytes.toFixed(1)} MB of shared memory`);
} else {
  let batches = 0;
  let records = 0;
  // Blocks while no batch is ready. `signals` and `labels` are valid until the next turn.
  for (const { signals, labels, count } of openRing(workerData)) {
    if (signals.length !== count * 5000 || labels.length !== count) throw new Error('a batch is cut');
    batches++;
    records += count;
  }
  parentPort.postMessage({ batches, records });
}
