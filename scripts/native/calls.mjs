// Makes random calls of the native addon: wild values and sizes, all kinds of buffers, getters that detach them, several
// jobs at a time, cancellations. ../native-calls.mjs starts it: node calls.mjs ADDON SEED FIRST COUNT
// Prints the call that it is at, then one line of sums. Exit code 3: a promise did not settle. More than 300 lines,
// because the draws of a call and its judgement share one random sequence.

import { createRequire } from 'node:module';
import { arrays, batch, classTable, controlBlock, noiseSpec, paperSpec, record } from './requests.mjs';

const [addon, ...numbers] = process.argv.slice(2);
const [seed, first, count] = numbers.map(Number);
const native = createRequire(import.meta.url)(addon);
const sums = { calls: 0, resolved: 0, cancelled: 0, refused: 0, lost: 0 };
const patienceTurns = 600;
const patienceCpuS = 120;
const most = 6; // jobs at a time
const lawFields = native.physiologyFields().length;

function randomOf(number) {
  let state = (seed * 0x9e3779b1 + number * 0x85ebca6b) | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return { next, below, chance: (p) => next() < p, pick: (all) => all[below(all.length)] };
}

/** Moves the memory of a buffer to another owner, who drops it. */
function free(buffer) {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
}

/** Shrinks a buffer that can be resized and has its memory. */
function shrink(buffer, bytes) {
  if (buffer.resizable === true && buffer.byteLength > bytes) buffer.resize(bytes);
}

const wildNumbers = [
  ...[0, -0, 1, -1, 0.5, 2, 3, 60, 1000, 1e-300, 1e300, -1e300, -1e6, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 5e-324],
  ...[Number.NaN, Infinity, -Infinity],
];
const wildBigints = [
  0n,
  1n,
  -1n,
  2n ** 31n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
  2n ** 200n,
];

/** An array of numbers over a buffer of any kind, which may lose its memory after they are in it. */
function arrayOf(random, Type, length, fill = () => undefined) {
  const bytes = length * Type.BYTES_PER_ELEMENT;
  const buffers = [
    () => new SharedArrayBuffer(bytes),
    () => new SharedArrayBuffer(bytes, { maxByteLength: bytes + 4096 }),
    () => new ArrayBuffer(bytes, { maxByteLength: bytes + 4096 }),
    () => new ArrayBuffer(bytes + 64),
    () => new ArrayBuffer(bytes),
  ];
  const buffer = random.pick(buffers)();
  const array = new Type(buffer, 0, buffer.resizable === true && random.chance(0.5) ? undefined : length);
  fill(array);
  if (random.chance(0.1)) free(buffer);
  if (random.chance(0.3)) shrink(buffer, bytes >> 1);
  return array;
}

function wildValue(random) {
  const Type = random.pick([Float32Array, Float64Array, Int32Array, Uint8Array, Int16Array, BigInt64Array]);
  const makers = [
    () => random.pick(wildNumbers),
    () => random.pick(wildBigints),
    () =>
      random.pick([
        undefined,
        null,
        true,
        false,
        '',
        'paper',
        'mV',
        'float32',
        'x'.repeat(70_000),
        Symbol('s'),
      ]),
    () =>
      random.pick([
        {},
        [],
        [1, 2],
        () => 1,
        new Date(),
        new Map(),
        new ArrayBuffer(8),
        new DataView(new ArrayBuffer(8)),
      ]),
    () => arrayOf(random, Type, random.pick([0, 1, 2, 3, 189, 1000])),
    () => new Proxy(new Float32Array(10), {}),
    () => Buffer.alloc(random.below(64)),
  ];
  return random.pick(makers)();
}

function wildCopy(random, numbers) {
  return arrayOf(random, Float64Array, numbers.length, (copy) => {
    copy.set(numbers);
    for (let k = random.pick([0, 1, 1, 3, 100]); k > 0; k--) {
      copy[random.below(copy.length)] = random.chance(0.5) ? random.pick(wildNumbers) : random.next();
    }
  });
}

function baseRequest(random, isRecord) {
  const type = random.pick(Object.keys(arrays));
  const isPaper = random.chance(0.5);
  const leads = isPaper
    ? Uint8Array.of(1)
    : Uint8Array.from({ length: 1 + random.below(12) }, () => random.below(12));
  const lengthSamples = random.pick([
    1,
    15,
    16,
    17,
    1 + random.below(3000),
    6144,
    6145,
    262_144 + random.below(20),
  ]);
  const least = leads.length * lengthSamples;
  const number = isRecord ? 1 : 1 + random.below(Math.max(1, Math.min(300, Math.floor(400_000 / least))));
  const request = {
    model: isPaper ? 'paper' : 'physiological',
    spec: isPaper ? paperSpec.slice() : classTable.slice(0, 5 * lawFields * (1 + random.below(4))),
    seed: BigInt(random.below(2 ** 31)),
    fsHz: random.pick([50, 100, 360, 500, 4000, 123.4]),
    lengthSamples,
    leads,
    unit: random.pick(['mV', 'zscore']),
    type,
    noise: random.chance(0.2) ? noiseSpec.slice() : null,
    control: controlBlock(),
  };
  const codes = isPaper ? 5 : request.spec.length / (5 * lawFields);
  request.classes = Uint8Array.from({ length: 1 + random.below(9) }, () => random.below(codes));
  if (isRecord) return { ...record(), ...request, index: random.pick([0n, 5n, 2n ** 63n, 2n ** 64n - 1n]) };
  const samples = number * least;
  const out = random.chance(0.3) ? null : arrayOf(random, arrays[type], samples);
  return {
    ...batch(number),
    ...request,
    out,
    start: random.pick([0n, 7n, 2n ** 63n - 1n, 2n ** 64n - 1000n, 2n ** 64n - 1n]),
    count: number,
    threads: 1 + random.below(4),
    annotate: random.chance(0.3),
  };
}

/** Changes some fields of a request. */
function mutate(random, request) {
  const names = Object.keys(request);
  if (random.chance(0.3)) request.spec = wildCopy(random, request.spec);
  if (random.chance(0.2)) request.noise = wildCopy(random, noiseSpec);
  for (let k = random.pick([0, 0, 1, 1, 2, 5]); k > 0; k--) {
    const name = random.pick(names);
    if (random.chance(0.2)) delete request[name];
    else request[name] = wildValue(random);
  }
  return request;
}

/** Replaces fields by getters that free or resize buffers, or throw. Returns a check that each was read once at most. */
function trap(random, request) {
  const reads = {};
  const given = { ...request };
  for (const name of Object.keys(given)) {
    if (!random.chance(0.4)) continue;
    const value = given[name];
    const victim = given[random.pick(Object.keys(given))];
    const deed = random.below(6);
    reads[name] = 0;
    Object.defineProperty(request, name, {
      enumerable: true,
      get() {
        reads[name]++;
        if (deed === 0 && ArrayBuffer.isView(victim)) free(victim.buffer);
        if (deed === 1 && ArrayBuffer.isView(victim)) shrink(victim.buffer, 0);
        if (deed === 2) gc();
        if (deed === 3 && random.chance(0.1)) throw new Error('thrown by a getter');
        return value;
      },
    });
  }
  return () => {
    const twice = Object.entries(reads).find(([, times]) => times > 1);
    if (twice !== undefined) throw new Error(`the property ${twice[0]} was read ${twice[1]} times`);
  };
}

const open = []; // handles with their requests

function isExpected(error) {
  return error?.code === 'ERR_NATIVE' || error?.message === 'thrown by a getter';
}

/** Disturbs a job that is running. */
function disturb(random, { out, control }) {
  if (random.chance(0.2) && ArrayBuffer.isView(out)) free(out.buffer);
  if (random.chance(0.2) && ArrayBuffer.isView(out)) shrink(out.buffer, 0);
  if (random.chance(0.2) && control instanceof Int32Array && control.length > 0) {
    control[0] = random.pick([1, -1, 2 ** 31 - 1]);
  }
  if (random.chance(0.05)) gc();
}

/**
 * Resolves when the process has computed for `patienceCpuS`, or after `patienceTurns` seconds, counted by timers of this
 * thread. On a busy machine a valid call can take minutes and little CPU time.
 */
function patience(signal) {
  return new Promise((resolve) => {
    const before = process.cpuUsage();
    let turns = 0;
    const timer = setInterval(() => {
      const { user, system } = process.cpuUsage(before);
      if (++turns >= patienceTurns || user + system > 1e6 * patienceCpuS) resolve(undefined);
    }, 1000);
    signal.addEventListener('abort', () => clearInterval(timer));
  });
}

async function settle(promise, number, what) {
  const late = new AbortController();
  const settled = promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  const outcome = await Promise.race([settled, patience(late.signal)]);
  late.abort();
  if (outcome === undefined) {
    console.error(`call ${number} (${what}) did not settle`);
    process.exit(3);
  }
  const { value, error } = outcome;
  if (error !== undefined) {
    if (!isExpected(error)) throw new Error(`call ${number} (${what}) rejected`, { cause: error });
    if (/keep its memory/.test(error.message)) sums.lost++;
    else sums.refused++;
  } else if (value === 'cancelled') sums.cancelled++;
  else sums.resolved++;
  return value;
}

/** The same batch by the three ways of its output must have the same bytes. */
async function compare(random, number) {
  const request = baseRequest(random, false);
  const { out, count, lengthSamples, leads, type, ...rest } = request;
  const samples = count * lengthSamples * leads.length;
  const ways = [
    null,
    new arrays[type](new SharedArrayBuffer(samples * 4), 0, samples),
    new arrays[type](samples),
  ];
  if (rest.start > 2n ** 63n) rest.start = 1n;
  const made = await Promise.all(
    ways.map((way) =>
      native.synth({ ...rest, count, lengthSamples, leads, type, out: way, control: controlBlock() }),
    ),
  );
  for (const [k, { samples: one }] of made.entries()) {
    if (ways[k] !== null && one !== ways[k]) throw new Error(`call ${number}: another array came back`);
    if (Buffer.compare(bytesOf(one), bytesOf(made[0].samples)) !== 0) {
      throw new Error(`call ${number}: way ${k} of the output makes other samples`);
    }
  }
  sums.resolved += ways.length;
}

const bytesOf = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

async function call(number) {
  const random = randomOf(number);
  sums.calls++;
  const kind = random.next();
  if (kind < 0.03) return compare(random, number);
  if (kind < 0.05) {
    const text = wildValue(random);
    try {
      if (typeof text !== 'string' || native.targets().includes(text)) native.synth(text);
      else native.selectTarget(text);
    } catch (error) {
      if (!isExpected(error)) throw error;
      sums.refused++;
    }
    return;
  }
  const isRead = kind < 0.2 && open.length > 0;
  const isRecord = !isRead && kind < 0.4;
  let request;
  if (isRead) {
    const { handle, samples, type } = random.pick(open);
    const piece = random.pick([0, 0, 0, 1, 2, -1]);
    request = {
      handle,
      piece,
      out: random.chance(0.3) ? null : arrayOf(random, arrays[type], samples),
      control: controlBlock(),
    };
    if (random.chance(0.1)) request[random.pick(Object.keys(request))] = wildValue(random);
  } else {
    request = baseRequest(random, isRecord);
    if (random.chance(0.6)) mutate(random, request);
    if (isRecord && random.chance(0.03)) {
      request.lengthSamples = 24 * 3600 * 4000;
      request.fsHz = 4000;
    }
  }
  const given = { ...request };
  const { out, control } = given;
  const isDay = typeof request.lengthSamples === 'number' && request.lengthSamples > 1e7;
  const check = random.chance(0.25) ? trap(random, request) : undefined;
  const what = isRead ? 'readPiece' : isRecord ? 'openRecord' : 'synth';
  let promise;
  try {
    promise = native[what](request);
  } catch (error) {
    if (!isExpected(error)) throw new Error(`call ${number} (${what}) threw`, { cause: error });
    sums.refused++;
    check?.();
    return;
  }
  check?.();
  disturb(random, { out, control });
  if (isDay && control instanceof Int32Array)
    setTimeout(() => Atomics.store(control, 0, 1), random.below(30));
  const value = await settle(promise, number, what);
  if (isRecord && value !== undefined && value !== 'cancelled') {
    const { type, leads, lengthSamples } = given;
    if (leads instanceof Uint8Array) {
      open.push({ handle: value.handle, type, samples: leads.length * Math.min(262_144, lengthSamples) });
      if (open.length > 20) open.shift();
    }
  }
}

const pending = new Set();
for (let number = first; number < first + count; number++) {
  if (number % 50 === 0) console.log(number);
  const done = call(number).finally(() => pending.delete(done));
  pending.add(done);
  if (pending.size >= most) await Promise.race(pending);
}
await Promise.all(pending);
console.log(JSON.stringify(sums));
