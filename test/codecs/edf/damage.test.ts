// Files damaged at random: bytes changed, removed or repeated. The parsers of header and annotations, and the readers,
// either succeed or throw a PqrstError, and read no more samples than the file has bytes. The seeds are fixed, so a
// failure can be repeated.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { type RandomStream, randomStream } from '#lib/base/random.js';
import { parseEdfHeader } from '#lib/codecs/edf/header.js';
import { readEdf, readEdfAnnotations } from '#lib/codecs/edf/read.js';
import { formatTal, parseTals } from '#lib/codecs/edf/tal.js';
import { annotationSignal, edfFile } from '../../helpers/edf-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

/** Digits, signs and the bytes that structure a file damage it more than other bytes do. */
const sharp = Buffer.from('0123456789+-.,eED \0\x14\x15\xff\x1b', 'latin1');

function damage(bytes: Uint8Array, random: RandomStream, end = bytes.length): Uint8Array {
  const at = random.below(end);
  const to = Math.min(bytes.length, at + 1 + random.below(8));
  switch (random.below(6)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 3:
      return bytes.map((byte, n) => (n >= at && n < to ? random.below(256) : byte));
    default:
      return bytes.map((byte, n) => (n >= at && n < to ? sharp[random.below(sharp.length)]! : byte));
  }
}

/** Returns whether `work` succeeds; throws any error but a PqrstError. */
function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof PqrstError)) throw error;
    return false;
  }
}

const file = edfFile(
  [
    { samples: Array.from({ length: 30 }, (_, n) => n) },
    { label: 'ECG V1', samples: Array.from({ length: 30 }, (_, n) => -n) },
    annotationSignal([
      '+0\x14\x14\0+0.5\x150.1\x14(AFIB\x14\0',
      '+1\x14\x14\0',
      '+2.5\x14\x14\0+3\x14V\x14\0',
    ]),
  ],
  { reserved: 'EDF+D' },
);

describe('the parsers of EDF', () => {
  it('parse a damaged header, or throw a PqrstError: 5000 mutations', () => {
    const random = randomStream(1, 'damaged EDF header');
    const headerBytes = 256 * 4;
    let good = 0;
    for (let round = 0; round < 5000; round++) {
      let bytes: Uint8Array = file;
      for (let n = random.below(3); n >= 0 && bytes.length > 0; n--) {
        bytes = damage(bytes, random, Math.min(bytes.length, headerBytes));
      }
      const isGood = succeeds(() => {
        const { records, recordBytes, headerBytes: size } = parseEdfHeader(bytes, bytes.length, 'x');
        if (!(size + records * recordBytes <= bytes.length)) throw new Error('more than the file holds');
      });
      if (isGood) good++;
    }
    expect(good).toBeGreaterThan(250);
    expect(good).toBeLessThan(4000);
  });

  it('parse damaged annotations, or state the problem: 5000 mutations', () => {
    const random = randomStream(1, 'damaged EDF annotations');
    const list = Buffer.concat([
      formatTal(0, undefined, ''),
      formatTal(12.345678, 0.5, '(AFIB'),
      formatTal(-1, undefined, 'café'),
      Buffer.alloc(9),
    ]);
    let good = 0;
    for (let round = 0; round < 5000; round++) {
      let bytes: Uint8Array = list;
      for (let n = random.below(4); n >= 0 && bytes.length > 0; n--) bytes = damage(bytes, random);
      const { tals, problem } = parseTals(bytes);
      for (const { onsetS, durationS = 0, texts } of tals) {
        if (Number.isNaN(onsetS) || !(durationS >= 0))
          throw new Error(`a time of ${onsetS} and ${durationS} s`);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: no control character may reach a terminal.
        if (/[\0-\x1f\x7f-\x9f]/.test(texts.join(''))) throw new Error(`control characters in ${texts}`);
      }
      if (problem === undefined) good++;
    }
    expect(good).toBeGreaterThan(250);
    expect(good).toBeLessThan(4700);
  });

  it('read damaged files, or throw a PqrstError: 600 mutations', async () => {
    const path = join(await temporaryFolder(), 'damaged.edf');
    const random = randomStream(1, 'damaged EDF file');
    let refused = 0;
    for (let round = 0; round < 600; round++) {
      await writeFile(path, damage(file, random));
      try {
        await readEdfAnnotations(path);
        await readEdf(path);
      } catch (error) {
        expect(error).toBeInstanceOf(PqrstError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(120);
    expect(refused).toBeLessThan(560);
  });
});
