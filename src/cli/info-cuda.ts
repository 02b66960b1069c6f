// `pqrst info --cuda-provider WHEEL`: unpacks the CUDA provider of a wheel, and states which libraries it needs.

import { relative } from 'node:path';
import { installedRuntime, unpackCudaProvider } from '../engine/cuda-provider.js';
import { tryDevice } from '../engine/devices.js';
import { lines } from './info.js';
import type { Result } from './task.js';

/**
 * Unpacks the provider beside the installed onnxruntime-node.
 *
 * @throws PqrstError ERR_DEVICE, ERR_DATA_UNREADABLE, ERR_PATH_OUTSIDE, ERR_NOT_FOUND or ERR_WRITE: as unpackCudaProvider.
 */
export async function unpackProvider(wheel: string): Promise<Result> {
  const provider = await unpackCudaProvider(wheel, installedRuntime());
  const { missing } = await tryDevice('cuda');
  const { folder, files, version, commit, cuda, libraries } = provider;
  return {
    json: { wheel, ...provider, missing: missing ?? null },
    text: lines([
      ['folder', relative('', folder)],
      ...files.map(({ name, bytes }): [string, string] => ['unpacked', `${name}, ${bytes} bytes`]),
      ['built from', `onnxruntime ${version}, commit ${commit}, for CUDA ${cuda}`],
      ['device cuda', missing === undefined ? 'available' : `not available: ${missing}`],
      ['libraries', `pip install --target cuda ${libraries.map((one) => `'${one}'`).join(' ')}`],
      ['then', `export LD_LIBRARY_PATH=$(printf '%s:' "$PWD"/cuda/nvidia/*/lib)`],
    ]),
  };
}
