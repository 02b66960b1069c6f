// Adds the options of every command that computes (--engine, --device, --tf-backend, --threads), and makes the line
// that names the engine and the device in use.

import type { Command } from 'commander';
import { deviceChoices } from '../engine/devices.js';
import type { Device } from '../engine/engine.js';
import { type EngineChoice, engineNames, tfBackends } from '../engine/open.js';
import { oneOf, wholeNumber } from './options.js';

/** The values of the engine options. */
export interface EngineFlags extends EngineChoice {
  readonly threads?: number;
}

/** Adds the engine options to a command and returns it. */
export function addEngineOptions(command: Command): Command {
  return command
    .option(
      '--engine <name>',
      `what executes the network: ${engineNames.join(', ')} (default: onnxruntime)`,
      oneOf('--engine', engineNames),
    )
    .option(
      '--device <name>',
      `where it computes: ${deviceChoices.join(', ')} (default: auto, which is cuda if available, else cpu)`,
      oneOf('--device', deviceChoices),
    )
    .option(
      '--tf-backend <name>',
      `backend of the engine tensorflow: ${tfBackends.join(', ')} (default: tensorflow)`,
      oneOf('--tf-backend', tfBackends),
    )
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1, 1024));
}

/** Returns `engine onnxruntime, device cpu`, with the reason if a requested device is not used. */
export function engineLine(engine: {
  readonly name: string;
  readonly device: Device;
  readonly reason: string;
}): string {
  return `engine ${engine.name}, device ${engine.device}${engine.reason && `: ${engine.reason}`}`;
}
