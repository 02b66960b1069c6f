// An async generator of batches as a Node Readable that stops its source the moment it is destroyed, also while a
// batch is being made. (`Readable.from` waits for that batch first.)

import { Readable } from 'node:stream';

/** A Readable in object mode of batches. */
export interface BatchReadable<Batch> extends Readable {
  read(): Batch | null;
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<Batch>;
}

/** Batches that wait in the Readable itself. */
const highWaterMark = 1;

/** 'close' comes when nothing is being made any more. */
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
