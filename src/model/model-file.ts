// Reads a model file, and the files beside it that hold its weights (external data). The runtime gets one array of bytes
// and opens no file, so a model cannot make it read a file outside the model's folder.

import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { isAbsent, resolveInside } from '../base/files.js';
import { fileLimits, openFile, readAt, readBytes } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';
import { type ExternalTensor, externalTensors, withTensorValues } from '../graph/external-data.js';
import { decodeModelHeader } from '../graph/header.js';
import { isRemote } from '../store/address.js';
import { readAddress } from '../store/one-object.js';

/**
 * Reads a model with all its weights: a file, or one object at an `s3://` address.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file, or a file of its weights, does not exist.
 * @throws PqrstError ERR_MODEL: when it is not an ONNX file, or a file of its weights is cut short.
 * @throws PqrstError ERR_PATH_OUTSIDE: when it names a file of weights outside its folder.
 */
export async function readModelFile(path: string): Promise<Uint8Array> {
  if (isRemote(path)) return readRemoteModel(path);
  let bytes: Buffer;
  try {
    bytes = await readBytes(path, fileLimits.model);
  } catch (cause) {
    const missing = isAbsent(cause);
    const what = missing ? 'does not exist; check the path' : `cannot be read: ${systemReason(cause)}`;
    throw new PqrstError(missing ? 'ERR_NOT_FOUND' : 'ERR_MODEL', `the model ${path} ${what}`, { cause });
  }
  decodeModelHeader(bytes, path);
  const tensors = readParts(path, () => externalTensors(bytes));
  return tensors.length === 0 ? bytes : withTensorValues(bytes, await readAll(tensors, path, bytes.length));
}

async function readRemoteModel(address: string): Promise<Uint8Array> {
  const bytes = await readAddress(address, fileLimits.model, (size) => {
    return new PqrstError('ERR_MODEL', `the model ${address} holds ${size} bytes; at most 2 GiB are read`);
  });
  decodeModelHeader(bytes, address);
  const [tensor] = readParts(address, () => externalTensors(bytes));
  if (tensor === undefined) return bytes;
  throw new PqrstError(
    'ERR_MODEL',
    `${address} keeps the values of "${tensor.name}" in another file, which is not read from a bucket; export the model ` +
      'as one file (PyTorch: external_data=False)',
  );
}

/**
 * Returns the result of `work`, which reads the bytes of a model.
 *
 * @throws PqrstError ERR_MODEL: when it fails, because the bytes are damaged.
 */
export function readParts<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = systemReason(cause);
    throw new PqrstError('ERR_MODEL', `${source} is damaged (${why}); export or copy it again`, { cause });
  }
}

/** Part of a file of weights: from byte `start` to before byte `end`. */
interface Part {
  readonly file: FileHandle;
  readonly start: number;
  readonly end: number;
}

async function readAll(
  tensors: readonly ExternalTensor[],
  model: string,
  modelBytes: number,
): Promise<Uint8Array[]> {
  const opened = new Map<string, FileHandle>();
  try {
    const parts: Part[] = [];
    for (const tensor of tensors) parts.push(await partOf(tensor, model, opened));
    const total = parts.reduce((sum, { start, end }) => sum + end - start, modelBytes);
    if (total > fileLimits.model) {
      throw new PqrstError(
        'ERR_MODEL',
        `${model} and its weights take ${total} bytes; at most 2 GiB are read; give a smaller model`,
      );
    }
    const values: Uint8Array[] = [];
    for (const { file, start, end } of parts) {
      const bytes = new Uint8Array(end - start);
      if ((await readAt(file, bytes, start)) < bytes.length) {
        throw new PqrstError(
          'ERR_MODEL',
          `the weights of ${model} were cut short while they were read; copy them again`,
        );
      }
      values.push(bytes);
    }
    return values;
  } finally {
    for (const file of opened.values()) await file.close();
  }
}

async function partOf(tensor: ExternalTensor, model: string, opened: Map<string, FileHandle>): Promise<Part> {
  const { name, location } = tensor;
  if (location === undefined || location === '') {
    throw new PqrstError(
      'ERR_MODEL',
      `${model} keeps the values of "${name}" in another file, and does not name it; export it again`,
    );
  }
  const file = opened.get(location) ?? (await openWeights(location, model));
  opened.set(location, file);
  const { size } = await file.stat();
  const [start, length] = [wholeOf(tensor.offset ?? '0'), wholeOf(tensor.length ?? '')];
  const end = tensor.length === undefined ? size : start + length;
  if (start >= 0 && end >= start && end <= size) return { file, start, end };
  throw new PqrstError(
    'ERR_MODEL',
    `${model} takes the values of "${name}" from byte ${tensor.offset ?? 0} of ${location}, ${tensor.length ?? 'all'} bytes, ` +
      `and this file has ${size}; it is incomplete or belongs to another model: copy both files again`,
  );
}

/** Returns a whole number from 0 of at most 15 digits; NaN for other texts. */
function wholeOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

async function openWeights(location: string, model: string): Promise<FileHandle> {
  const folder = dirname(model);
  const path = await resolveInside(folder, location).catch((error: unknown) => {
    const code = error instanceof PqrstError ? error.code : 'ERR_MODEL';
    const why = systemReason(error);
    throw new PqrstError(code, `${model} keeps weights in another file, ${location}: ${why}`, {
      cause: error,
    });
  });
  try {
    return (await openFile(path)).file;
  } catch (cause) {
    if (!isAbsent(cause)) {
      const why = systemReason(cause);
      throw new PqrstError(
        'ERR_MODEL',
        `${model} keeps weights in ${location}, which cannot be read: ${why}`,
        {
          cause,
        },
      );
    }
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `${model} keeps weights in another file, and ${join(folder, location)} does not exist; copy this file into the ` +
        'folder of the model, or export the model as one file (PyTorch: external_data=False)',
      { cause },
    );
  }
}
