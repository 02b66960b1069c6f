// The error about a range of bytes that an object does not have.

import { PqrstError } from '../base/errors.js';
import type { ByteRange } from './store.js';

/** Returns ERR_RANGE: the object at `address` is shorter than the requested range. */
export function rangeError(address: string, { start, count }: ByteRange, bytes: number): PqrstError {
  return new PqrstError(
    'ERR_RANGE',
    `${address} holds ${bytes} bytes, but bytes ${start} to ${start + count - 1} are requested; check that the object is complete`,
  );
}
