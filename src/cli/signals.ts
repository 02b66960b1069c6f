// SIGINT and SIGTERM. The first one interrupts the command, which cleans up and rejects. The second one ends the process
// at once: the kernel addon catches it, because JavaScript never sees a signal while its thread is in a system call or
// in another library (docs/adr/0023-signals.md).

import { setTimeout } from 'node:timers/promises';
import { PqrstError } from '../base/errors.js';
import type { KernelBinding } from '../kernel/binding.js';
import { loadKernel } from '../kernel/node.js';

/** The interruption of this process. */
export interface Interruption {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Ends an interrupted process now: threads in a system call that never returns do not delay it. */
  end(): void;
}

/** An interrupted command that keeps no work may take this long to remove its temporary files. */
const graceMs = 1000;
/** npm and a terminal both send a signal for one Ctrl-C; the addon has the same limit. */
const oneRequestMs = 250;

/** Listens for SIGINT and SIGTERM. The exit code becomes 130 or 143. Call it once per process. */
export function watchSignals(): Interruption {
  const controller = new AbortController();
  const kernel = kernelOrNone();
  const listeners = (
    [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const
  ).map(([name, code]) => {
    const listener = () => {
      process.exitCode = code;
      controller.abort(new DOMException(`interrupted by ${name}`, 'AbortError'));
      // Without listeners the next signal has the system's effect: it ends the process.
      if (kernel === undefined) void setTimeout(oneRequestMs, undefined, { ref: false }).then(ignore);
    };
    process.on(name, listener);
    return { name, listener };
  });
  const ignore = () => {
    for (const { name, listener } of listeners) process.off(name, listener);
  };
  kernel?.endOnSecondSignal();
  return {
    signal: controller.signal,
    end: () => (kernel === undefined ? process.exit() : kernel.endNow(Number(process.exitCode))),
  };
}

/** Returns the kernel; undefined if it does not load. Commands that need it report why. */
function kernelOrNone(): KernelBinding | undefined {
  try {
    return loadKernel();
  } catch (error) {
    if (error instanceof PqrstError && error.code === 'ERR_NATIVE_LOAD') return undefined;
    throw error;
  }
}

/**
 * Returns the result of a command that keeps no unfinished work. After an interruption it rejects with `signal.reason`
 * as soon as the work stops, at the latest after a second, although the work may still compute.
 */
export async function orInterrupted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const interrupted = async (): Promise<never> => {
    if (!signal.aborted) {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
      });
    }
    await setTimeout(graceMs, undefined, { signal: over.signal });
    throw signal.reason;
  };
  try {
    return await Promise.race([work, interrupted()]);
  } finally {
    over.abort();
  }
}
