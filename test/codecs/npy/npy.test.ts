// .npy files: appended rows can be read back, and the file has its final name only at the end.

import { execFileSync } from 'node:child_process';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy, readNpyRows } from '#lib/codecs/npy/read.js';
import { NpyWriter, npyHeader } from '#lib/codecs/npy/write.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { errorOf, folderOf, temporaryFolder } from '../../helpers/folder.js';
import { pythonWith } from '../../helpers/python.js';

async function write(path: string): Promise<void> {
  const writer = await NpyWriter.open(path, 'float32', [3]);
  await writer.append(Float32Array.of(1, 2, 3, 4, 5, 6));
  await writer.append(Float32Array.of(0, 7, 8, -0.5, 9).subarray(1, 4));
  await writer.close();
}

describe('NpyWriter', () => {
  it('writes batches that read back as one array, the file appearing only at the end', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'deep', 'x.npy');
    await write(path);
    expect(await readNpy(path)).toEqual({
      type: 'float32',
      shape: [3, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, -0.5),
    });
    expect(await readdir(join(folder, 'deep'))).toEqual(['x.npy']);
  });

  it('writes one-dimensional bytes, and an array of no rows', async () => {
    const folder = await temporaryFolder();
    const labels = await NpyWriter.open(join(folder, 'y.npy'), 'uint8', []);
    await labels.append(Uint8Array.of(0, 1, 4));
    expect(await readdir(folder)).not.toContain('y.npy');
    await labels.close();
    expect(await readNpy(join(folder, 'y.npy'))).toEqual({
      type: 'uint8',
      shape: [3],
      data: Uint8Array.of(0, 1, 4),
    });
    await (await NpyWriter.open(join(folder, 'z.npy'), 'float32', [5])).close();
    expect(await readNpy(join(folder, 'z.npy'))).toEqual({
      type: 'float32',
      shape: [0, 5],
      data: new Float32Array(0),
    });
  });

  it('writes every type', async () => {
    const folder = await temporaryFolder();
    const arrays = {
      float64: Float64Array.of(1.5, Number.NaN),
      float16: Uint16Array.of(0x3c00, 0xc000),
      int16: Int16Array.of(-32767, 12),
      uint32: Uint32Array.of(4e9, 1),
    } as const;
    for (const [name, data] of Object.entries(arrays)) {
      const type = name as keyof typeof arrays;
      const writer = await NpyWriter.open(join(folder, name), type, []);
      await writer.append(data);
      await writer.close();
      expect(await readNpy(join(folder, name))).toEqual({ type, shape: [2], data });
    }
  });

  it('leaves no file when it is aborted or receives wrong rows', async () => {
    const folder = await temporaryFolder();
    const writer = await NpyWriter.open(join(folder, 'x.npy'), 'float32', [3]);
    expect(await errorOf(writer.append(Float32Array.of(1, 2)))).toContain('ERR_NPY');
    expect(await errorOf(writer.append(Uint8Array.of(1, 2, 3)))).toContain('ERR_NPY');
    await writer.abort();
    expect(await readdir(folder)).toEqual([]);
  });

  it('reports with ERR_WRITE why the file cannot be written', async () => {
    const folder = await folderOf({ file: '' });
    expect(await errorOf(NpyWriter.open(join(folder, 'file', 'x.npy'), 'uint8', []))).toContain('ERR_WRITE');
  });
});

const python = pythonWith('numpy');
describe.skipIf(python === undefined)(
  `NumPy${python ? '' : ' (SKIPPED: no python3 with numpy here)'}`,
  () => {
    it('reads a written array', async () => {
      const path = join(await temporaryFolder(), 'x.npy');
      await write(path);
      const script = 'import numpy,sys; a=numpy.load(sys.argv[1]); print(a.dtype, a.tolist())';
      const printed = execFileSync(python!, ['-c', script, path], { encoding: 'utf8' });
      expect(printed.trim()).toBe('float32 [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, -0.5]]');
    });

    it('maps a shard of a corpus into memory, aligned, in every type', async () => {
      for (const type of ['float32', 'float16', 'int16'] as const) {
        const folder = join(await temporaryFolder(), 'corpus');
        const { plan } = await writeCorpus(folder, { format: 'npy', count: 5, fsHz: 100, type });
        const script = `
import numpy, sys, os
load = lambda name: numpy.load(os.path.join(sys.argv[1], '00000', name + '.npy'), mmap_mode='r')
x, y = load('signals'), load('labels')
o, b, t = load('beat_offsets'), load('beat_fiducials_s'), load('beat_types')
assert isinstance(x, numpy.memmap) and x.offset % 64 == 0 and x.flags.aligned
assert o.dtype == numpy.uint32 and b.dtype == numpy.float64 and o[-1] == len(b) == len(t)
print(x.dtype, x.shape, y.tolist(), float(x[1, 7]), int(numpy.argmax(x[0])), bytes(t[:o[1]]).decode())`;
        const printed = execFileSync(python!, ['-c', script, folder], { encoding: 'utf8' });
        const batch = await new Synthesizer({
          preset: 'paper',
          fsHz: 100,
          seconds: 10,
          seed: 0,
          unit: 'mV',
        }).batch({
          classes: plan.classes,
          count: 2,
          annotations: true,
        });
        const beats = batch.annotations!.record(0).beats.map((beat) => beat.type);
        const [dtype, ...words] = printed.trim().split(' ');
        expect(dtype).toBe(type);
        expect(words.slice(0, 7).join(' ')).toBe('(5, 1000) [0, 1, 2, 3, 4]');
        const perMv = type === 'int16' ? 1000 : 1;
        expect(Math.abs(Number(words[7]) / perMv - batch.signals[1007]!)).toBeLessThan(0.001);
        expect(words[9]).toBe(beats.join(''));
      }
    });

    // A sparse file: 3 GiB of data that take no disk space.
    it('maps an array of more than 2 GiB', async () => {
      const path = join(await temporaryFolder(), 'large.npy');
      const rows = 3 * 2 ** 20;
      const file = await open(path, 'w');
      await file.write(npyHeader('int16', [rows, 512]));
      await file.write(Int16Array.of(7), 0, 2, 128 + rows * 1024 - 2);
      await file.close();
      const script = 'import numpy,sys; a=numpy.load(sys.argv[1],mmap_mode="r"); print(a.shape, a[-1,-1])';
      expect(execFileSync(python!, ['-c', script, path], { encoding: 'utf8' }).trim()).toBe(
        `(${rows}, 512) 7`,
      );
      const last = await readNpyRows(path, rows - 1, 1);
      expect(last.shape).toEqual([1, 512]);
      expect(last.data[511]).toBe(7);
    });
  },
);

describe('readNpyRows', () => {
  it('reads some rows, and rejects rows beyond the end', async () => {
    const path = join(await temporaryFolder(), 'x.npy');
    await write(path);
    expect(await readNpyRows(path, 1, 2)).toEqual({
      type: 'float32',
      shape: [2, 3],
      data: Float32Array.of(4, 5, 6, 7, 8, -0.5),
    });
    expect(await errorOf(readNpyRows(path, 2, 2))).toMatch(
      /^ERR_RANGE.*rows 0-2, but rows 2-3 were requested/,
    );
    expect(await errorOf(readNpyRows(`${path}.gone`, 0, 1))).toContain('ERR_NOT_FOUND');
  });
});

describe('readNpy', () => {
  it('rejects files that are cut short, too long, of an unsupported type or not an array', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x.npy');
    await write(path);
    const whole = await readFile(path);
    const broken = [
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.of(0)]),
      whole.subarray(0, 40),
      Buffer.from(whole.toString('latin1').replace('<f4', '>f4'), 'latin1'),
      Buffer.from(whole.toString('latin1').replace('False', 'True '), 'latin1'),
      Buffer.from(whole.toString('latin1').replace('(3, 3)', '(9999999999, 9999999999)'), 'latin1'),
      Buffer.from('no array at all'),
      Buffer.alloc(0),
    ];
    for (const bytes of broken) {
      await writeFile(path, bytes);
      expect(await errorOf(readNpy(path))).toContain('ERR_NPY');
    }
    expect(await errorOf(readNpy(join(folder, 'gone.npy')))).toContain('ERR_NOT_FOUND');
  });
});
