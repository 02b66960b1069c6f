// The child process of a worker. It runs one part, so that computing never delays the heartbeats of the worker, and so
// that a part that ends its process does not end the worker. It ends with the worker.

import { PqrstError } from '../base/errors.js';
import type { FromChild, ToChild } from './messages.js';
import { parsePart } from './part.js';
import { runPart } from './run-part.js';

/** Time between two reports of progress. */
const reportMs = 500;

/** The system's codes for a machine that cannot go on, although the part is sound. */
const machineCodes: readonly unknown[] = [
  ...['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EFBIG', 'ENOMEM', 'EMFILE', 'ENFILE', 'ESTALE'],
];

const stop = new AbortController();
// A terminal sends its signals to the whole group. The worker decides what becomes of the part.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: ToChild) => {
  if (message.kind === 'stop') stop.abort(new DOMException('the worker stops', 'AbortError'));
  else void run(message);
});

function send(message: FromChild): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

async function run({ job, roots, threads }: Extract<ToChild, { readonly kind: 'run' }>): Promise<void> {
  let reportedMs = 0;
  try {
    const part = parsePart(job);
    const result = await runPart(part, {
      ...{ roots, threads, signal: stop.signal },
      onProgress: (done, total) => {
        if (performance.now() - reportedMs < reportMs && done < total) return;
        reportedMs = performance.now();
        void send({ kind: 'progress', done, total });
      },
    });
    await send({ kind: 'done', result });
  } catch (error) {
    await send(
      stop.signal.aborted
        ? { kind: 'stopped' }
        : { kind: 'failed', message: messageOf(error), isFinal: isFinal(error), isMachine: isMachine(error) },
    );
  }
  process.exit();
}

function messageOf(error: unknown): string {
  if (error instanceof PqrstError) return `${error.message} [${error.code}]`;
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `an internal error of pqrst occurred; please report it: ${trace} [ERR_INTERNAL]`;
}

/** An option that is wrong is wrong at the next attempt too. */
function isFinal(error: unknown): boolean {
  return error instanceof PqrstError && error.isUsage;
}

function isMachine(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (machineCodes.includes((at as NodeJS.ErrnoException).code)) return true;
  }
  return false;
}
