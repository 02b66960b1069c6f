// Starts the child process that runs one part, and reports how it ended.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { excerpt } from '../base/text.js';
import type { FromChild, ToChild } from './messages.js';
import type { PartProgress } from './store.js';

/** How a part ended. */
export type Ending = Exclude<FromChild, { readonly kind: 'progress' }>;

/** A part that runs in a child process. */
export interface RunningPart {
  readonly ended: Promise<Ending>;
  /** The last report of the part. */
  readonly progress: () => PartProgress | undefined;
  /** Asks the child to stop, and ends it if it has not stopped within `graceMs`. */
  stop(): void;
}

/** The settings of a child. */
export interface ChildOptions {
  readonly roots: readonly string[];
  readonly threads?: number | undefined;
}

const graceMs = 8000;
/** The end of what a child wrote to stderr is kept for the message about its end. */
const keptCharacters = 2000;

/** Runs a part in a child process. */
export function startPart(job: unknown, { roots, threads }: ChildOptions): RunningPart {
  const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let progress: PartProgress | undefined;
  let last: Ending | undefined;
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-keptCharacters);
  });
  child.on('message', (message: FromChild) => {
    if (message.kind === 'progress') progress = { done: message.done, total: message.total };
    else last ??= message;
  });
  const ended = new Promise<Ending>((resolve) => {
    child.on('error', (error) => resolve(failed(`its process did not start: ${error.message}`)));
    child.on('close', (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      const hint = signal === 'SIGKILL' ? '; the system ends processes that need too much memory' : '';
      const words = complaint.trim() === '' ? '' : `: ${excerpt(complaint.trim(), 500, 400)}`;
      resolve(last ?? failed(`its process ended ${how}${hint}${words}`));
    });
  });
  send(child, { kind: 'run', job, roots, threads });
  let timer: NodeJS.Timeout | undefined;
  void ended.then(() => clearTimeout(timer));
  return {
    ended,
    progress: () => progress,
    stop() {
      send(child, { kind: 'stop' });
      timer ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    },
  };
}

function failed(message: string): Ending {
  return { kind: 'failed', message, isFinal: false, isMachine: false };
}

/** Sends a message; a child that has ended reports its end by itself. */
function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => undefined);
}
