// The second engine: TensorFlow.js interprets the program's nodes and derives the gradients itself, so it also judges ours.
// Not a fast one, unless the native backend is there; its packages are optional peers.

import type { Engine } from './engine.js';
import { threadEngine } from './thread.js';

/** Plain JavaScript, WebAssembly, or native TensorFlow (@tensorflow/tfjs-node). */
export type TensorflowBackend = 'cpu' | 'wasm' | 'tensorflow';

export interface TensorflowOptions {
  /** Default tensorflow. */
  readonly backend?: TensorflowBackend;
}

/**
 * An engine with a worker thread of its own. Programs and state are those of the other engine: a checkpoint written by
 * one continues in the other. The number of threads is the backend's own affair: cpu and wasm have one, native TensorFlow
 * takes all cores. Rejects with ERR_ENGINE where the backend's packages are missing; so do all its failures.
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
