import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from '#lib/train/checkpoint.js';

const sample: Checkpoint = {
  config: { task: 'af', seed: 7, archOptions: { width: 8 } },
  progress: {
    phase: 'train',
    epoch: 10,
    step: 120,
    stale: 1,
    best: { epoch: 5, valLoss: 0.25 },
    curve: [
      {
        phase: 'train',
        epoch: 5,
        step: 60,
        trainLoss: 0.5,
        valLoss: 0.25,
        valF1: null,
        valAuprc: 0.7,
        seconds: 1.5,
      },
    ],
  },
  current: new Map([
    ['stem.weight', Float32Array.of(1, -0, Number.MIN_VALUE, 3.5)],
    ['empty', new Float32Array(0)],
  ]),
  best: new Map([['stem.weight', Float32Array.of(0.1, 0.2, Number.NaN, -7)]]),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pqrst-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a checkpoint', () => {
  it('is read back bit for bit, and leaves no other file', async () => {
    const path = join(folder, 'whole', 'checkpoint.bin');
    await writeCheckpoint(path, sample);
    const back = await readCheckpoint(path);
    expect(back).toEqual(sample);
    expect(new Uint32Array(back.current.get('stem.weight')!.buffer)).toEqual(
      new Uint32Array(sample.current.get('stem.weight')!.buffer),
    );
    expect(await readdir(join(folder, 'whole'))).toEqual(['checkpoint.bin']);
  });

  it('has equal bytes for equal content', () => {
    expect(encodeCheckpoint(sample).equals(encodeCheckpoint(sample))).toBe(true);
  });

  it('is refused after any flipped byte', () => {
    const whole = encodeCheckpoint(sample);
    for (let at = 0; at < whole.length; at += 7) {
      const file = Buffer.from(whole);
      file[at] = file[at]! ^ 0x40;
      expect(() => decodeCheckpoint(file, 'x.bin')).toThrow(
        expect.objectContaining({ code: 'ERR_CHECKPOINT', message: expect.stringContaining('x.bin') }),
      );
    }
  });

  it('is refused when it is cut at any place', () => {
    const whole = encodeCheckpoint(sample);
    for (let length = 0; length < whole.length; length += 5) {
      expect(() => decodeCheckpoint(whole.subarray(0, length), 'x.bin')).toThrow(
        expect.objectContaining({ code: 'ERR_CHECKPOINT' }),
      );
    }
  });

  it('is refused when it is another file, of another version, a folder, or missing', async () => {
    const garbage = join(folder, 'garbage.bin');
    await writeFile(
      garbage,
      'not a checkpoint at all, but long enough to look like one if one only counts bytes',
    );
    await expect(readCheckpoint(garbage)).rejects.toThrow(/garbage\.bin is not a checkpoint of pqrst/);
    const other = encodeCheckpoint(sample);
    other.writeUInt32LE(9, 8);
    expect(() => decodeCheckpoint(other, 'x.bin')).toThrow(/version 9.*version 1/);
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await expect(readCheckpoint(join(folder, 'none.bin'))).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('keeps the old file if the new one cannot be written', async () => {
    const path = join(folder, 'kept.bin');
    await writeCheckpoint(path, sample);
    const before = await readFile(path);
    await expect(writeCheckpoint(join(path, 'below'), sample)).rejects.toMatchObject({ code: 'ERR_WRITE' });
    expect(await readFile(path)).toEqual(before);
  });
});
