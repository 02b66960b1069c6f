// The engine on onnxruntime-node: compiles a program to a session of the runtime (onnxruntime-worker.ts).

import type { Device, Engine } from './engine.js';
import { threadEngine } from './thread.js';

/** Node's binding copies the state in and out in every run on CUDA; 16 steps share one copy. */
const stepsPerRun: Readonly<Record<Device, number>> = { cpu: 1, cuda: 16, webgpu: 1 };

/**
 * An engine with a worker thread of its own, started by the first `load`. All its failures are ERR_ENGINE. `device` is
 * taken as given: `openEngine` finds out first whether it can be had.
 */
export function onnxRuntimeEngine({ device = 'cpu' }: { readonly device?: Device } = {}): Engine {
  const worker = new URL('./onnxruntime-worker.js', import.meta.url);
  return {
    ...threadEngine('onnxruntime', worker, { device }),
    device,
    stepsPerRun: stepsPerRun[device],
  };
}
