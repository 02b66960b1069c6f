// .npy files: what is appended reads back; nothing stays under the final name until the end.

import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NpyWriter, readNpy } from '#lib/records/npy.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';
import { pythonWith } from '../helpers/python.js';

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
    expect(await readNpy(join(folder, 'y.npy'))).toEqual({ shape: [3], data: Uint8Array.of(0, 1, 4) });
    await (await NpyWriter.open(join(folder, 'z.npy'), 'float32', [5])).close();
    expect(await readNpy(join(folder, 'z.npy'))).toEqual({ shape: [0, 5], data: new Float32Array(0) });
  });

  it('leaves nothing when it is given up or fed the wrong rows', async () => {
    const folder = await temporaryFolder();
    const writer = await NpyWriter.open(join(folder, 'x.npy'), 'float32', [3]);
    expect(await errorOf(writer.append(Float32Array.of(1, 2)))).toContain('ERR_NPY');
    expect(await errorOf(writer.append(Uint8Array.of(1, 2, 3)))).toContain('ERR_NPY');
    await writer.abort();
    expect(await readdir(folder)).toEqual([]);
  });

  it('says what is in the way with ERR_WRITE', async () => {
    const folder = await folderOf({ file: '' });
    expect(await errorOf(NpyWriter.open(join(folder, 'file', 'x.npy'), 'uint8', []))).toContain('ERR_WRITE');
  });
});

const python = pythonWith('numpy');
describe.skipIf(python === undefined)(
  `NumPy${python ? '' : ' (SKIPPED: no python3 with numpy here)'}`,
  () => {
    it('reads the array that we write', async () => {
      const path = join(await temporaryFolder(), 'x.npy');
      await write(path);
      const script = 'import numpy,sys; a=numpy.load(sys.argv[1]); print(a.dtype, a.tolist())';
      const printed = execFileSync(python!, ['-c', script, path], { encoding: 'utf8' });
      expect(printed.trim()).toBe('float32 [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, -0.5]]');
    });
  },
);

describe('readNpy', () => {
  it('refuses what is cut short, too long, of another type or no array', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x.npy');
    await write(path);
    const whole = await readFile(path);
    const broken = [
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.of(0)]),
      whole.subarray(0, 40),
      Buffer.from(whole.toString('latin1').replace('<f4', '<f8'), 'latin1'),
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
