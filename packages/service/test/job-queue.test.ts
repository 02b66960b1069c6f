// Jobs in a queue of pqrst: submitted over HTTP, run by a worker, watched over HTTP.

import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { verifyCorpus } from 'pqrst/corpus';
import { openJobStore, PqrstError } from 'pqrst/queue';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openJobQueue } from '../dist/index.js';
import { fileFolder, smallModel, testService } from './helpers.js';

const run = promisify(execFile);
const pqrst = join(import.meta.dirname, '../../../dist/cli/main.js');
const main = join(import.meta.dirname, '../dist/main.js');

let folder: string;
let model: string;

beforeAll(async () => {
  folder = await fileFolder();
  model = await smallModel(join(folder, 'root'));
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface Jobs {
  readonly queue: string;
  readonly root: string;
  submit(kind: string, request: Record<string, unknown>): Promise<Answer>;
  state(id: unknown): Promise<Answer>;
  work(): Promise<unknown>;
}

/** Starts a service with a queue of the given name in the folder of the file. */
async function serviceOf(name: string): Promise<Jobs> {
  const [queue, root] = [join(folder, name), join(folder, 'root')];
  const jobs = await openJobQueue({ queue, root });
  onTestFinished(() => jobs.close());
  const { url } = await testService(model, { jobs });
  const answerOf = async (response: Response): Promise<Answer> => ({
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  });
  return {
    queue,
    root,
    submit: async (kind, request) =>
      answerOf(await fetch(`${url}/v1/jobs`, { method: 'POST', body: JSON.stringify({ kind, request }) })),
    state: async (id) => answerOf(await fetch(`${url}/v1/jobs/${id}`)),
    work: () => run(process.execPath, [pqrst, 'work', '--queue', queue, '--root', root, '--until-empty']),
  };
}

const small = { format: 'npy', count: 40, classes: { normal: 1, af: 1 }, seconds: 4, fsHz: 100 } as const;

describe('jobs in a queue of pqrst', () => {
  it('make a corpus, and then its predictions', async () => {
    const { submit, state, work, root } = await serviceOf('queue');
    const request = { ...small, parts: 2, out: 'work/corpus' };
    const first = await submit('synth', request);
    const { id } = first.body;
    expect([first.status, id]).toEqual([202, expect.stringMatching(/^synth-[0-9a-f]{16}-of-2$/)]);
    expect(await submit('synth', request)).toEqual(first);
    expect(await state(id)).toEqual({ status: 200, body: { id, state: 'waiting', parts: 2, partsDone: 0 } });
    await work();
    expect((await state(id)).body).toEqual({ id, state: 'done', parts: 2, partsDone: 2 });
    const { faults, manifest } = await verifyCorpus(join(root, 'work/corpus'));
    expect([faults, manifest.request.count]).toEqual([[], small.count]);

    const evaluation = { model: 'run/model.onnx', data: 'corpus:work/corpus', out: 'work/predictions' };
    const second = await submit('evaluate', evaluation);
    expect(second).toMatchObject({ status: 202, body: { id: expect.stringMatching(/^evaluate-/) } });
    await work();
    expect((await state(second.body.id)).body).toMatchObject({ state: 'done' });
    expect(await readdir(join(root, 'work/predictions'))).toContain('_manifest.json');
  }, 120_000);

  it('say where they are while a worker runs a part, and why one failed', async () => {
    const { submit, state, queue } = await serviceOf('states');
    const { id } = (await submit('synth', { ...small, parts: 3, out: 'states' })).body;
    const store = await openJobStore(queue);
    await (await store.claim())?.done({});
    const claim = await store.claim();
    expect((await state(id)).body).toEqual({ id, state: 'running', parts: 3, partsDone: 1 });
    await claim?.fail(`the folder ${join(folder, 'root', 'states')} is full`, true);
    expect((await state(id)).body).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^part synth-[0-9a-f]{16}-2 failed: the folder states is full$/),
    });
  });

  it('are unknown by any other name', async () => {
    const { submit, state } = await serviceOf('unknown');
    await submit('synth', { ...small, parts: 2, out: 'unknown' });
    for (const id of ['synth-0123456789abcdef-of-2', 'synth-0123456789abcdef-of-999999', 'job', '..%2Fx']) {
      expect(await state(id), id).toMatchObject({ status: 404 });
    }
  });

  it('stay below the folder of the jobs', async () => {
    const { submit, queue, root } = await serviceOf('outside');
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(root, 'link'), 'junction');
    const paths = ['../x', '/x', 'a/../../x', 'link', 'link/x', '.', '', 's3://bucket/x', 7];
    for (const out of paths) {
      const { status, body } = await submit('synth', { ...small, out });
      expect([status, body.error], String(out)).toEqual([
        400,
        expect.stringMatching(/^out (is|must be) .*below the folder of the jobs/),
      ]);
      expect(String(body.error)).not.toContain(root);
    }
    const good = { model: 'run/model.onnx', data: 'corpus:work/corpus', out: 'p' };
    for (const wrong of [{ model: '../model.onnx' }, { data: 'corpus:link/corpus' }, { data: 'ptb-xl:x' }]) {
      expect(await submit('evaluate', { ...good, ...wrong })).toMatchObject({ status: 400 });
    }
    const store = await openJobStore(queue);
    expect(await store.status()).toMatchObject({ waiting: 0, active: 0, done: 0, failed: 0 });
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([]);
  });

  it.each([
    ['synth', { ...small, out: 'a', cuont: 3 }, /no option "cuont"/],
    ['synth', { ...small, out: 'a', classes: { flutter: 1 } }, /flutter/],
    ['synth', { ...small, out: 'a', preset: '/etc/passwd' }, /preset/],
    ['synth', { ...small, out: 'a', count: 1e6, parts: 1e5 }, /has 100000 parts; expected at most 2000/],
    ['synth', { ...small, out: 'a', count: 1e9 }, /has [0-9]+ parts; expected at most 2000/],
    [
      'evaluate',
      { model: 'm', data: 'synth:d', out: 'a', parts: 2000, labelMap: { x: 'y'.repeat(150_000) } },
      /bytes, more than/,
    ],
    ['evaluate', { model: 'm', data: 'corpus:none', out: 'a' }, /none/],
    ['evaluate', { model: 'm', data: 'corpus:none', out: 'a', dumpInputs: '/x' }, /no option "dumpInputs"/],
    ['evaluate', { model: 'm', data: 'corpus:none', out: 'a', parts: 0 }, /parts/],
    ['experiment', { out: 'a' }, /pqrst submit experiment/],
  ])('are refused with a sentence if they are wrong: %s %#', async (kind, request, message) => {
    const { submit, root } = await serviceOf('wrong');
    const { status, body } = await submit(kind, request);
    expect([status, body.error]).toEqual([400, expect.stringMatching(message)]);
    expect(String(body.error)).not.toContain(root);
  });
});

describe('pqrst-service', () => {
  const start = (...words: string[]) =>
    run(process.execPath, [main, '--model', model, '--port', '0', ...words]);

  it('answers 503 while the queue does not', async () => {
    const failing = () => Promise.reject(new PqrstError('ERR_QUEUE', 'redis://queue:6379 does not answer'));
    const { url } = await testService(model, { jobs: { submit: failing, status: failing } });
    const { status } = await fetch(`${url}/v1/jobs/synth-0123456789abcdef-of-2`);
    expect(status).toBe(503);
  });

  it('needs the queue and the folder of the jobs together', async () => {
    await expect(start('--jobs', join(folder, 'flags'))).rejects.toThrow(/--jobs needs --jobs-root too/);
    await expect(start('--jobs-root', folder)).rejects.toThrow(/--jobs-root needs --jobs too/);
  });

  it('refuses a queue in the folder of the jobs, and a folder that is missing', async () => {
    const inside = start('--jobs', join(folder, 'root/queue'), '--jobs-root', join(folder, 'root'));
    await expect(inside).rejects.toThrow(/is in the folder of the jobs/);
    const missing = start('--jobs', join(folder, 'flags'), '--jobs-root', join(folder, 'none'));
    await expect(missing).rejects.toThrow(/cannot be read/);
    expect(await readdir(folder)).not.toContain('flags');
  });
});
