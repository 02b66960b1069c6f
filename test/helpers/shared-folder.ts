// A temporary folder that all tests of one `describe` use.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * Returns a function that returns the folder. Call `sharedFolder` inside the `describe`; the folder is deleted when the
 * `describe` ends.
 */
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
