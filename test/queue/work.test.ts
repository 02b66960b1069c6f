// Workers as processes: kill -9, SIGTERM, a full disk and a foreign job, with a queue in a folder and with BullMQ on a real
// Redis. scripts/queue-chaos.mjs disturbs more, and longer.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeCorpus } from '#lib/corpus/write.js';
import { openJobStore } from '#lib/queue/open-store.js';
import { synthParts } from '#lib/queue/synth-parts.js';
import { mainScript, runCli, spawnCli } from '../cli/run-cli.js';
import { hashesOf } from '../helpers/files.js';
import { temporaryFolder } from '../helpers/folder.js';

const request = { format: 'npy', count: 1200, classes: { normal: 2, af: 1 }, seconds: 4, parts: 6 } as const;
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) console.log('skip: redis-server is not installed, so BullMQ is not tested');
const longMs = 240_000;

/** A worker process and its log. */
function startWorker(queue: string, root: string, before = ''): { child: ChildProcess; log: () => string } {
  const words = [process.execPath, mainScript, 'work', '--queue', queue, '--root', root];
  const child = spawn('sh', ['-c', `${before} exec "$@"`, 'sh', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += chunk;
  });
  return { child, log: () => log };
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await setTimeout(50);
}

/** Submits a corpus, lets `disturb` act on the workers, and compares the bytes with those of one process. */
async function expectSameBytes(queue: string, disturb: (root: string) => Promise<void>): Promise<void> {
  const root = await temporaryFolder();
  const [out, whole] = [join(root, 'out'), join(root, 'whole')];
  const store = await openJobStore(queue, { create: true });
  await store.put(await synthParts({ request, out }));
  await disturb(root);
  const worked = await spawnCli(['work', '--queue', queue, '--root', root, '--until-empty', '--json']);
  expect(worked.code, worked.stderr).toBe(0);
  expect(await store.status()).toMatchObject({ waiting: 0, active: 0, failed: 0, done: request.parts });
  await store.close();
  for (let part = 1; part <= request.parts; part++) await writeCorpus(whole, request, { part });
  expect(await hashesOf(out)).toEqual(await hashesOf(whole));
}

async function killOne(queue: string, root: string): Promise<void> {
  const { child, log } = startWorker(queue, root);
  await until(() => log().includes(': started'));
  child.kill('SIGKILL');
}

describe('workers of a queue in a folder', () => {
  it('make the bytes of one process although one is killed', { timeout: longMs }, async () => {
    const queue = join(await temporaryFolder(), 'queue');
    await expectSameBytes(queue, (root) => killOne(queue, root));
  });

  it('give a part back when a signal stops them, or they cannot write', { timeout: longMs }, async () => {
    const queue = join(await temporaryFolder(), 'queue');
    await expectSameBytes(queue, async (root) => {
      const full = startWorker(queue, root, 'ulimit -f 100;');
      await until(() => full.log().includes(': given back'));
      expect(full.log()).toMatch(/given back: could not write/);
      const ended = new Promise((resolve) => full.child.on('close', resolve));
      full.child.kill('SIGTERM');
      expect(await ended).toBe(143);
      expect(full.log()).toContain('the rest waits in the queue');
      const stopped = startWorker(queue, root);
      await until(() => stopped.log().includes(': started'));
      stopped.child.kill('SIGTERM');
      await until(() => stopped.child.exitCode !== null);
    });
  });

  it('fail a job that is not a part, or names another folder, and go on', { timeout: longMs }, async () => {
    const root = await temporaryFolder();
    const queue = join(root, 'queue');
    const store = await openJobStore(queue, { create: true });
    const small = { ...request, count: 6, parts: 1 };
    await store.put(await synthParts({ request: small, out: join(root, 'out') }));
    const [outside] = await synthParts({ request: small, out: join(await temporaryFolder(), 'out') });
    await writeFile(join(queue, 'parts', 'a-job-1.json'), JSON.stringify({ run: 'rm -rf /' }));
    await writeFile(join(queue, 'parts', 'a-job-2.json'), JSON.stringify({ ...outside, name: 'a-job-2' }));
    const worker = startWorker(queue, root);
    await until(async () => (await store.status()).done === 1);
    await until(() => /a-job-2: failed/.test(worker.log()));
    worker.child.kill('SIGTERM');
    expect(worker.log()).toMatch(/a-job-1: failed: the job is not a part of pqrst/);
    expect(worker.log()).toMatch(/a-job-2: failed: the job names .* outside the folders of this worker/);
    const shown = await runCli(['status', '--queue', queue]);
    expect(shown.code).toBe(1);
    expect(shown.stdout).toMatch(/1 of 3 parts done.* 1 failed/);
    expect(shown.stdout).toContain('a-job-1 failed after 1 attempt: the job is not a part of pqrst');
  });
});

describe.skipIf(!hasRedis)('workers of BullMQ', () => {
  let server: ChildProcess;
  let queue = '';

  beforeAll(async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
      });
    });
    server = spawn('redis-server', ['--port', String(port), '--save', '', '--bind', '127.0.0.1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let log = '';
    server.stdout?.on('data', (chunk) => {
      log += chunk;
    });
    await until(() => log.includes('Ready to accept connections'));
    queue = `redis://127.0.0.1:${port}`;
  });

  afterAll(() => void server?.kill('SIGKILL'));

  it('make the bytes of one process although one is killed', { timeout: longMs }, async () => {
    await expectSameBytes(queue, (root) => killOne(queue, root));
  });

  it('fail a job of another program with a sentence, and add no part twice', {
    timeout: longMs,
  }, async () => {
    const { Queue } = await import('bullmq');
    const other = new Queue('pqrst', { connection: { url: queue } });
    await other.add('x', { cmd: 'ls' }, { jobId: 'foreign' });
    const root = await temporaryFolder();
    const store = await openJobStore(queue);
    const parts = await synthParts({ request: { ...request, count: 6, parts: 2 }, out: join(root, 'out') });
    expect(await store.put(parts)).toEqual({ added: 2, known: 0, again: 0 });
    expect(await store.put(parts)).toEqual({ added: 0, known: 2, again: 0 });
    const names = [...parts.map(({ name }) => name), 'foreign', 'absent'];
    const states = async () => (await store.statusOf(names)).map(({ state }) => state);
    expect(await states()).toEqual(['waiting', 'waiting', 'waiting', 'unknown']);
    const worked = await spawnCli(['work', '--queue', queue, '--root', root, '--until-empty', '--json']);
    expect(worked.code).toBe(1);
    expect((await store.status()).failures).toEqual([
      { name: 'foreign', message: expect.stringContaining('is not a part of pqrst'), attempts: 1 },
    ]);
    expect(await states()).toEqual(['done', 'done', 'failed', 'unknown']);
    expect((await store.statusOf(['foreign']))[0]!.message).toContain('is not a part of pqrst');
    expect((await runCli(['verify', join(root, 'out')])).code).toBe(0);
    await other.close();
    await store.close();
  });
});
