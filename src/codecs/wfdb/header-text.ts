// Decodes the bytes of a header (.hea) to text. Does not parse it.

import { isUtf8 } from 'node:buffer';
import { PqrstError } from '../../base/errors.js';
import { describeForeign } from '../foreign.js';

/**
 * Returns the text of a header: UTF-16 if it begins with the mark of UTF-16, UTF-8 if it is valid UTF-8, and otherwise
 * Latin-1, in which older programs write the micro sign. Removes what DOS programs append: the end-of-file mark (^Z)
 * with all that follows it, and NULs. `path` is used in messages only.
 *
 * @throws PqrstError ERR_WFDB_HEADER: when the bytes are clearly another kind of file.
 */
export function headerText(bytes: Uint8Array, path: string): string {
  const foreign = describeForeign(bytes);
  if (foreign !== undefined) throw new PqrstError('ERR_WFDB_HEADER', `header ${path}: it is ${foreign}`);
  const [text = ''] = decode(bytes).split('\u001a', 1);
  // Without the look behind, a long run of blanks within the text would be tried from each of its characters.
  return text.replace(/(?<![\p{Cc}\s])[\p{Cc}\s]+$/u, '');
}

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return isUtf8(bytes) ? new TextDecoder().decode(bytes) : Buffer.from(bytes).toString('latin1');
}
