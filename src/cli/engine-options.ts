// What every command that computes takes: --engine, --device, --tf-backend, --threads; and the line that tells what came
// of it.

import type { Command } from 'commander';
import { deviceChoices } from '../engine/devices.js';
import type { Device } from '../engine/engine.js';
import { type EngineChoice, engineNames, tfBackends } from '../engine/open.js';
import { oneOf, wholeNumber } from './options.js';

export interface EngineFlags extends EngineChoice {
  readonly threads?: number;
}

export function addEngineOptions(command: Command): Command {
  return command
    .option('--engine <name>', 'onnxruntime or tensorflow', oneOf('--engine', engineNames))
    .option('--device <name>', 'auto, cpu, cuda or webgpu', oneOf('--device', deviceChoices))
    .option(
      '--tf-backend <name>',
      'of engine tensorflow: cpu, wasm or tensorflow',
      oneOf('--tf-backend', tfBackends),
    )
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1, 1024));
}

/** `engine onnxruntime, device cpu: CUDA is not available (...)` */
export function engineLine(engine: {
  readonly name: string;
  readonly device: Device;
  readonly reason: string;
}): string {
  return `engine ${engine.name}, device ${engine.device}${engine.reason && `: ${engine.reason}`}`;
}
