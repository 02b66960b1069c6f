// What the formats share: the folder of a shard, and the records of a block one by one.

import { mkdir } from 'node:fs/promises';
import { writeError } from '../../files.js';
import type { SampleArrays, SampleType } from '../../native.js';
import type { CorpusBlock } from '../format.js';

/** ERR_WRITE. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((cause) => {
    throw writeError(path, cause);
  });
}

interface RecordPieces<Samples> {
  /** Of the block, from 0. */
  readonly k: number;
  readonly pieces: Iterable<Samples> | AsyncIterable<Samples>;
}

/** The records of a block, one after the other; the pieces of one before the next is asked for. */
export async function* recordsOf<Type extends SampleType>(
  block: CorpusBlock,
  lengthSamples: number,
): AsyncGenerator<RecordPieces<SampleArrays[Type]>> {
  const pieces = block.pieces() as AsyncIterable<SampleArrays[Type]>;
  if (block.count === 1) {
    yield { k: 0, pieces };
    return;
  }
  for await (const piece of pieces) {
    for (let k = 0; k < block.count; k++) {
      const record = piece.subarray(k * lengthSamples, (k + 1) * lengthSamples) as SampleArrays[Type];
      yield { k, pieces: [record] };
    }
  }
}
