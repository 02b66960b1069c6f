// Files damaged at random: bytes changed, removed or repeated. Reading either succeeds or throws a PqrstError. The seeds
// are fixed, so a failure can be repeated.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { type RandomStream, randomStream } from '#lib/base/random.js';
import { readAnnotations, readLeads, readRecord } from '#lib/codecs/wfdb/read.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { flacFile } from '../../helpers/flac-file.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { randomRecord } from '../../helpers/random-record.js';
import { writeSegments } from '../../helpers/segments.js';

function damage(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const at = random.below(bytes.length);
  const to = Math.min(bytes.length, at + 1 + random.below(8));
  switch (random.below(4)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    default:
      return bytes.map((byte, n) => (n >= at && n < to ? random.below(256) : byte));
  }
}

describe('reading a damaged record', () => {
  it.each(['hea', 'dat', 'atr'])(
    'succeeds or throws a PqrstError after any damage to the .%s',
    async (suffix) => {
      const folder = await temporaryFolder();
      const { record, annotations, comments } = randomRecord(4);
      await writeRecord(folder, record, { annotations, comments });
      const path = join(folder, record.name);
      const whole = await readFile(`${path}.${suffix}`);
      const random = randomStream(1, 'damage', suffix);
      let refused = 0;
      for (let round = 0; round < 150; round++) {
        await writeFile(`${path}.${suffix}`, damage(whole, random));
        try {
          const { signalsMv } = await readRecord(path);
          for (const signalMv of signalsMv)
            expect(signalMv.length).toBeLessThanOrEqual(4 * record.signalsMv[0]!.length);
          await readAnnotations(path, 'atr');
        } catch (error) {
          expect(error).toBeInstanceOf(PqrstError);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(20);
      expect(refused).toBeLessThan(150);
    },
  );

  it.each(['var.hea', 'layout.hea', 'a.hea', 'b.dat'])(
    'succeeds or throws a PqrstError after any damage to a record of segments (%s)',
    async (file) => {
      const folder = await temporaryFolder();
      await writeSegments(folder);
      const whole = await readFile(join(folder, file));
      const random = randomStream(2, 'damage', file);
      const outcomes = new Set<string>();
      for (let round = 0; round < 200; round++) {
        await writeFile(join(folder, file), damage(whole, random));
        try {
          const record = await readLeads(join(folder, 'var'), (names) => [Math.max(0, names.indexOf('II'))]);
          if (typeof record !== 'string') expect(record.signalsMv[0]!.length).toBeLessThan(2 ** 28);
          outcomes.add('read');
        } catch (error) {
          expect(error).toBeInstanceOf(PqrstError);
          outcomes.add('refused');
        }
      }
      expect(outcomes.size).toBe(2);
    },
  );

  it('succeeds or throws a PqrstError after any damage to a FLAC stream', async () => {
    const folder = await temporaryFolder();
    const signal = Array.from({ length: 500 }, (_, n) => Math.round(300 * Math.sin(n / 15)) + (n % 5));
    const whole = flacFile([signal, signal.map((one) => one >> 1)], { bits: 16 });
    await writeFile(join(folder, 'r.hea'), 'r 2 250\nr.dat 516 1/mV\nr.dat 516 1/mV');
    const random = randomStream(3, 'damage', 'flac');
    for (let round = 0; round < 400; round++) {
      await writeFile(join(folder, 'r.dat'), damage(whole, random));
      const length = await readRecord(join(folder, 'r')).then(
        ({ signalsMv }) => signalsMv[0]!.length,
        (error) => (error instanceof PqrstError ? 0 : Promise.reject(error)),
      );
      expect(length).toBeLessThanOrEqual(500 + 192);
    }
  });
});
