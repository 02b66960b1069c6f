// Loads tfjs and one of its backends from optional packages.

import { register } from 'node:module';
import util from 'node:util';
import { PqrstError } from '../../base/errors.js';
import type { TensorflowBackend } from '../tensorflow.js';
import type { Tf } from './call.js';

const packages: Readonly<Record<TensorflowBackend, readonly string[]>> = {
  cpu: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'],
  wasm: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'],
  tensorflow: ['@tensorflow/tfjs-node'],
};

/**
 * Loads tfjs and activates `backend`.
 *
 * @throws PqrstError ERR_ENGINE: when a package is missing; the message says how to install it.
 */
export async function openTensorflow(backend: TensorflowBackend): Promise<Tf> {
  try {
    if (backend === 'tensorflow') restoreUtil(util as unknown as Record<string, unknown>);
    const [tf] = await Promise.all(packages[backend].map((name) => import(name)));
    if (backend !== 'tensorflow') await registerGradients();
    (tf as Tf).enableProdMode();
    if (await (tf as Tf).setBackend(backend)) return tf as Tf;
    throw new Error('it does not start');
  } catch (cause) {
    throw new PqrstError(
      'ERR_ENGINE',
      `the tensorflow engine on backend "${backend}" is not available (${firstLine(cause)}); ` +
        `run "npm install ${packages[backend].join(' ')}", or choose the engine onnxruntime`,
      { cause },
    );
  }
}

/** Puts back the function of `node:util` that tfjs-node 4.22 calls and that Node 23 and later lack. */
export function restoreUtil(module: Record<string, unknown>): void {
  module.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}

/** Loads the derivatives of tfjs. The bundle for Node omits them; they are in modules for bundlers (see resolve.ts). */
async function registerGradients(): Promise<void> {
  register(new URL('./resolve.js', import.meta.url));
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
}

function firstLine(cause: unknown): string {
  return (cause as Error).message.split('\n', 1)[0]!;
}
