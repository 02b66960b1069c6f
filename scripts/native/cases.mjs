// The targeted cases of ../native-calls.mjs: memory that goes away while the kernel works, numbers that would keep it
// busy for ever, threads that end. More than 300 lines, because it is one list of cases. node --expose-gc cases.mjs ADDON CASE runs one and prints its result in one line.

import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isExternal } from 'node:util/types';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { batch, classTable, controlBlock, noiseSpec, paperSpec, record } from './requests.mjs';

const records = 2000;
const lengthSamples = 5000;
const isStarted = process.argv[1] === fileURLToPath(import.meta.url);
const addon = isMainThread ? process.argv[2] : workerData?.addon;
const native = isStarted && addon !== undefined ? createRequire(import.meta.url)(addon) : undefined;

/** Moves the memory of a buffer to another owner, who drops it, and overwrites what the allocator gives next. */
function free(buffer) {
  structuredClone(buffer, { transfer: [buffer] });
  for (let k = 0; k < 4; k++) {
    gc();
    new Float32Array(records * lengthSamples).fill(7);
  }
}

const freshOut = () => new Float32Array(records * lengthSamples);
const refusal = { code: 'ERR_NATIVE' };
const lost = { code: 'ERR_NATIVE', message: /^out must keep its memory/ };

/** Calls the function that a call returns or throws with, as one promise. */
const call = async (name, request) => native[name](request);

/** Cancels a job after `ms` and returns how long it takes to end. */
async function cancelled(name, request, ms) {
  const running = call(name, request);
  await delay(ms);
  const startedMs = performance.now();
  Atomics.store(request.control, 0, 1);
  const result = await running;
  return { result, tookMs: performance.now() - startedMs };
}

const wildSpec = () => {
  const spec = paperSpec.slice();
  spec[0] = spec[9] = -1e6;
  spec[11] = 1e300;
  return spec;
};

export const cases = {
  async 'out detached'() {
    const request = batch(records, { out: freshOut() });
    const made = call('synth', request);
    free(request.out.buffer);
    await assert.rejects(made, lost);
    return 'rejected';
  },
  async 'out transferred 30 times'() {
    const worker = new Worker('require("node:worker_threads").parentPort.on("message", () => {})', {
      eval: true,
    });
    for (let k = 0; k < 30; k++) {
      const out = freshOut();
      const made = call('synth', batch(records, { out }));
      worker.postMessage(out, [out.buffer]);
      await assert.rejects(made, lost);
    }
    await worker.terminate();
    return '30 rejected';
  },
  async 'out resizable'() {
    const buffer = new ArrayBuffer(4 * records * lengthSamples, {
      maxByteLength: 4 * records * lengthSamples,
    });
    await assert.rejects(call('synth', batch(records, { out: new Float32Array(buffer) })), /resizable/);
    return 'refused';
  },
  async 'out of a memory that grows'() {
    const memory = new WebAssembly.Memory({ initial: 700 });
    const out = new Float32Array(memory.buffer, 0, records * lengthSamples);
    const made = call('synth', batch(records, { out }));
    memory.grow(100);
    await assert.rejects(made, lost);
    return 'rejected';
  },
  async 'out detached at the border'() {
    const out = freshOut();
    free(out.buffer);
    await assert.rejects(call('synth', batch(records, { out })), /detached/);
    return 'refused';
  },
  async 'out read twice'() {
    let reads = 0;
    const request = batch(records);
    Object.defineProperty(request, 'out', { get: () => (++reads === 1 ? freshOut() : new Float32Array(1)) });
    const made = call('synth', request);
    for (let k = 0; k < 10; k++) gc();
    assert.equal((await made).samples.length, records * lengthSamples);
    assert.equal(reads, 1);
    return 'read once';
  },
  async 'control read twice'() {
    let reads = 0;
    const request = batch(records);
    Object.defineProperty(request, 'control', {
      get: () => {
        reads++;
        return controlBlock();
      },
    });
    const made = call('synth', request);
    for (let k = 0; k < 20; k++) gc();
    await made;
    assert.equal(reads, 1);
    return 'read once';
  },
  async 'control of an own buffer'() {
    await assert.rejects(
      call('synth', batch(1, { control: new Int32Array(2) })),
      /control must be a view of a Shared/,
    );
    return 'refused';
  },
  async 'a getter frees the spec'() {
    const request = batch(1);
    const { spec } = request;
    Object.defineProperty(request, 'classes', {
      get() {
        free(spec.buffer);
        return Uint8Array.of(0);
      },
    });
    await assert.rejects(call('synth', request), /spec must have its memory/);
    return 'refused';
  },
  async 'resizable read by a getter'() {
    const out = freshOut();
    Object.defineProperty(out.buffer, 'resizable', {
      get() {
        free(out.buffer);
        return false;
      },
    });
    await assert.rejects(call('synth', batch(records, { out })), refusal);
    return 'refused';
  },
  async 'a hook frees out'() {
    const out = freshOut();
    const hook = createHook({
      init: (_, type) => type === 'pqrst.job' && out.length > 0 && free(out.buffer),
    });
    hook.enable();
    await assert.rejects(call('synth', batch(records, { out })), lost);
    hook.disable();
    return 'rejected';
  },
  async 'a setter of Array.prototype'() {
    const out = freshOut();
    const steal = { configurable: true, set: () => out.length > 0 && free(out.buffer) };
    Object.defineProperty(Array.prototype, '0', steal);
    Object.defineProperty(Array.prototype, '1', steal);
    const made = call('synth', batch(20, { out: new Float32Array(20 * lengthSamples) }));
    delete Array.prototype[0];
    delete Array.prototype[1];
    await made;
    return 'resolved';
  },
  async 'Float32Array replaced'() {
    const kept = [];
    const Own = Float32Array;
    globalThis.Float32Array = class extends Own {
      constructor(...given) {
        super(...given);
        kept.push(this);
      }
    };
    const made = call('synth', batch(records));
    globalThis.Float32Array = Own;
    assert.equal(kept.length, 0);
    assert.equal((await made).samples.length, records * lengthSamples);
    return 'resolved';
  },
  async 'a foreign handle'() {
    const server = createServer().listen(0);
    const handle = server._handle._externalStream;
    assert.ok(isExternal(handle));
    await assert.rejects(
      call('readPiece', { handle, piece: 0, out: null, control: controlBlock() }),
      refusal,
    );
    server.close();
    return 'refused';
  },
  async 'a piece loses its array'() {
    const opened = await call('openRecord', record({ lengthSamples: 262_144 * 2, noise: noiseSpec }));
    const out = new Float32Array(262_144);
    const made = call('readPiece', { handle: opened.handle, piece: 1, out, control: controlBlock() });
    free(out.buffer);
    await assert.rejects(made, lost);
    const again = await call('readPiece', {
      handle: opened.handle,
      piece: 1,
      out: null,
      control: controlBlock(),
    });
    assert.equal(again.length, 262_144);
    return 'rejected, and read again';
  },
  async 'a wild spec'() {
    const spec = wildSpec();
    await assert.rejects(
      call('openRecord', record({ spec, lengthSamples: 100, fsHz: 4000 })),
      /spec must have waves\.p/,
    );
    await assert.rejects(
      call('synth', batch(1, { spec: new Float64Array(paperSpec.length) })),
      /spec must have/,
    );
    const laws = classTable.slice();
    laws[16] = 1e300;
    await assert.rejects(
      call('synth', batch(1, { model: 'physiological', spec: laws })),
      /spec must have rhythm/,
    );
    return 'refused';
  },
  async 'wild noise'() {
    const noise = noiseSpec.slice();
    noise[18] = 1e300;
    const request = batch(8, { noise, start: 2n ** 63n, lengthSamples: 10, fsHz: 50 });
    await assert.rejects(call('synth', request), /noise must have electrode\.perMinute from 0\.01 to 120/);
    return 'refused';
  },
  async 'numbers near 2^64'() {
    const start = 2n ** 64n - 9n;
    assert.equal((await call('synth', batch(8, { start }))).samples.length, 8 * lengthSamples);
    await assert.rejects(call('synth', batch(9, { start })), refusal);
    await call('openRecord', record({ index: 2n ** 64n - 1n, seed: 2n ** 64n - 1n }));
    return 'resolved and refused';
  },
  async 'a day, cancelled'() {
    const day = { fsHz: 4000, lengthSamples: 24 * 3600 * 4000, noise: noiseSpec };
    const table = {
      model: 'physiological',
      spec: classTable.slice(),
      leads: Uint8Array.of(0, 1, 6, 7, 8, 9, 10, 11),
    };
    let worstMs = 0;
    for (const more of [{}, table]) {
      for (const ms of [1, 30, 300]) {
        const { result, tookMs } = await cancelled('openRecord', record({ ...day, ...more }), ms);
        assert.equal(result, 'cancelled');
        worstMs = Math.max(worstMs, tookMs);
      }
    }
    assert.ok(worstMs < 20_000, `it ended ${worstMs} ms after the cancellation`);
    return `cancelled, at the latest after ${Math.round(worstMs)} ms`;
  },
  async 'the JavaScript thread is busy'() {
    const out = freshOut();
    const made = call('synth', batch(records, { out, threads: 8 }));
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
    const { samples } = await made;
    const { samples: expected } = await call('synth', batch(records));
    assert.equal(samples, out);
    assert.deepEqual(samples.subarray(-100), expected.subarray(-100));
    return 'resolved';
  },
  async 'workers end in mid-job'() {
    for (const way of ['exit', 'terminate']) {
      for (let k = 0; k < 10; k++) {
        const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { addon, way, k } });
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        await new Promise((resolve) => worker.once('message', resolve));
        if (way === 'terminate') await worker.terminate();
        await ended;
      }
    }
    return '20 workers ended';
  },
};

async function main() {
  if (native === undefined) return;
  if (isMainThread) {
    console.log(await cases[process.argv[3]]());
    return;
  }
  const { way, k } = workerData;
  const out =
    k % 3 === 0
      ? null
      : new Float32Array(
          k % 3 === 1 ? 4 * records * lengthSamples : new SharedArrayBuffer(16 * records * lengthSamples),
        );
  call('synth', batch(4 * records, { out, annotate: k % 2 === 0 }));
  call('openRecord', record({ lengthSamples: 262_144 * 50 }));
  parentPort.postMessage('started');
  if (way === 'exit') setTimeout(() => process.exit(0), k % 5);
}

if (isStarted || !isMainThread) await main();
