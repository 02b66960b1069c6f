// The engine that runs programs with onnxruntime-node, in a worker thread (onnxruntime-worker.ts).

import type { Device, Engine } from './engine.js';
import { threadEngine } from './thread.js';

/** On CUDA, the Node binding copies the state to the device and back in every run, so 16 steps share one run. */
const stepsPerRun: Readonly<Record<Device, number>> = { cpu: 1, cuda: 16, webgpu: 1 };

/**
 * Returns an engine that runs ONNX Runtime in a separate worker thread, which the first `load` starts. Does not test
 * whether the device is available, unlike `openEngine`. All failures of the engine are ERR_ENGINE.
 *
 * @param options - `device` to compute on; default 'cpu'.
 * @example
 * ```js
 * import { onnxRuntimeEngine } from 'pqrst/train';
 * const engine = onnxRuntimeEngine({ device: 'cpu' });
 * console.log(engine.name, engine.device);
 * await engine.close();
 * ```
 */
export function onnxRuntimeEngine(options: { readonly device?: Device } = {}): Engine {
  const { device = 'cpu' } = options;
  const worker = new URL('./onnxruntime-worker.js', import.meta.url);
  return {
    ...threadEngine('onnxruntime', worker, { device }),
    device,
    stepsPerRun: stepsPerRun[device],
  };
}
