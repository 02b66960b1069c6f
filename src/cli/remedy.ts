// What a command that writes a folder of shards says when its work was stopped.

import { PqrstError } from '../base/errors.js';

/**
 * Adds to the message of an error that stopped the work how to resume it.
 *
 * @param kept - what is on the disk: `finished shards are kept`.
 */
export function withRemedy(error: unknown, signal: AbortSignal, kept: string): unknown {
  const remedy = `${kept}: repeat the command with --resume to continue`;
  if (signal.aborted) return new PqrstError('ERR_INTERRUPTED', `interrupted; ${remedy}`, { cause: error });
  const failed =
    error instanceof PqrstError && /^ERR_(?:WRITE|STORE)$/.test(error.code) && error.cause !== undefined;
  return failed ? new PqrstError(error.code, `${error.message}; ${remedy}`, { cause: error }) : error;
}
