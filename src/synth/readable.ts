// Wraps an async generator of batches in a Node Readable. Destroying the Readable stops the generator at once, even
// while a batch is being made. (`Readable.from` would wait for that batch first.)

import { Readable } from 'node:stream';

/** A Node Readable in object mode that yields batches. */
export interface BatchReadable<Batch> extends Readable {
  read(): Batch | null;
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<Batch>;
}

/** Number of batches that wait in the Readable itself. */
const highWaterMark = 1;

/** Returns a Readable of the batches. It emits 'close' after the last running batch has stopped. */
export function readableOf<Batch>(
  open: (signal: AbortSignal) => AsyncGenerator<Batch, void, undefined>,
  signal: AbortSignal | undefined,
): BatchReadable<Batch> {
  const stop = new AbortController();
  const batches = open(stop.signal);
  const abort = () => readable.destroy(signal?.reason);
  const readable = new Readable({
    objectMode: true,
    highWaterMark,
    read() {
      batches.next().then(
        ({ done, value }) => {
          if (!readable.destroyed) readable.push(done === true ? null : value);
        },
        (error: Error) => readable.destroy(error),
      );
    },
    destroy(error, callback) {
      signal?.removeEventListener('abort', abort);
      stop.abort(error ?? undefined);
      batches.return().then(
        () => callback(error),
        (cause: Error) => callback(error ?? cause),
      );
    },
  });
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return readable;
}
