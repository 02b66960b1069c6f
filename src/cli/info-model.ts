// Reads the inputs, outputs and metadata of an ONNX file for `pqrst info`.

import { PqrstError } from '../base/errors.js';
import { fileLimits } from '../base/open-file.js';
import { readInput } from '../codecs/input.js';
import { decodeModelHeader, type ModelHeader } from '../graph/header.js';
import { isRemote } from '../store/address.js';
import { readAddress } from '../store/one-object.js';

/**
 * Returns the header of a model and the size of its file.
 *
 * @throws PqrstError ERR_NOT_FOUND, ERR_MODEL: when the file cannot be read, is too large or is not an ONNX file.
 */
export async function modelHeader(path: string): Promise<{ header: ModelHeader; bytes: number }> {
  const tooLarge = (size: number) =>
    new PqrstError('ERR_MODEL', `${path} holds ${size} bytes; at most 2 GiB are read`);
  const bytes = isRemote(path)
    ? await readAddress(path, fileLimits.model, tooLarge)
    : await readInput(path, 'the model', fileLimits.model, tooLarge);
  return { header: decodeModelHeader(bytes, path), bytes: bytes.length };
}

/** Returns an input or output as text: `signal float32 [batch, 1, 2500]`. */
export function portText({ name, dtype, shape }: ModelHeader['inputs'][number]): string {
  return `${name} ${dtype} [${shape.join(', ')}]`;
}
