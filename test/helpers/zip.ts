// Zip archives of a few entries, for tests.

import { archiveOf } from './archive.mjs';

/** Returns the bytes of an archive with these entries, by name. */
export function zipOf(entries: Readonly<Record<string, string | Uint8Array>>): Buffer {
  return archiveOf(
    Object.entries(entries).map(([name, content]) => ({ name, content: Buffer.from(content as string) })),
  );
}
