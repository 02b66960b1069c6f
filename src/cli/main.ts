#!/usr/bin/env node
// The executable `pqrst`: runs the command line with this process's arguments, streams and signals.
// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done without records that cannot be read, 130 and 143 interrupted.
// The first SIGINT or SIGTERM interrupts a command, the second one ends the process at once.

import { writeError } from '../base/files.js';
import { main } from './program.js';
import { watchSignals } from './signals.js';

const interruption = watchSignals();

// A program that closed the pipe (`| head`) has read all that it needs. Any other failure of stdout loses the result.
// If stderr fails, the work continues without showing its progress.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.exitCode = 1;
  process.stderr.write(`pqrst: ${writeError('to stdout', error).message} [ERR_WRITE]\n`);
});
process.stderr.on('error', () => undefined);

const code = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption.signal,
});
if (code !== 0) process.exitCode ??= code;
// An interrupted command has cleaned up. Threads that still wait for a file or a computation would keep the process.
if (interruption.signal.aborted) interruption.end();
