// A worker thread that uses a ring. workerData is { handle, task, patienceMs, tally, workMs }. The tasks are:
//   read     reads to the end; posts what it read, or the error that the loop threw
//   fail     does the same, but throws an error at its third batch
//   hold     takes a batch, posts 'held' and never returns the batch
//   tally    works on each batch for workMs, then adds 1 to the element of the batch in the shared Int32Array `tally`
//   produce  makes a ring, posts its handle and fills the ring without end

import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { openRing } from '#lib/synth/ring-reader.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const { handle, task, patienceMs, tally, workMs } = workerData;
const nap = new Int32Array(new SharedArrayBuffer(4));

function digest({ signals, labels, start, count }) {
  const bytes = Buffer.from(signals.buffer, signals.byteOffset, signals.byteLength);
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { start, count, labels: [...labels], hash, type: signals.constructor.name };
}

if (task === 'produce') {
  const synth = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 4, seed: 11, unit: 'zscore' });
  const ring = synth.ring({ classes: ['normal', 'af'], batchSize: 2, slots: 2 });
  parentPort.postMessage(ring.handle);
  await ring.done;
} else {
  const read = [];
  let error = null;
  try {
    for (const batch of openRing(handle, { patienceMs })) {
      if (task === 'hold') {
        parentPort.postMessage('held');
        Atomics.wait(nap, 0, 0);
      }
      if (task === 'tally') {
        if (workMs > 0) Atomics.wait(nap, 0, 0, workMs);
        Atomics.add(tally, batch.start / handle.batchSize, 1);
        continue;
      }
      read.push(digest(batch));
      if (task === 'fail' && read.length === 3) throw new Error('the reader failed');
    }
  } catch ({ code, message }) {
    error = { code, message };
  }
  parentPort.postMessage({ read, error });
}
