// SIGINT and SIGTERM through the built command line. After the first signal a command ends in order; the second signal ends
// the process whatever it does: in an endless computation, in a system call that never returns, in a loop of JavaScript.

import { spawn, spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { endlessModel } from '../helpers/endless-model.js';
import { temporaryFolder } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';
import { mainScript, type Outcome, runCli } from './run-cli.js';

interface Sending {
  readonly cwd: string;
  readonly signals: readonly NodeJS.Signals[];
  /** The text on stderr after which the first signal is sent; default the line of the hook. */
  readonly after?: RegExp;
  /** JavaScript that the process runs when it listens for signals. */
  readonly hook?: string;
}

const ready = 'it listens for signals';

/**
 * Runs the command line and sends signals, 0.4 s apart: a user's second Ctrl-C. `killed` says that they did not end the
 * process within half a minute.
 */
async function signalled(args: readonly string[], options: Sending): Promise<Outcome & { killed: boolean }> {
  const { cwd, signals, hook = '', after = new RegExp(ready) } = options;
  const script = join(cwd, 'hook.mjs');
  await writeFile(
    script,
    `const timer = setInterval(async () => {
       if (process.listenerCount('SIGTERM') === 0) return;
       clearInterval(timer);
       process.stderr.write('${ready}\\n');
       ${hook}
     }, 20);`,
  );
  const child = spawn(process.execPath, ['--import', script, mainScript, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, isSent, killed] = ['', '', false, false];
  const send = async () => {
    await setTimeout(200);
    for (const name of signals) {
      child.kill(name);
      await setTimeout(400);
    }
    await setTimeout(30_000, undefined, { signal: ended.signal, ref: false }).then(
      () => {
        killed = true;
        child.kill('SIGKILL');
      },
      () => undefined,
    );
  };
  const ended = new AbortController();
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (isSent || !after.test(stderr)) return;
    isSent = true;
    void send();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  ended.abort();
  return { code, stdout, stderr, killed };
}

/** Makes a pipe that no one writes to. */
function pipeIn(folder: string): string {
  const path = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  return path;
}

describe.skipIf(process.platform === 'win32')('the second signal', () => {
  const info = ['info'];

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends a process in an endless loop of JavaScript', async (signal, code) => {
    const cwd = await temporaryFolder();
    const outcome = await signalled(info, { cwd, signals: [signal, signal], hook: 'for (;;);' });
    expect(outcome).toMatchObject({ code, killed: false });
  });

  it('ends a process whose thread is in a system call', async () => {
    const cwd = await temporaryFolder();
    const hook = `(await import('node:fs')).readFileSync(${JSON.stringify(pipeIn(cwd))});`;
    const outcome = await signalled(info, { cwd, signals: ['SIGINT', 'SIGTERM'], hook });
    expect(outcome).toMatchObject({ code: 143, killed: false });
  });

  it('ends an evaluation of a network that never answers', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'endless.onnx'), endlessModel(100));
    const data = await ownRecords(cwd);
    const hook = `
      const { Worker } = await import('node:worker_threads');
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, ...rest) {
        if (message?.request?.kind === 'run') process.stderr.write('it runs the network\\n');
        return post.call(this, message, ...rest);
      };`;
    const outcome = await signalled(
      [
        ...['evaluate', '--model', 'endless.onnx', '--data', data, '--task', 'af', '--fs', '50'],
        ...['--scaling', 'zscore', '--output', 'logit'],
      ],
      { cwd, signals: ['SIGINT', 'SIGINT'], after: /it runs the network/, hook },
    );
    expect(outcome).toMatchObject({ code: 130, killed: false, stdout: '' });
  });

  it('ends a command that reads a pipe, unless the command refuses the pipe', async () => {
    const cwd = await temporaryFolder();
    pipeIn(cwd);
    const args = ['evaluate', '--model', 'pipe', '--data', await ownRecords(cwd)];
    const outcome = await signalled(args, { cwd, signals: ['SIGINT', 'SIGINT'] });
    expect(outcome.killed).toBe(false);
    expect([1, 2, 130]).toContain(outcome.code);
  });
});

describe.skipIf(process.platform === 'win32')('the first signal', () => {
  /** Keeps a thread of libuv in a system call, for which `process.exit` would wait. */
  const stuckThread = (folder: string) =>
    `(await import('node:fs')).open(${JSON.stringify(pipeIn(folder))}, () => undefined);`;

  it('ends plot, which writes nothing', async () => {
    const cwd = await temporaryFolder();
    const args = ['plot', '--class', 'af', '--seconds', '600', '--out', 'a.png'];
    const outcome = await signalled(args, { cwd, signals: ['SIGTERM'], hook: stuckThread(cwd) });
    expect(outcome).toMatchObject({ code: 143, killed: false, stdout: '' });
    expect(outcome.stderr).toContain('interrupted; no half-written file was left behind [ERR_INTERRUPTED]');
    expect((await readdir(cwd)).sort()).toEqual(['hook.mjs', 'pipe']);
  });

  it('ends train with the way to resume, and export, which writes nothing', async () => {
    const cwd = await temporaryFolder();
    const sizes = ['--fs', '50', '--seconds', '2', '--synthetic-count', '16', '--batch', '8'];
    const training = ['train', '--task', 'af', '--setting', 'syn', '--arch', 'lstm', ...sizes];
    const train = await signalled([...training, '--epochs', '100000', '--out', 'run'], {
      cwd,
      signals: ['SIGINT'],
      after: /^train: 1\/.*\n/m,
      hook: stuckThread(cwd),
    });
    expect(train).toMatchObject({ code: 130, killed: false, stdout: '' });
    expect(train.stderr).toMatch(
      /interrupted; (run holds the checkpoint|no validation).*--resume.*ERR_INTERRUPTED/,
    );
    expect(await runCli([...training, '--epochs', '1', '--out', 'short'], { cwd })).toMatchObject({
      code: 0,
    });
    const before = (await readdir(cwd)).sort();
    const outcome = await signalled(['export', 'short', '--precision', 'int8', '--out', 'a.onnx'], {
      cwd,
      signals: ['SIGTERM'],
    });
    expect(outcome).toMatchObject({ code: 143, killed: false, stdout: '' });
    expect((await readdir(cwd)).sort()).toEqual(before);
  });
});

describe.skipIf(process.platform !== 'linux')('an output below /proc', () => {
  it.each([
    [['synth', '--count', '2', '--out', '/proc/x']],
    [['train', '--task', 'af', '--setting', 'syn', '--fs', '50', '--seconds', '2', '--out', '/proc/x/y']],
    [['plot', '--class', 'af', '--out', '/proc/x/a.png']],
    [['fetch', 'mitdb', '--out', '/proc/x/y']],
  ])('is refused with the reason of the file system: %j', async (args) => {
    const { code, stderr } = await runCli(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /could not create the folder \/proc\/x.*\(ENOENT\).*choose another folder \[ERR_WRITE\]/,
    );
  });
});
