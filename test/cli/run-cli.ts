// Runs the built command line in this process, or as a child process for tests of signals, limits and streams.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { main } from '#lib/cli/program.js';

export const mainScript = fileURLToPath(import.meta.resolve('#lib/cli/main.js'));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command line in this process, which saves the half second that a child process takes. `cwd` is the working
 * directory of the whole process during the run, so only one run is possible at a time.
 */
export async function runCli(args: readonly string[], { cwd }: { cwd?: string } = {}): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  const before = process.cwd();
  if (cwd !== undefined) process.chdir(cwd);
  try {
    const code = await main(args, {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      signal: new AbortController().signal,
    });
    return { code, stdout, stderr };
  } finally {
    process.chdir(before);
  }
}

export interface SpawnOptions {
  readonly cwd?: string;
  /** Receives all of stderr so far. `kill` sends only one signal: a second one could arrive while Node exits. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** A shell command that runs first, for example `ulimit -f 100`. */
  readonly before?: string;
}

/** Runs the command line as a child process, as a user would. */
export function spawnCli(args: readonly string[], options: SpawnOptions = {}): Promise<Outcome> {
  const { before, cwd, onStderr } = options;
  const [file, words] =
    before === undefined
      ? [process.execPath, [mainScript, ...args]]
      : ['sh', ['-c', `${before}; exec "$@"`, 'sh', process.execPath, mainScript, ...args]];
  return new Promise((resolve, reject) => {
    const child = spawn(file, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      onStderr?.(stderr, (signal) => {
        if (!child.killed) child.kill(signal);
      });
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
