// The synthesizer: records are reproducible, jobs can be stopped, and invalid options are rejected.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { ecgClasses, Synthesizer, type SynthesizerOptions } from '#lib/index.js';
import { loadKernel } from '#lib/kernel/node.js';

const classes = ecgClasses;
const options = { preset: 'paper', fsHz: 500, seconds: 10, seed: 7, unit: 'zscore' } as const;
const count = 64;

function bits(signals: Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(signals.buffer, signals.byteOffset, signals.byteLength))
    .digest('hex');
}

/** Makes records 0 to count - 1 in batches of `size`. */
async function inBatches(synth: Synthesizer, size: number): Promise<Float32Array> {
  const all = new Float32Array(count * synth.lengthSamples);
  for (let start = 0; start < count; start += size) {
    const { signals } = await synth.batch({ classes, start, count: Math.min(size, count - start) });
    all.set(signals, start * synth.lengthSamples);
  }
  return all;
}

describe('a record does not depend on', async () => {
  const native = loadKernel();
  const chosen = native.target();
  const reference = bits((await new Synthesizer(options).batch({ classes, count })).signals);
  afterAll(() => {
    native.selectTarget(chosen);
  });

  it.each([1, 7, 64])('batches of %i', async (size) => {
    expect(bits(await inBatches(new Synthesizer(options), size))).toBe(reference);
  });

  it.each([1, 2, 3])('%i threads', async (threads) => {
    const { signals } = await new Synthesizer({ ...options, threads }).batch({ classes, count });
    expect(bits(signals)).toBe(reference);
  });

  it.each(native.targets())('instruction set %s', async (target) => {
    expect(native.selectTarget(target)).toBe(true);
    expect(native.target()).toBe(target);
    const { signals } = await new Synthesizer(options).batch({ classes, count });
    expect(bits(signals)).toBe(reference);
  });

  it('annotations', async () => {
    const { signals, annotations } = await new Synthesizer(options).batch({
      classes,
      count,
      annotations: true,
    });
    expect(bits(signals)).toBe(reference);
    expect(annotations?.record(0).beats.length).toBeGreaterThan(5);
  });

  it('PQRST_FORCE_TARGET=scalar in another process', () => {
    const code = `
      import { createHash } from 'node:crypto';
      import { ecgClasses, Synthesizer } from '#lib/index.js';
      import { loadKernel } from '#lib/kernel/node.js';
      const { signals } = await new Synthesizer(${JSON.stringify(options)}).batch({ classes: ecgClasses, count: ${count} });
      const digest = createHash('sha256').update(new Uint8Array(signals.buffer)).digest('hex');
      console.log(loadKernel().target(), digest);`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      env: { ...process.env, PQRST_FORCE_TARGET: 'scalar' },
    });
    expect(child.stdout.trim(), child.stderr).toBe(`scalar ${reference}`);
  });

  it('the type of the seed, but on its value', async () => {
    const first = async (seed: number | bigint) =>
      bits((await new Synthesizer({ ...options, seed }).batch({ classes, count: 1 })).signals);
    expect(await first(7n)).toBe(await first(7));
    expect(await first(8)).not.toBe(await first(7));
    expect(await first(2n ** 64n - 1n)).not.toBe(await first(7));
  });
});

describe('a batch', () => {
  const synth = new Synthesizer(options);

  it('labels record i by classes[i % classes.length]', async () => {
    const { labels, start, lengthSamples, signals } = await synth.batch({ classes, start: 3, count: 6 });
    expect([...labels]).toEqual([3, 4, 0, 1, 2, 3]);
    expect([start, lengthSamples, signals.length]).toEqual([3, 5000, 30000]);
  });

  it('standardises each record as z-scores, but not in mV', async () => {
    const record = async (unit: 'zscore' | 'mV') => {
      const { signals } = await new Synthesizer({ ...options, unit }).batch({ classes, count: 1 });
      const mean = signals.reduce((sum, x) => sum + x, 0) / signals.length;
      return { mean, sd: Math.sqrt(signals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / signals.length) };
    };
    const standardised = await record('zscore');
    expect(standardised.mean).toBeCloseTo(0, 5);
    expect(standardised.sd).toBeCloseTo(1, 4);
    expect(Math.abs((await record('mV')).sd - 1)).toBeGreaterThan(0.01);
  });

  it('fills the given array, also in shared memory', async () => {
    const { signals: fresh } = await synth.batch({ classes, count: 4 });
    const plain = new Float32Array(4 * 5000);
    const shared = new Float32Array(new SharedArrayBuffer(4 * 5000 * 4 + 8), 8);
    for (const out of [plain, shared]) {
      const batch = await synth.batch({ classes, count: 4, out });
      expect(batch.signals).toBe(out);
      expect(Buffer.from(out.buffer, out.byteOffset, out.byteLength)).toEqual(Buffer.from(fresh.buffer));
    }
  });

  it('does not block the event loop and reports its progress', async () => {
    let turns = 0;
    let running = true;
    const turn = () => {
      turns++;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    const seen: number[] = [];
    await synth.batch({
      classes,
      count: 2000,
      onProgress: (done, total) => {
        expect(total).toBe(2000);
        seen.push(done);
      },
    });
    running = false;
    expect(turns).toBeGreaterThan(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(2000);
  });
});

describe('stopping', () => {
  const synth = new Synthesizer({ ...options, threads: 1 });
  const many = 20_000;

  it('rejects with the reason, leaves records unfinished and writes no more', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const out = new Float32Array(many * synth.lengthSamples);
    const promise = synth.batch({ classes, count: many, out, signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(promise).rejects.toBe(reason);
    const last = out.subarray(-synth.lengthSamples);
    expect(last.every((sample) => sample === 0)).toBe(true);
    const firstUndone = () =>
      out.findIndex((_, i) => i % synth.lengthSamples === 1 && out[i] === 0 && out[i + 1] === 0);
    const before = firstUndone();
    await sleep(20);
    expect(firstUndone()).toBe(before);
  });

  it('does not start if the signal is already aborted', async () => {
    const out = new Float32Array(synth.lengthSamples);
    const signal = AbortSignal.abort('never');
    await expect(synth.batch({ classes, count: 1, out, signal })).rejects.toBe('never');
    expect(out.every((sample) => sample === 0)).toBe(true);
  });

  it('rejects with the error that onProgress throws', async () => {
    const error = new Error('from onProgress');
    const onProgress = () => {
      throw error;
    };
    await expect(synth.batch({ classes, count: 2, onProgress })).rejects.toBe(error);
  });

  const helper = fileURLToPath(new URL('../helpers/end-in-mid-job.mjs', import.meta.url));
  it('survives Workers that are terminated during a job', () => {
    const child = spawnSync(process.execPath, [helper, 'worker'], { encoding: 'utf8' });
    expect({ ...child, pid: 0 }).toMatchObject({
      status: 0,
      signal: null,
      stdout: 'alive 0101\n',
      stderr: '',
    });
  });

  it('lets the process exit during a job', () => {
    const child = spawnSync(process.execPath, [helper, 'exit'], { encoding: 'utf8' });
    expect({ ...child, pid: 0 }).toMatchObject({ status: 7, signal: null, stderr: '' });
  });
});

describe('the options of a synthesizer', () => {
  const wrongOptions: [Record<string, unknown>, string, RegExp][] = [
    [{ fsHz: 12 }, 'ERR_RANGE', /fsHz must be a rate of 50-4000 Hz, got 12/],
    [{ fsHz: Number.NaN }, 'ERR_RANGE', /fsHz .* got NaN/],
    [{ fsHz: '500' }, 'ERR_OPTION', /fsHz .* got "500"/],
    [{ seconds: 0 }, 'ERR_RANGE', /seconds .* got 0/],
    [{ seconds: -1 }, 'ERR_RANGE', /seconds/],
    [{ seconds: 1e9 }, 'ERR_RANGE', /24 hours/],
    [{ seconds: 0.0001 }, 'ERR_RANGE', /less than one sample/],
    [{ seed: -1 }, 'ERR_RANGE', /seed .* got -1/],
    [{ seed: 1.5 }, 'ERR_RANGE', /seed/],
    [{ seed: 2 ** 60 }, 'ERR_RANGE', /bigint/],
    [{ seed: 2n ** 64n }, 'ERR_RANGE', /seed .* got 18446744073709551616n/],
    [{ seed: undefined }, 'ERR_OPTION', /seed .* got nothing/],
    [{ unit: 'uV' }, 'ERR_OPTION', /unit must be one of mV, zscore, got "uV"/],
    [{ threads: 0 }, 'ERR_RANGE', /threads/],
    [{ preset: 3 }, 'ERR_OPTION', /preset/],
    [{ preset: 'papre' }, 'ERR_UNKNOWN_PRESET', /did you mean "paper"/],
    [{ fshz: 500 }, 'ERR_OPTION', /no option "fshz"; did you mean "fsHz"/],
  ];
  it('use mV if no unit is given', () => {
    const { unit, ...rest } = options;
    expect([unit, new Synthesizer(rest).unit]).toEqual(['zscore', 'mV']);
  });

  it.each(wrongOptions)('are rejected by new Synthesizer if they are %o', (wrong, code, sentence) => {
    const make = () => new Synthesizer({ ...options, ...wrong } as unknown as SynthesizerOptions);
    expect(make).toThrow(sentence);
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it('are required by new Synthesizer', () => {
    const make = () => new Synthesizer(undefined as unknown as SynthesizerOptions);
    expect(make).toThrow(/takes an object of options, got nothing/);
  });

  const wrongBatches: [Record<string, unknown>, string, RegExp][] = [
    [{ classes: ['norml'] }, 'ERR_UNKNOWN_CLASS', /did you mean "normal"/],
    [{ classes: [] }, 'ERR_OPTION', /at least one class/],
    [{ classes: 'af' }, 'ERR_OPTION', /classes .* got "af"/],
    [{ count: 0 }, 'ERR_RANGE', /count .* got 0/],
    [{ count: 1.5 }, 'ERR_RANGE', /count/],
    [{ count: 2 ** 31 }, 'ERR_RANGE', /count/],
    [{ count: 2 ** 31 - 1 }, 'ERR_RANGE', /do not fit into memory/],
    [{ count: undefined }, 'ERR_OPTION', /count .* got nothing/],
    [{ start: -1 }, 'ERR_RANGE', /start/],
    [{ start: Number.MAX_SAFE_INTEGER }, 'ERR_RANGE', /beyond record/],
    [
      { out: new Float32Array(3) },
      'ERR_RANGE',
      /out must hold count x length = 2 x 5000 = 10000 samples, got 3/,
    ],
    [
      { out: new Float64Array(10_000) },
      'ERR_OPTION',
      /out must be an array of the synthesizer's type, got Float64Array/,
    ],
    [{ signal: {} }, 'ERR_OPTION', /AbortSignal/],
    [{ onProgress: 1 }, 'ERR_OPTION', /onProgress/],
    [{ annotation: true }, 'ERR_OPTION', /did you mean "annotations"/],
  ];
  it.each(wrongBatches)('are rejected by batch if they are %o', async (wrong, code, sentence) => {
    const promise = new Synthesizer(options).batch({ classes, count: 2, ...wrong } as never);
    await expect(promise).rejects.toThrow(sentence);
    await expect(promise).rejects.toMatchObject({ code });
  });

  it('may not contain an `out` that was transferred, before or during the job', async () => {
    const synth = new Synthesizer(options);
    const transfer = ({ buffer }: Float32Array) =>
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    const gone = new Float32Array(2 * synth.lengthSamples);
    transfer(gone);
    const refused = expect.objectContaining({
      code: 'ERR_RANGE',
      message: expect.stringContaining('transferred'),
    });
    await expect(synth.batch({ classes, count: 2, out: gone })).rejects.toEqual(refused);
    const count = 300;
    const out = new Float32Array(count * synth.lengthSamples);
    const promise = synth.batch({ classes, count, out });
    const taken = transfer(out);
    await expect(promise).rejects.toMatchObject({
      code: 'ERR_RANGE',
      message: expect.stringMatching(
        /^out lost its memory .* it held 1500000 samples, now 0; do not transfer/,
      ),
    });
    expect(new Float32Array(taken as ArrayBuffer).every((sample) => sample === 0)).toBe(true);
  });

  it('may not contain an `out` whose buffer can shrink during the job', async () => {
    const Resizable = ArrayBuffer as unknown as new (
      bytes: number,
      o: { maxByteLength: number },
    ) => ArrayBuffer;
    const out = new Float32Array(new Resizable(40_000, { maxByteLength: 80_000 }), 0, 10_000);
    await expect(new Synthesizer(options).batch({ classes, count: 2, out })).rejects.toMatchObject({
      code: 'ERR_RANGE',
    });
  });
});
