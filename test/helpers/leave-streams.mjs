// Stops reading a stream, a Readable, a ring and a long record in the middle, while the AbortSignal that they were
// given stays alive. The process must then end by itself. Prints what still keeps it running.

import { once } from 'node:events';
import { openRing } from '#lib/synth/ring-reader.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const classes = ['normal', 'af'];
const options = { preset: 'paper', fsHz: 500, seconds: 10, seed: 7 };
const synth = new Synthesizer(options);
const { signal } = new AbortController();

for await (const { start } of synth.stream({ classes, batchSize: 256, signal })) if (start > 0) break;

const readable = synth.readable({ classes, batchSize: 256, signal });
await once(readable, 'readable');
readable.destroy();
await once(readable, 'close');

const controller = new AbortController();
const ring = synth.ring({ classes, batchSize: 256, signal: controller.signal });
for await (const { start } of openRing(ring.handle)) if (start > 0) break;
controller.abort(new Error('seen enough'));
const message = await ring.done.catch((error) => error.message);

const record = await new Synthesizer({ ...options, seconds: 7200 }).record({ classes, index: 0, signal });
for await (const _ of record.pieces(signal)) break;

const awake = process.getActiveResourcesInfo().filter((name) => !/^(TTY|Pipe)Wrap$/.test(name));
console.log(JSON.stringify({ message, awake }));
