// Gets tfjs and one of its backends, from packages that are not installed with ours.

import { register } from 'node:module';
import { PqrstError } from '../../base/errors.js';
import type { TensorflowBackend } from '../tensorflow.js';
import type { Tf } from './call.js';

const packages: Readonly<Record<TensorflowBackend, readonly string[]>> = {
  cpu: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'],
  wasm: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'],
  tensorflow: ['@tensorflow/tfjs-node'],
};

/** tfjs, set to `backend`; ERR_ENGINE says how to install what is missing. */
export async function openTensorflow(backend: TensorflowBackend): Promise<Tf> {
  try {
    const [tf] = await Promise.all(packages[backend].map((name) => import(name)));
    if (backend !== 'tensorflow') await registerGradients();
    (tf as Tf).enableProdMode();
    if (await (tf as Tf).setBackend(backend)) return tf as Tf;
    throw new Error('it does not start');
  } catch (cause) {
    throw new PqrstError(
      'ERR_ENGINE',
      `the tensorflow engine on backend "${backend}" cannot be had (${firstLine(cause)}); ` +
        `run "npm install ${packages[backend].join(' ')}", or choose the engine onnxruntime`,
      { cause },
    );
  }
}

/** The bundle that Node loads leaves tfjs's derivatives out; its modules have them, written for bundlers (resolve.ts). */
async function registerGradients(): Promise<void> {
  register(new URL('./resolve.js', import.meta.url));
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
}

function firstLine(cause: unknown): string {
  return (cause as Error).message.split('\n', 1)[0]!;
}
