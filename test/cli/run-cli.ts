// Runs the built command line as a child process, as a user would.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const mainScript = fileURLToPath(import.meta.resolve('#lib/cli/main.js'));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  /** Called with all of stderr so far; may send the child a signal, once: a second might meet Node's own exit. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** A shell command to run before, e.g. `ulimit -f 100`. */
  readonly before?: string;
}

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
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
