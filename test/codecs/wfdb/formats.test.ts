// Every signal format: random samples are packed by test code and decoded by the reader. Covers several signals, several
// samples per frame, offsets, lengths that fill no whole group, missing samples and skew.

import { describe, expect, it } from 'vitest';
import { type RandomStream, randomStream } from '#lib/base/random.js';
import { readDigital, readRecord } from '#lib/codecs/wfdb/read.js';
import { flacFile } from '../../helpers/flac-file.js';
import { errorOf, folderOf } from '../../helpers/folder.js';
import { interleave, packDifferences, packSamples, sampleBits } from '../../helpers/signal-files.js';

const packed = [16, 24, 32, 61, 80, 160, 212, 310, 311];
const compressed = [508, 516, 524];

function drawSample(format: number, random: RandomStream): number {
  const bits = sampleBits[format]!;
  const edges = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, -1, 1];
  return random.below(6) === 0 ? edges[random.below(5)]! : random.below(2 ** bits) - 2 ** (bits - 1);
}

/** Draws signals with their samples per frame. */
function draw(format: number, seed: number, isFlac: boolean) {
  const random = randomStream(seed, 'formats', format);
  const frames = 1 + random.below(250);
  const count = 1 + random.below(isFlac ? 8 : 4);
  const shared = 1 + random.below(3);
  const perFrame = Array.from({ length: count }, () => (isFlac ? shared : 1 + random.below(3)));
  // The sum of all samples is a multiple of two or three, or not: both ends of a group occur.
  const signals = perFrame.map((n) => Array.from({ length: n * frames }, () => drawSample(format, random)));
  return { random, frames, perFrame, signals, offset: random.below(3) * 7 };
}

function headerOf(
  format: number,
  { frames, perFrame, offset }: ReturnType<typeof draw>,
  stated = true,
): string {
  const lines = perFrame.map((n, at) => `r.dat ${format}x${n}+${offset} 1(0)/mV 0 0 0 0 0 s${at}`);
  return [`r ${perFrame.length} 100 ${stated ? frames : 0}`, ...lines].join('\n');
}

const rounds = Array.from({ length: 12 }, (_, seed) => seed);

describe('signal formats', () => {
  it.each(packed)('decodes format %s', async (format) => {
    for (const seed of rounds) {
      const drawn = draw(format, seed, false);
      const { random, perFrame, signals, offset } = drawn;
      const data = packSamples(format, interleave(signals, perFrame), () => random.below(2));
      const bytes = Buffer.concat([Buffer.alloc(offset, 0xaa), data]);
      const folder = await folderOf({ 'r.hea': headerOf(format, drawn), 'r.dat': bytes });
      const { adc } = await readDigital(`${folder}/r`);
      expect(adc.map((samples) => [...samples])).toEqual(signals);
      const { leads, signalsMv } = await readRecord(`${folder}/r.hea`);
      const missing = -(2 ** (sampleBits[format]! - 1));
      for (const [at, lead] of leads.entries()) {
        const signal = signals[Number(lead.slice(1))]!;
        expect([...signalsMv[at]!]).toEqual(
          signal.map((one) => (one === missing ? Number.NaN : Math.fround(one))),
        );
      }
    }
  });

  it.each(compressed)('decodes FLAC in format %s', async (format) => {
    for (const seed of rounds) {
      const drawn = draw(format, seed, true);
      const { random, perFrame, offset } = drawn;
      // Smooth signals, which predictors suit, and small ones, which leave bits unused.
      const scale = 2 ** (sampleBits[format]! - 1) - 1;
      const signals = drawn.signals.map((signal, at) =>
        at % 3 === 0
          ? signal
          : signal.map((_, n) => (at % 3 === 1 ? 4 : 1) * Math.round((scale / 5) * Math.sin(n / 9 + at)) + 0),
      );
      const channels = signals.map((signal) => [...Array<number>(offset).fill(3), ...signal]);
      const blockSize = [16, 192, 100, 300][random.below(4)]!;
      const bytes = flacFile(channels, { bits: sampleBits[format]!, blockSize, seed });
      const folder = await folderOf({ 'r.hea': headerOf(format, drawn, seed % 2 === 0), 'r.dat': bytes });
      const { adc } = await readDigital(`${folder}/r`);
      expect(adc.map((samples) => [...samples])).toEqual(signals);
      expect(perFrame.length).toBe(adc.length);
    }
  });

  it('decodes FLAC with fewer bits than the format has, and without a stated length', async () => {
    const signal = [-128, 127, 5, -3];
    const bytes = flacFile([signal], { bits: 8, totalSamples: 0 });
    for (const length of ['4', '']) {
      const folder = await folderOf({ 'r.hea': `r 1 100 ${length}\nr.dat 516 1/mV`, 'r.dat': bytes });
      expect((await readRecord(`${folder}/r`)).signalsMv).toEqual([Float32Array.from(signal)]);
    }
  });

  it('sums the differences of format 8, from the initial value or else the ADC zero', async () => {
    const frames = [
      [101, -50],
      [-20, 70],
      [-148, 70],
    ];
    const folder = await folderOf({
      'r.hea': 'r 2 100 3\nr.dat 8 1(0)/mV 8 0 100 0 0 a\nr.dat 8 1(0)/mV 8 -50',
      'r.dat': packDifferences(frames, [100, -50]),
    });
    expect((await readRecord(`${folder}/r`)).signalsMv).toEqual([
      Float32Array.of(101, -20, -148),
      Float32Array.of(-50, 70, 70),
    ]);
  });

  it('gives the samples of each signal of several per frame in format 8', async () => {
    const bytes = new Uint8Array(Int8Array.of(1, 2, 10, 3, 4, -10).buffer);
    const folder = await folderOf({ 'r.hea': 'r 2 100 2\nr.dat 8x2 1/mV\nr.dat 8 1/mV', 'r.dat': bytes });
    const { adc } = await readDigital(`${folder}/r`);
    expect(adc.map((one) => [...one])).toEqual([
      [1, 3, 6, 10],
      [10, 0],
    ]);
  });

  it.each([212, 310, 311])('shifts a skewed signal in format %s by frames', async (format) => {
    const signals = [
      [1, 2, 3, 4, 5, 6],
      [7, 8, 9],
    ];
    const data = packSamples(format, interleave(signals, [2, 1]));
    const lines = [`r.dat ${format}x2:1 1(0)/mV 0 0 0 0 0 a`, `r.dat ${format} 1(0)/mV 0 0 0 0 0 b`];
    const folder = await folderOf({ 'r.hea': ['r 2 100 3', ...lines].join('\n'), 'r.dat': data });
    const record = await readRecord(`${folder}/r`);
    expect([record.leads, record.fsHz]).toEqual([['a'], 200]);
    expect(record.signalsMv).toEqual([Float32Array.of(3, 4, 5, 6, Number.NaN, Number.NaN)]);
    expect(record.notes).toEqual(['signal b is omitted: 100 Hz, not 200 Hz']);
  });

  it.each([...packed, 8])('refuses a length of format %s that the file does not hold', async (format) => {
    for (const length of [4, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const data = format === 8 ? Uint8Array.of(1, 2, 3) : packSamples(format, [1, 2, 3]);
      const folder = await folderOf({ 'r.hea': `r 1 100 ${length}\nr.dat ${format} 1/mV`, 'r.dat': data });
      const error = await errorOf(readRecord(`${folder}/r`));
      expect(error).toContain(`ERR_WFDB_SIGNAL: signal file ${folder}/r.dat holds ${data.length} bytes`);
      expect(error).toContain('the file holds 3 frames');
    }
  });
});

describe('damaged FLAC streams', () => {
  const signal = Array.from({ length: 700 }, (_, n) => Math.round(900 * Math.sin(n / 20)) + (n % 7));
  const whole = flacFile([signal, signal.map((one) => -one)], { bits: 16 });
  const readBytes = async (bytes: Uint8Array, format = 516, length = 700) => {
    const lines = [`r 2 500 ${length}`, `r.dat ${format} 1/mV`, `r.dat ${format} 1/mV`];
    const folder = await folderOf({ 'r.hea': lines.join('\n'), 'r.dat': bytes });
    return errorOf(readRecord(`${folder}/r`));
  };

  it.each([
    ['another file', Buffer.from('RIFF....WAVE'), 'ERR_WFDB_SIGNAL', 'is not a FLAC stream'],
    ['a cut start', whole.subarray(0, 30), 'ERR_WFDB_SIGNAL', 'cut short in the description'],
    ['a cut end', whole.subarray(0, -40), 'ERR_WFDB_SIGNAL', 'of its 700 samples'],
    ['another number of channels', flacFile([signal], { bits: 16 }), 'ERR_WFDB_FORMAT', '1 channels'],
  ])('refuses %s', async (_, bytes, code, words) => {
    const error = await readBytes(bytes);
    expect(error).toContain(code);
    expect(error).toContain(words);
  });

  it('refuses a wrong length and more bits than the format has', async () => {
    expect(await readBytes(whole, 516, 701)).toMatch(/ERR_WFDB_SIGNAL.*holds 700 samples.*requires 701/);
    expect(await readBytes(whole, 508)).toMatch(/ERR_WFDB_FORMAT.*16 bits.*508 has 8/);
  });

  it('notices each changed byte of the frames', async () => {
    const random = randomStream(3, 'damaged flac');
    for (let round = 0; round < 60; round++) {
      const at = 60 + random.below(whole.length - 60);
      const bytes = whole.map((byte, n) => (n === at ? byte ^ (1 + random.below(255)) : byte));
      expect(await readBytes(bytes)).toContain('ERR_WFDB_SIGNAL');
    }
  });
});
