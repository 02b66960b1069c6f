// Opens an engine by name, as the options --engine, --device and --tf-backend do. Each engine is imported only on
// request, so that a program does not load engines that it does not use.

import { z } from 'zod';
import { PqrstError, suggest } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import { chooseDevice, type DeviceChoice, deviceChoices } from './devices.js';
import type { Engine } from './engine.js';
import type { TensorflowBackend } from './tensorflow.js';

/** The names of all engines. */
export const engineNames = ['onnxruntime', 'tensorflow'] as const;
/** The name of an engine. */
export type EngineName = (typeof engineNames)[number];
/** The backends of the tensorflow engine. */
export const tfBackends = ['cpu', 'wasm', 'tensorflow'] as const satisfies readonly TensorflowBackend[];

/** The engine to open, and its device or backend. */
export interface EngineChoice {
  /** Name of the engine that runs the networks; default onnxruntime. */
  readonly engine?: EngineName | undefined;
  /** Device of the onnxruntime engine; default `auto`. */
  readonly device?: DeviceChoice | undefined;
  /** Backend of the tensorflow engine; default `tensorflow`. */
  readonly tfBackend?: TensorflowBackend | undefined;
}

/** An `EngineChoice` that may also contain an open engine. The caller closes an engine that it passes. */
export interface EngineOrChoice extends Omit<EngineChoice, 'engine'> {
  /**
   * An open engine, or the name of an engine to open; default onnxruntime. Omit `device` and `tfBackend` with an open
   * engine.
   */
  readonly engine?: Engine | EngineName | undefined;
}

const choiceSchema = z.strictObject({
  engine: z.string('the name of an engine').optional(),
  device: z.string('the name of a device').optional(),
  tfBackend: z.string('the name of a backend').optional(),
});

/**
 * Opens an engine. Close it after use.
 *
 * @param choice - Engine, device and backend; by default ONNX Runtime on CUDA if available, otherwise on the processor.
 * @example
 * ```js
 * import { openEngine } from 'pqrst/train';
 * const engine = await openEngine({ device: 'cpu' });
 * console.log(engine.name, engine.device, engine.deviceReason);
 * await engine.close();
 * ```
 * @throws PqrstError ERR_OPTION: when a name is unknown or the options do not fit together.
 * @throws PqrstError ERR_DEVICE: when the device is not available.
 * @throws PqrstError ERR_ENGINE: when the packages of the tensorflow engine are not installed.
 */
export async function openEngine(choice: EngineChoice = {}): Promise<Engine> {
  parseOptions(choiceSchema, choice, 'openEngine');
  const { engine = 'onnxruntime', device = 'auto', tfBackend } = choice;
  expectKnown('engine', engine, engineNames);
  expectKnown('device', device, deviceChoices);
  if (tfBackend !== undefined) expectKnown('tfBackend', tfBackend, tfBackends);
  if (engine === 'tensorflow') {
    if (device === 'cuda' || device === 'webgpu') {
      throw new PqrstError(
        'ERR_OPTION',
        `the engine tensorflow computes on the CPU, not on ${device}; choose \`engine\` onnxruntime for that device`,
      );
    }
    const { tensorflowEngine } = await import('./tensorflow.js');
    return tensorflowEngine({ ...(tfBackend && { backend: tfBackend }) });
  }
  if (tfBackend !== undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `\`tfBackend\` ${tfBackend} belongs to the engine tensorflow; choose \`engine\` tensorflow`,
    );
  }
  const { onnxRuntimeEngine } = await import('./onnxruntime.js');
  const { device: found, reason } = await chooseDevice(device);
  return { ...onnxRuntimeEngine({ device: found }), deviceReason: reason };
}

function expectKnown(option: string, word: string, known: readonly string[]): void {
  if (known.includes(word)) return;
  throw new PqrstError('ERR_OPTION', `\`${option}\` cannot be "${word}"${suggest(word, known)}`);
}

/** Runs `work` with the given engine, or opens an engine for it and closes that engine afterwards. */
export async function withEngine<T>(
  { engine, device, tfBackend }: EngineOrChoice,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  if (typeof engine === 'object') {
    if (device === undefined && tfBackend === undefined) return work(engine);
    throw new PqrstError(
      'ERR_OPTION',
      `device and tfBackend choose an engine, but an open engine was given (${engine.name}); omit them`,
    );
  }
  const opened = await openEngine({ engine, device, tfBackend });
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
