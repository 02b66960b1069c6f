// The tensorflow engine: TensorFlow.js interprets the nodes of a program and computes the gradients itself, so it is also
// an independent check of the onnxruntime engine. It is slow without the native backend. Its packages are optional peer
// dependencies.

import type { Engine } from './engine.js';
import { threadEngine } from './thread.js';

/** Plain JavaScript (cpu), WebAssembly (wasm) or native TensorFlow (tensorflow, from @tensorflow/tfjs-node). */
export type TensorflowBackend = 'cpu' | 'wasm' | 'tensorflow';

/** Options of the tensorflow engine. */
export interface TensorflowOptions {
  /** Default tensorflow. */
  readonly backend?: TensorflowBackend;
}

/**
 * Opens a tensorflow engine with a separate worker thread. Programs and state are the same as for the onnxruntime engine,
 * so a checkpoint of one engine continues in the other. The backend decides the number of threads: cpu and wasm use one,
 * native TensorFlow uses all cores. All failures are ERR_ENGINE.
 *
 * @throws PqrstError ERR_ENGINE: when the packages of the backend are not installed.
 */
export async function tensorflowEngine(options: TensorflowOptions = {}): Promise<Engine> {
  const { backend = 'tensorflow' } = options;
  const worker = new URL('./tensorflow/worker.js', import.meta.url);
  const engine = threadEngine(`tensorflow (${backend})`, worker, { backend });
  try {
    await engine.open();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}
