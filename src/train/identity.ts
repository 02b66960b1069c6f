// Checks that a checkpoint belongs to the training that resumes from it.

import { isDeepStrictEqual } from 'node:util';
import { PqrstError } from '../base/errors.js';
import type { Checkpoint } from './checkpoint.js';

/**
 * Compares the configuration of a checkpoint with that of the training that resumes from it.
 *
 * @param path - The path of the checkpoint, for the message.
 * @param remedy - What the reader can do about a difference; the end of the message.
 * @throws PqrstError ERR_CHECKPOINT: when a value differs; the message states the first one.
 */
export function expectIdentity(
  path: string,
  stored: Checkpoint['config'],
  wanted: Checkpoint['config'],
  remedy: string,
): void {
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(stored)])) {
    if (isDeepStrictEqual(stored[name], wanted[name])) continue;
    throw new PqrstError(
      'ERR_CHECKPOINT',
      `${path} belongs to a run with ${name} ${JSON.stringify(stored[name])}, not ` +
        `${JSON.stringify(wanted[name])}; ${remedy}`,
    );
  }
}
