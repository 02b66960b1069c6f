// A temporary folder that the tests of one `describe` share.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Call it in the describe; what it returns gives the folder, which goes when the describe ends. */
export function sharedFolder(): () => Promise<string> {
  let folder: Promise<string> | undefined;
  afterAll(async () => {
    if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
  });
  return () => {
    folder ??= mkdtemp(join(tmpdir(), 'pqrst-'));
    return folder;
  };
}
