// Flushes many small files to the disk, several at once, because each waits for the disk.

import { join } from 'node:path';
import { syncFolder, writeError } from '../../base/files.js';
import { openFile } from '../../base/open-file.js';

const atOnce = 16;

/**
 * Flushes the files `names` of `folder`, then the folder itself.
 *
 * @throws PqrstError ERR_WRITE: when flushing fails.
 */
export async function flushFiles(folder: string, names: readonly string[]): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < names.length) await flush(join(folder, names[next++]!));
  };
  const settled = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  await syncFolder(folder);
}

async function flush(path: string): Promise<void> {
  try {
    const { file } = await openFile(path, 'r+');
    await file.datasync().finally(() => file.close());
  } catch (cause) {
    throw writeError(path, cause);
  }
}
