// Cuts what `put` stores into pieces of one size.

import { openFile, readAt } from '../base/open-file.js';
import type { Content } from './store.js';

/** Yields the content in pieces of `pieceBytes`; only the last is shorter. Content without bytes is one empty piece. */
export async function* piecesOf(
  content: Content,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (content instanceof Uint8Array) {
    for (let at = 0; at === 0 || at < content.length; at += pieceBytes) {
      yield content.subarray(at, at + pieceBytes);
    }
  } else if ('path' in content) {
    yield* piecesOfFile(content.path, pieceBytes);
  } else {
    yield* piecesOfStream(content, pieceBytes);
  }
}

async function* piecesOfFile(path: string, pieceBytes: number) {
  const { file, found } = await openFile(path);
  try {
    for (let at = 0; at === 0 || at < found.size; at += pieceBytes) {
      const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, found.size - at));
      const bytes = await readAt(file, piece, at);
      if (bytes < piece.length) throw new Error(`${path} became shorter while it was read`);
      yield piece;
    }
  } finally {
    await file.close();
  }
}

async function* piecesOfStream(stream: AsyncIterable<Uint8Array>, pieceBytes: number) {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let used = 0;
  let isEmpty = true;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + pieceBytes - used);
      piece.set(part, used);
      used += part.length;
      at += part.length;
      if (used < pieceBytes) continue;
      yield piece;
      isEmpty = false;
      piece = Buffer.allocUnsafeSlow(pieceBytes);
      used = 0;
    }
  }
  if (used > 0 || isEmpty) yield piece.subarray(0, used);
}
