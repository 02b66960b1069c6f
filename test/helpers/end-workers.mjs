// Terminates TIMES Workers, one after the other, while they make records, each in the next of the given modes.
//   node --expose-gc end-workers.mjs TIMES MODE...     MODE: batch, stream, readable, ring or record
// Makes a batch at the end, and prints as JSON by how much the resident memory grew after the first fifth. A crash
// shows in the exit code. A handle that was not released keeps the process from ending.

import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openRing } from '#lib/synth/ring-reader.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const classes = ['normal', 'af', 'pvc'];
const options = { preset: 'paper', fsHz: 500, seconds: 10, seed: 7, threads: 2 };

/** Each mode works without end. It calls `report` when it works. */
const modes = {
  async batch(report) {
    report();
    for (;;) await new Synthesizer(options).batch({ classes, count: 2_000, annotations: true });
  },
  async stream(report) {
    for await (const _ of new Synthesizer(options).stream({ classes, batchSize: 256, annotations: true }))
      report();
  },
  async readable(report) {
    await pipeline(new Synthesizer(options).readable({ classes, batchSize: 256 }), async (batches) => {
      for await (const _ of batches) report();
    });
  },
  /** Producer and reader in one thread. */
  async ring(report) {
    const ring = new Synthesizer(options).ring({ classes, batchSize: 256 });
    const read = async () => {
      for await (const _ of openRing(ring.handle)) report();
    };
    await Promise.all([ring.done, read()]);
  },
  async record(report) {
    const synth = new Synthesizer({ ...options, seconds: 7200 });
    for (let index = 0; ; index++) {
      const record = await synth.record({ classes, index });
      for await (const _ of record.pieces()) report();
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
  let reported = false;
  await modes[workerData](() => {
    if (!reported) parentPort.postMessage('at work');
    reported = true;
  });
}
