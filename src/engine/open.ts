// An engine by name: what --engine, --device and --tf-backend say. Engines are imported when asked for, so that none
// costs a program that uses another.

import { z } from 'zod';
import { PqrstError, suggest } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import { chooseDevice, type DeviceChoice, deviceChoices } from './devices.js';
import type { Engine } from './engine.js';
import type { TensorflowBackend } from './tensorflow.js';

export const engineNames = ['onnxruntime', 'tensorflow'] as const;
export type EngineName = (typeof engineNames)[number];
export const tfBackends = ['cpu', 'wasm', 'tensorflow'] as const satisfies readonly TensorflowBackend[];

export interface EngineChoice {
  /** Default onnxruntime. */
  readonly engine?: EngineName | undefined;
  /** Of onnxruntime; default `auto`. */
  readonly device?: DeviceChoice | undefined;
  /** Of tensorflow. */
  readonly tfBackend?: TensorflowBackend | undefined;
}

/** An `EngineChoice` that may also be an engine at hand. */
export interface EngineOrChoice extends Omit<EngineChoice, 'engine'> {
  readonly engine?: Engine | EngineName | undefined;
}

const choiceSchema = z.strictObject({
  engine: z.string('the name of an engine').optional(),
  device: z.string('the name of a device').optional(),
  tfBackend: z.string('the name of a backend').optional(),
});

/** ERR_OPTION for a word or a pair of words that does not fit, ERR_DEVICE where the device cannot be had. */
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
        `engine tensorflow computes on the processor, not on ${device}; use engine onnxruntime for that device`,
      );
    }
    const { tensorflowEngine } = await import('./tensorflow.js');
    return tensorflowEngine({ ...(tfBackend && { backend: tfBackend }) });
  }
  if (tfBackend !== undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `tfBackend ${tfBackend} is a backend of engine tensorflow; choose that engine`,
    );
  }
  const { onnxRuntimeEngine } = await import('./onnxruntime.js');
  const { device: found, reason } = await chooseDevice(device);
  return { ...onnxRuntimeEngine({ device: found }), deviceReason: reason };
}

function expectKnown(option: string, word: string, known: readonly string[]): void {
  if (known.includes(word)) return;
  throw new PqrstError('ERR_OPTION', `${option} does not know "${word}"${suggest(word, known)}`);
}

/** Works with the engine at hand, or with the one chosen, which is closed afterwards. */
export async function withEngine<T>(
  { engine, device, tfBackend }: EngineOrChoice,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  if (typeof engine === 'object') {
    if (device === undefined && tfBackend === undefined) return work(engine);
    throw new PqrstError(
      'ERR_OPTION',
      `device and tfBackend choose an engine, but one is at hand (${engine.name}); leave them out`,
    );
  }
  const opened = await openEngine({ engine, device, tfBackend });
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
