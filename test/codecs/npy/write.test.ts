// Writing .npy files: appended rows can be read back, and the file has its final name only at the end.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '#lib/codecs/npy/read.js';
import { NpyWriter } from '#lib/codecs/npy/write.js';
import { errorOf, folderOf, temporaryFolder } from '../../helpers/folder.js';

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
      int8: Int8Array.of(-128, 12),
      int16: Int16Array.of(-32767, 12),
      int32: Int32Array.of(-2e9, 12),
      int64: BigInt64Array.of(-(2n ** 62n), 12n),
      uint16: Uint16Array.of(65535, 12),
      uint32: Uint32Array.of(4e9, 1),
      uint64: BigUint64Array.of(2n ** 63n, 1n),
      bool: Uint8Array.of(0, 1),
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
