// Reads rows of arrays in HDF5 files. h5wasm is an optional package and is loaded on demand
// (docs/adr/0022-more-data-sets.md).

import { PqrstError } from '../base/errors.js';
import { openFile, readAt } from '../base/open-file.js';
import { excerpt } from '../base/text.js';
import { unreadable } from './input.js';

/** An array in an open HDF5 file. */
export interface Hdf5Array {
  readonly shape: readonly number[];
  /** Type of the elements in the notation of NumPy: `<f` (float32), `<q` (int64). */
  readonly type: string;
  /** Reads `count` rows of the first axis, from row `start` on. */
  rows(start: number, count: number): ArrayLike<number | bigint>;
}

const signature = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
/** A file may start with other data. Then the signature is at byte 512, 1024, 2048 and so on. */
const signatureAt = [0, 512, 1024, 2048, 4096, 8192];

type H5wasm = typeof import('h5wasm/node');
let loading: Promise<H5wasm> | undefined;

/**
 * Opens an HDF5 file, calls `use` and closes the file. `use` receives a function that returns the array `name`.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read or h5wasm is not installed.
 * @throws PqrstError ERR_HDF5: when the file is not HDF5, is damaged or has no array of that name.
 */
export async function withHdf5<Result>(
  path: string,
  use: (array: (name: string) => Hdf5Array) => Result,
): Promise<Result> {
  const { File, Dataset } = await loadH5wasm();
  await expectHdf5(path);
  const fail = (problem: string, cause?: unknown) =>
    new PqrstError('ERR_HDF5', `${path} ${problem}`, { cause });
  try {
    const file = new File(path, 'r');
    try {
      return use((name) => {
        const found = file.get(name);
        if (!(found instanceof Dataset)) {
          throw fail(`has no array "${name}"; it holds ${file.keys().join(', ') || 'nothing'}`);
        }
        return arrayOf(found, name, fail);
      });
    } finally {
      file.close();
    }
  } catch (cause) {
    if (cause instanceof PqrstError) throw cause;
    throw fail(`is a damaged HDF5 file (${reasonOf(cause)}); fetch it again`, cause);
  }
}

function arrayOf(
  found: InstanceType<H5wasm['Dataset']>,
  name: string,
  fail: (problem: string) => PqrstError,
): Hdf5Array {
  const shape = found.shape ?? [];
  return {
    shape,
    type: String(found.dtype),
    rows(start, count) {
      const rest = shape.slice(1).map((): [] => []);
      const values = found.slice([[start, start + count], ...rest]);
      if (!ArrayBuffer.isView(values)) throw fail(`holds no numbers in its array "${name}"`);
      return values as unknown as ArrayLike<number | bigint>;
    },
  };
}

function loadH5wasm(): Promise<H5wasm> {
  loading ??= (async () => {
    const module = await import('h5wasm/node').catch((cause) => {
      throw new PqrstError(
        'ERR_NOT_FOUND',
        'HDF5 files need the package h5wasm, which is not installed; run "npm install h5wasm"',
        { cause },
      );
    });
    // Without this, HDF5 prints its errors on the terminal and returns invalid handles.
    (await module.ready).activate_throwing_error_handler();
    return module;
  })();
  return loading;
}

async function expectHdf5(path: string): Promise<void> {
  const { file } = await openFile(path).catch((cause) => {
    throw unreadable(path, 'the HDF5 file', cause);
  });
  try {
    for (const at of signatureAt) {
      const bytes = Buffer.alloc(signature.length);
      await readAt(file, bytes, at);
      if (bytes.equals(signature)) return;
    }
  } catch (cause) {
    throw unreadable(path, 'the HDF5 file', cause);
  } finally {
    await file.close();
  }
  throw new PqrstError(
    'ERR_HDF5',
    `${path} is not an HDF5 file; fetch it again, and unpack it if it is an archive`,
  );
}

/** Returns the innermost reason of the error stack of HDF5. */
function reasonOf(cause: unknown): string {
  const { message } = cause as Error;
  return excerpt(message.trim().split('minor: ').at(-1)!.split('\n', 1)[0]!);
}
