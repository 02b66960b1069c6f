// The parsers of corpora: the manifest, and the shards of each format, Parquet among them.

import { type CorpusManifest, checksumOf, planOf, readManifest } from '#lib/corpus/manifest.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { allUnchecked } from '../helpers/unchecked.js';
import { filesOf } from './files.js';
import { inFolder, jsonWords, type Parts, type Target } from './target.js';

/** Returns a manifest with its checksum, if it is an object in JSON. */
function resummed(file: Buffer): Uint8Array {
  try {
    const manifest: CorpusManifest = JSON.parse(file.toString());
    return Buffer.from(JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }));
  } catch (error) {
    if (error instanceof SyntaxError) return file;
    throw error;
  }
}

/** Reads past the hashes of the files, which would refuse every damaged file before a parser sees it. */
async function readAll(folder: string): Promise<void> {
  for (const { signal } of await allUnchecked(folder))
    if (signal.length === 0) throw new Error('an empty record');
}

/** Makes the parsers of corpora. */
export async function corpusTargets(): Promise<Target[]> {
  const request = { count: 4, fsHz: 50, seconds: 2, classes: { normal: 1, af: 1 } } as const;
  const corpora = await Promise.all(
    (['npy', 'parquet', 'wfdb', 'edf'] as const).map((format) =>
      filesOf((folder) => writeCorpus(folder, { format, ...request })),
    ),
  );
  const shardsOf = (corpus: Parts) =>
    Object.keys(corpus).filter((name) => !name.endsWith('manifest.json') && !/SUMS|\.md$/.test(name));
  const manifests = corpora.map((corpus) => {
    return { 'manifest.json': (corpus['manifest.json'] ?? corpus['_manifest.json'])! };
  });
  return [
    {
      name: 'manifest',
      originals: manifests,
      words: jsonWords,
      repair: resummed,
      parse: inFolder(async (folder) => planOf(await readManifest(folder))),
    },
    ...corpora.map((corpus, at): Target => {
      const name = `corpus-${['npy', 'parquet', 'wfdb', 'edf'][at]}`;
      return { name, originals: [corpus], damaged: shardsOf(corpus), parse: inFolder(readAll) };
    }),
    {
      name: 'corpus-manifest',
      originals: [corpora[0]!],
      damaged: ['manifest.json'],
      words: jsonWords,
      repair: resummed,
      parse: inFolder(readAll),
    },
  ];
}
