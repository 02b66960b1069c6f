// Helpers for writing shards: the folder of a shard, the records of a block one by one, and a shard of files per record.

import { makeFolder } from '../../base/files.js';
import type { WrittenFile } from '../../codecs/sync-file.js';
import type { SampleArrays, SampleType } from '../../kernel/binding.js';
import { type CorpusBlock, type CorpusFile, type CorpusPlan, recordSamples } from '../format.js';
import { flushFiles } from './flush.js';

interface RecordPieces<Samples> {
  /** Number of the record in its block, from 0. */
  readonly k: number;
  /** The samples in pieces [leads, n], in order of time. */
  readonly pieces: Iterable<Samples> | AsyncIterable<Samples>;
}

/** Yields the records of a block, of `size` samples each. The caller must read the pieces of a record before it requests the next record. */
export async function* recordsOf<Type extends SampleType>(
  block: CorpusBlock,
  size: number,
): AsyncGenerator<RecordPieces<SampleArrays[Type]>> {
  const pieces = block.pieces() as AsyncIterable<SampleArrays[Type]>;
  if (block.count === 1) {
    yield { k: 0, pieces };
    return;
  }
  for await (const piece of pieces) {
    for (let k = 0; k < block.count; k++) {
      const record = piece.subarray(k * size, (k + 1) * size) as SampleArrays[Type];
      yield { k, pieces: [record] };
    }
  }
}

/** A record of a block that is about to be written to files of its own. */
export interface RecordSource extends RecordPieces<Int16Array> {
  readonly block: CorpusBlock;
  /** Index of the record in the corpus. */
  readonly index: number;
}

/**
 * Writes the folder `path` with the files that `write` makes of each record, and flushes them.
 *
 * @throws PqrstError ERR_WRITE: when a file cannot be written.
 */
export async function writeRecordFiles(
  path: string,
  plan: CorpusPlan,
  blocks: AsyncIterable<CorpusBlock>,
  write: (record: RecordSource) => Promise<readonly WrittenFile[]>,
): Promise<CorpusFile[]> {
  await makeFolder(path);
  const files: CorpusFile[] = [];
  for await (const block of blocks) {
    for await (const { k, pieces } of recordsOf<'int16'>(block, recordSamples(plan))) {
      const written = await write({ block, k, pieces, index: block.start + k });
      files.push(...written.map(({ name, ...rest }) => ({ path: name, ...rest })));
    }
  }
  await flushFiles(
    path,
    files.map((file) => file.path),
  );
  return files;
}
