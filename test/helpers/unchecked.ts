// Reads a corpus without comparing the bytes of its files, to see what the readers of the formats do with damaged files.

import { inputPath } from '#lib/codecs/input.js';
import { readManifest } from '#lib/corpus/manifest.js';
import { type CorpusRecord, readRecords } from '#lib/corpus/read.js';
import type { OpenShard } from '#lib/corpus/shard-files.js';

const uncheckedShard: OpenShard = (folder, { path }) => ({
  open: (name, what) => inputPath(folder, name === '' ? path : `${path}/${name}`, what),
  release: () => Promise.resolve(),
});

/** Returns all records of a corpus whose files may be damaged. */
export async function allUnchecked(folder: string): Promise<CorpusRecord[]> {
  const found: CorpusRecord[] = [];
  const manifest = await readManifest(folder);
  for await (const record of readRecords(folder, manifest, undefined, uncheckedShard)) found.push(record);
  return found;
}
