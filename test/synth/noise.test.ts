// Additional noise, from options to samples: without it nothing changes; levels and spectra are as requested; the
// converter holds, rounds and clips samples; batches, threads, targets and pieces give the same bits; invalid options
// and command-line texts are rejected with a message.

import { afterAll, describe, expect, it, test } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { loadKernel } from '#lib/kernel/node.js';
import { checkNoise, type NoiseOptions, packNoise } from '#lib/synth/noise.js';
import { parseNoise } from '#lib/synth/noise-text.js';
import { presets } from '#lib/synth/presets.js';
import { packSpec } from '#lib/synth/spec.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'] as const;
const base = { preset: 'paper', fsHz: 500, seconds: 10, seed: 7, unit: 'mV' } as const;
const quiet = { ...presets.paper, noiseMv: { min: 0, max: 0 }, baselineMv: { min: 0, max: 0 } };
const everything: NoiseOptions = {
  wander: { snrDb: { min: 3, max: 9 } },
  powerline: { amplitudeMv: 0.05, hz: 60, harmonics: 5 },
  muscle: { snrDb: 15 },
  electrode: { snrDb: 6 },
  adc: { stepMv: 0.005, clipMv: 3, holdSamples: 3 },
};

async function rendered(options: object, count = 5): Promise<Float32Array[]> {
  const synth = new Synthesizer({ ...base, ...options });
  const { signals } = await synth.batch({ classes, count });
  const { lengthSamples: length } = synth;
  return Array.from({ length: count }, (_, k) => signals.slice(k * length, (k + 1) * length));
}

/** Returns the part of each record that the noise adds. */
async function added(noise: NoiseOptions, options: object = {}): Promise<Float32Array[]> {
  const without = await rendered(options);
  return (await rendered({ ...options, noise })).map((signal, k) =>
    signal.map((x, i) => x - without[k]![i]!),
  );
}

function variance(signal: Float32Array): number {
  const mean = signal.reduce((sum, x) => sum + x, 0) / signal.length;
  return signal.reduce((sum, x) => sum + (x - mean) ** 2, 0) / signal.length;
}

/** Returns the power at a frequency that has whole periods in the signal. A sine of amplitude a has a^2 / 2. */
function powerAt(signal: Float32Array, hz: number, fsHz: number): number {
  let re = 0;
  let im = 0;
  for (const [i, x] of signal.entries()) {
    re += x * Math.cos((2 * Math.PI * hz * i) / fsHz);
    im += x * Math.sin((2 * Math.PI * hz * i) / fsHz);
  }
  return (2 * (re * re + im * im)) / signal.length ** 2;
}

const bytes = (signals: Float32Array[]) =>
  Buffer.concat(
    signals.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof PqrstError) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('levels', () => {
  it.each(['wander', 'powerline', 'muscle', 'electrode'])('%s has the requested ratio', async (name) => {
    const clean = await rendered({ preset: quiet });
    for (const snrDb of [0, 12]) {
      for (const [k, noise] of (await added({ [name]: { snrDb } })).entries()) {
        expect(10 * Math.log10(variance(clean[k]!) / variance(noise))).toBeCloseTo(snrDb, 1.3);
      }
    }
  });

  test('mV sets the RMS of muscle, the amplitude of mains and the step of an electrode', async () => {
    for (const noise of await added({ muscle: { rmsMv: 0.05 } }, { seconds: 60 })) {
      expect(Math.sqrt(variance(noise)) / 0.05).toBeCloseTo(1, 1.3);
    }
    for (const noise of await added({ powerline: { amplitudeMv: 0.1 } }, { seconds: 60 })) {
      expect(Math.sqrt(2 * powerAt(noise, 50, 500)) / 0.1).toBeCloseTo(1, 1);
      expect(powerAt(noise, 150, 500)).toBeGreaterThan(1e-7);
      expect(powerAt(noise, 200, 500)).toBeLessThan(1e-9);
    }
    for (const noise of await added({ electrode: { amplitudeMv: 1, perMinute: 0.01 } })) {
      const peak = noise.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(peak).toBeGreaterThan(0.45);
      expect(peak).toBeLessThan(1.55);
    }
  });

  test('a range gives each record a different level', async () => {
    const clean = await rendered({ preset: quiet });
    const ratios = (await added({ muscle: { snrDb: { min: 6, max: 18 } } })).map(
      (noise, k) => 10 * Math.log10(variance(clean[k]!) / variance(noise)),
    );
    expect(Math.min(...ratios)).toBeGreaterThan(5.95);
    expect(Math.max(...ratios)).toBeLessThan(18.05);
    expect(new Set(ratios.map((ratio) => ratio.toFixed(1))).size).toBeGreaterThan(3);
  });

  test('a z-scored record with noise has mean 0 and SD 1', async () => {
    for (const signal of await rendered({ unit: 'zscore', noise: everything })) {
      expect(signal.reduce((sum, x) => sum + x, 0) / signal.length).toBeCloseTo(0, 5);
      expect(variance(signal)).toBeCloseTo(1, 4);
    }
  });
});

test('the converter holds, rounds and clips samples', async () => {
  const signals = await rendered({ noise: { adc: { stepMv: 0.01, clipMv: 0.5, holdSamples: 10 } } });
  for (const signal of signals) {
    for (const [i, x] of signal.entries()) {
      expect(Math.abs(x)).toBeLessThanOrEqual(0.5);
      expect(x).toBe(Math.fround(Math.round(x / 0.01) * 0.01));
      if (i % 10 !== 0) expect(x).toBe(signal[i - 1]);
    }
    expect(new Set(signal).size).toBeGreaterThan(10);
  }
});

describe('the same bits', async () => {
  const native = loadKernel();
  const chosen = native.target();
  const reference = bytes(await rendered({ noise: everything }));
  afterAll(() => {
    native.selectTarget(chosen);
  });

  test('without noise and with an empty noise option', async () => {
    const plain = bytes(await rendered({}));
    expect(bytes(await rendered({ noise: undefined })).equals(plain)).toBe(true);
    expect(bytes(await rendered({ noise: {} })).equals(plain)).toBe(true);
    expect(reference.equals(plain)).toBe(false);
  });

  test('with one thread and three, and from any start', async () => {
    expect(bytes(await rendered({ noise: everything, threads: 1 })).equals(reference)).toBe(true);
    expect(bytes(await rendered({ noise: everything, threads: 3 })).equals(reference)).toBe(true);
    const last = await new Synthesizer({ ...base, noise: everything }).batch({ classes, start: 4, count: 1 });
    expect(Buffer.from(last.signals.buffer).equals(reference.subarray(4 * 5000 * 4))).toBe(true);
  });

  it.each(native.targets())('on %s', async (target) => {
    native.selectTarget(target);
    expect(bytes(await rendered({ noise: everything })).equals(reference)).toBe(true);
  });

  it.each(['float32', 'int16'] as const)('in pieces, %s', async (type) => {
    const seconds = (2 * 262_144 + 1001) / 500;
    const synth = new Synthesizer({ ...base, unit: 'zscore', seconds, type, noise: everything });
    const whole = await synth.batch({ classes, start: 1, count: 1 });
    const pieces = [];
    for await (const piece of (await synth.record({ classes, index: 1 })).pieces()) pieces.push(piece);
    const joined = Buffer.concat(pieces.map((piece) => Buffer.from(piece.buffer)));
    expect(joined.equals(Buffer.from(whole.signals.buffer))).toBe(true);
  });

  test('an abort takes effect while the levels are measured', async () => {
    const synth = new Synthesizer({ ...base, seconds: 86_400, noise: everything });
    const controller = new AbortController();
    const opened = synth.record({ classes, index: 0, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(opened).rejects.toThrow('enough');
  });
});

describe('options', () => {
  test('are packed for every field that the kernel names', () => {
    const fields = loadKernel().noiseFields();
    const of = (noise: NoiseOptions) => {
      const packed = packNoise(checkNoise(noise, 500), fields);
      return Object.fromEntries(fields.map((field, at) => [field, packed[at]]));
    };
    expect(of({})).toMatchObject({ 'wander.kind': 0, 'electrode.kind': 0, 'adc.stepMv.max': 0 });
    expect(of(everything)).toEqual({
      'wander.kind': 2,
      'wander.min': 3,
      'wander.max': 9,
      'wander.lowHz': 0.05,
      'wander.highHz': 0.5,
      'powerline.kind': 1,
      'powerline.min': 0.05,
      'powerline.max': 0.05,
      'powerline.hz': 60,
      'powerline.harmonics': 5,
      'muscle.kind': 2,
      'muscle.min': 15,
      'muscle.max': 15,
      'muscle.lowHz': 20,
      'muscle.highHz': 150,
      'electrode.kind': 2,
      'electrode.min': 6,
      'electrode.max': 6,
      'electrode.perMinute': 6,
      'adc.stepMv.min': 0.005,
      'adc.stepMv.max': 0.005,
      'adc.clipMv.min': 3,
      'adc.clipMv.max': 3,
      'adc.holdSamples': 3,
    });
    expect(() => packNoise({}, ['wander.colour'])).toThrow('wander.colour');
  });

  it.each<[unknown, number, RegExp]>([
    [{ wandr: {} }, 500, /^ERR_OPTION .*"wandr"; did you mean "wander"/],
    [{ wander: { rmsMV: 1 } }, 500, /^ERR_OPTION noise\.wander .*"rmsMV"; did you mean "rmsMv"/],
    [{ wander: {} }, 500, /^ERR_OPTION noise\.wander .*rmsMv or as snrDb, got neither/],
    [{ muscle: { rmsMv: 1, snrDb: 3 } }, 500, /^ERR_OPTION noise\.muscle .*got both/],
    [{ muscle: { snrDb: '6' } }, 500, /^ERR_OPTION noise\.muscle: snrDb must be -60 to 100 dB.*got "6"/],
    [{ electrode: { amplitudeMv: -1 } }, 500, /^ERR_RANGE noise\.electrode: amplitudeMv .*got -1/],
    [{ electrode: { amplitudeMv: Number.NaN } }, 500, /^ERR_RANGE .*got NaN/],
    [{ wander: { rmsMv: { min: 2, max: 1 } } }, 500, /^ERR_OPTION noise\.wander: rmsMv/],
    [{ wander: { rmsMv: { min: 1, max: 2, sd: 3 } } }, 500, /^ERR_OPTION noise\.wander: rmsMv/],
    [{ wander: { rmsMv: 1, lowHz: 1 } }, 500, /^ERR_RANGE noise\.wander: highHz 0.5 must be above lowHz 1/],
    [{ powerline: { snrDb: 20, hz: 55 } }, 500, /^ERR_OPTION noise\.powerline: hz must be 50 or 60, got 55/],
    [{ powerline: { snrDb: 20, hz: 60 } }, 100, /^ERR_RANGE .*60 Hz cannot be sampled at 100 Hz/],
    [{ muscle: { snrDb: 20, lowHz: 25 } }, 50, /^ERR_RANGE noise\.muscle: lowHz 25 is too high for 50 Hz/],
    [
      { muscle: { snrDb: 20, highHz: 22 } },
      500,
      /^ERR_RANGE noise\.muscle: highHz 22 must be at least 5 Hz above/,
    ],
    [{ adc: { holdSamples: 1.5 } }, 500, /^ERR_RANGE noise\.adc: holdSamples .*got 1\.5/],
    [{ adc: { stepMv: 1, clipMv: 0.5 } }, 500, /^ERR_RANGE noise\.adc: clipMv 0\.5/],
    [{ wander: 3 }, 500, /^ERR_OPTION noise\.wander takes an object/],
    [3, 500, /^ERR_OPTION .*noise/],
  ])('%j at %i Hz is rejected', (noise, fsHz, sentence) => {
    expect(refusal(() => new Synthesizer({ ...base, fsHz, noise: noise as NoiseOptions }))).toMatch(sentence);
  });

  it.each([[new Float64Array(3)], [[1, 2]], [new Float64Array(24).fill(Number.NaN)], ['wander']])(
    'the binding rejects %o',
    (noise) => {
      const request = {
        model: 'paper',
        spec: packSpecOf(),
        seed: 7n,
        classes: Uint8Array.of(0),
        start: 0n,
        count: 1,
        fsHz: 100,
        lengthSamples: 50,
        leads: Uint8Array.of(1),
        unit: 'mV',
        type: 'float32',
        threads: 1,
        annotate: false,
        out: new Float32Array(50),
        control: new Int32Array(new SharedArrayBuffer(8)),
        noise: noise as Float64Array,
      } as const;
      expect(() => loadKernel().synth(request)).toThrow(expect.objectContaining({ code: 'ERR_NATIVE' }));
    },
  );
});

function packSpecOf(): Float64Array {
  return packSpec(presets.paper, loadKernel().specFields());
}

describe('the kernel has the limits of the options', () => {
  const request = (noise: Float64Array) =>
    ({
      model: 'paper',
      spec: packSpecOf(),
      seed: 7n,
      classes: Uint8Array.of(0),
      start: 0n,
      count: 1,
      fsHz: 4000,
      lengthSamples: 5,
      leads: Uint8Array.of(1),
      unit: 'mV',
      type: 'float32',
      threads: 1,
      annotate: false,
      out: null,
      control: new Int32Array(new SharedArrayBuffer(8)),
      noise,
    }) as const;
  const level = (min: number, max: number) => ({ min, max });
  const extremes: [string, NoiseOptions, NoiseOptions][] = [
    ['size in mV', { wander: { rmsMv: level(0, 100) } }, { wander: { rmsMv: 100.1 } }],
    ['size below 0 mV', { muscle: { rmsMv: 0 } }, { muscle: { rmsMv: -0.1 } }],
    ['level in dB', { electrode: { snrDb: level(-60, 100) } }, { electrode: { snrDb: 100.1 } }],
    ['range in order', { electrode: { snrDb: level(1, 2) } }, { electrode: { snrDb: level(2, 1) } }],
    [
      'lowest wander',
      { wander: { rmsMv: 1, lowHz: 0.001, highHz: 5 } },
      { wander: { rmsMv: 1, lowHz: 0.0009, highHz: 5 } },
    ],
    ['mains', { powerline: { snrDb: 1, hz: 60 } }, { powerline: { snrDb: 1, hz: 55 as 50 } }],
    ['harmonics', { powerline: { snrDb: 1, harmonics: 40 } }, { powerline: { snrDb: 1, harmonics: 41 } }],
    [
      'muscle',
      { muscle: { snrDb: 1, lowHz: 1000, highHz: 1800 } },
      { muscle: { snrDb: 1, lowHz: 1000.1, highHz: 1800 } },
    ],
    [
      'narrow muscle',
      { muscle: { snrDb: 1, lowHz: 20, highHz: 25 } },
      { muscle: { snrDb: 1, lowHz: 20, highHz: 24.9 } },
    ],
    ['steps', { electrode: { snrDb: 1, perMinute: 120 } }, { electrode: { snrDb: 1, perMinute: 120.1 } }],
    [
      'converter',
      { adc: { stepMv: 10, clipMv: 1000, holdSamples: 10_000 } },
      { adc: { holdSamples: 10_001 } },
    ],
    ['clip', { adc: { clipMv: 1000 } }, { adc: { clipMv: 1000.1 } }],
  ];
  it.each(extremes)('%s', async (_, inside, outside) => {
    const native = loadKernel();
    const fields = native.noiseFields();
    await native.synth(request(packNoise(checkNoise(inside, 4000), fields)));
    expect(() => checkNoise(outside, 4000)).toThrow(PqrstError);
    expect(() => native.synth(request(packNoise(outside, fields)))).toThrow(/^noise must have /);
  });
});

describe('noise on the command line', () => {
  it.each<[string, NoiseOptions]>([
    ['wander=6dB', { wander: { snrDb: 6 } }],
    ['wander=0.2mV@0.05-0.4Hz', { wander: { rmsMv: 0.2, lowHz: 0.05, highHz: 0.4 } }],
    ['wander=-6..3.5dB', { wander: { snrDb: { min: -6, max: 3.5 } } }],
    ['powerline=0.05mV@60', { powerline: { amplitudeMv: 0.05, hz: 60 } }],
    ['powerline=20db@50Hzx5', { powerline: { snrDb: 20, hz: 50, harmonics: 5 } }],
    ['muscle=.03..0.1mV@20-150', { muscle: { rmsMv: { min: 0.03, max: 0.1 }, lowHz: 20, highHz: 150 } }],
    ['electrode=0.5mV@3/min', { electrode: { amplitudeMv: 0.5, perMinute: 3 } }],
    ['adc=5e-3mV, clip=5mV, hold=3', { adc: { stepMv: 0.005, clipMv: 5, holdSamples: 3 } }],
    ['muscle=12dB,hold=2', { muscle: { snrDb: 12 }, adc: { holdSamples: 2 } }],
  ])('%s', (text, options) => {
    expect(parseNoise(text)).toEqual(options);
    expect(() => checkNoise(parseNoise(text), 500)).not.toThrow();
  });

  it.each([
    ['', 'expected one of wander, powerline'],
    ['wandr=6dB', 'did you mean "wander"'],
    ['wander', 'write wander=6dB'],
    ['wander=6', 'write wander=6dB'],
    ['wander=6dB@3', '"wander=6dB@3" cannot be read'],
    ['wander=6..dB', 'cannot be read'],
    ['powerline=1mV@60x', 'cannot be read'],
    ['adc=3dB', 'write adc=0.005mV'],
    ['hold=x', 'write hold=3'],
    ['muscle=1mV,muscle=6dB', '"muscle" twice'],
  ])('"%s" is rejected', (text, words) => {
    const sentence = refusal(() => parseNoise(text));
    expect(sentence).toMatch(/^ERR_OPTION /);
    expect(sentence).toContain(words);
  });
});
