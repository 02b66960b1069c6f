// The engine on onnxruntime-node: compiles a program to a session of the runtime (onnxruntime-worker.ts).

import type { Engine } from './engine.js';
import { threadEngine } from './thread.js';

/** An engine with a worker thread of its own, started by the first `load`. All its failures are ERR_ENGINE. */
export function onnxRuntimeEngine(): Engine {
  return threadEngine('onnxruntime', new URL('./onnxruntime-worker.js', import.meta.url));
}
