// Terminates Workers while they make records: `node --expose-gc end-workers.mjs TIMES MODE...`, the modes in turn:
// batch, stream, readable, ring, record. Prints as JSON what the resident memory grew by after the first fifth, and makes a
// batch at the end. A crash shows as the exit code, a handle left behind as a process that does not end.

import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openRing } from '#lib/synth/ring-reader.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const classes = ['normal', 'af', 'pvc'];
const options = { preset: 'paper', fsHz: 500, seconds: 10, seed: 7, threads: 2 };

/** Each works without end once it has told. */
const modes = {
  async batch(tell) {
    tell();
    for (;;) await new Synthesizer(options).batch({ classes, count: 2_000, annotations: true });
  },
  async stream(tell) {
    for await (const _ of new Synthesizer(options).stream({ classes, batchSize: 256, annotations: true }))
      tell();
  },
  async readable(tell) {
    await pipeline(new Synthesizer(options).readable({ classes, batchSize: 256 }), async (batches) => {
      for await (const _ of batches) tell();
    });
  },
  /** Producer and reader in one thread. */
  async ring(tell) {
    const ring = new Synthesizer(options).ring({ classes, batchSize: 256 });
    const read = async () => {
      for await (const _ of openRing(ring.handle)) tell();
    };
    await Promise.all([ring.done, read()]);
  },
  async record(tell) {
    const synth = new Synthesizer({ ...options, seconds: 7200 });
    for (let index = 0; ; index++) {
      const record = await synth.record({ classes, index });
      for await (const _ of record.pieces()) tell();
    }
  },
};

if (isMainThread) {
  const [times, turns] = [Number(process.argv[2]), process.argv.slice(3)];
  let warmMb = 0;
  const residentMb = () => {
    globalThis.gc();
    return process.memoryUsage.rss() / 2 ** 20;
  };
  for (let i = 0; i < times; i++) {
    if (i === Math.floor(times / 5)) warmMb = residentMb();
    const worker = new Worker(new URL(import.meta.url), { workerData: turns[i % turns.length] });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await sleep(i % 5);
    await worker.terminate();
  }
  const grownMb = residentMb() - warmMb;
  const { labels } = await new Synthesizer(options).batch({ classes, count: 3 });
  console.log(JSON.stringify({ times, grownMb, labels: labels.join('') }));
} else {
  let told = false;
  await modes[workerData](() => {
    if (!told) parentPort.postMessage('at work');
    told = true;
  });
}
