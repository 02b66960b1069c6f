// Operation: keys, limits, stop, metrics, logs, jobs, and the OpenAPI document.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readKeys } from '../dist/http/keys.js';
import type { JobRequest } from '../dist/index.js';
import { startService } from '../dist/index.js';
import { type Body, fileFolder, lengthSamples, smallModel, testService } from './helpers.js';

let path: string;
let folder: string;

beforeAll(async () => {
  folder = await fileFolder();
  path = await smallModel(folder);
});

const request = (windows = 1) =>
  JSON.stringify({
    inputs: [
      {
        name: 'ecg',
        shape: [windows, 1, lengthSamples],
        datatype: 'FP32',
        data: Array.from(
          { length: windows * lengthSamples },
          (_, n) => Math.round(100 * Math.sin(n / 9)) / 100,
        ),
      },
    ],
  });

const post = (url: string, body: Body, headers: Record<string, string> = {}) =>
  fetch(`${url}/v2/models/af/infer`, { method: 'POST', body, headers });

/** Sends bytes and returns all that the service answers until it closes the connection. */
async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.on('error', (error) => {
    answer += error.message;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

describe('keys', () => {
  it('are needed for everything but health, the page and the documents', async () => {
    const { url } = await testService(path, { apiKeys: ['one', 'two'] });
    const status = async (route: string, headers: Record<string, string> = {}) =>
      (await fetch(url + route, { headers })).status;
    for (const open of ['/', '/page.js', '/v2/health/live', '/v2/health/ready', '/openapi.json', '/docs/']) {
      expect([open, await status(open)]).toEqual([open, 200]);
    }
    for (const closed of ['/v2', '/metrics', '/v1/models', '/v2/models/af']) {
      expect([closed, await status(closed)]).toEqual([closed, 401]);
      expect(await status(closed, { authorization: 'Bearer two' })).toBe(200);
      expect(await status(closed, { 'x-api-key': 'one' })).toBe(200);
      expect(await status(closed, { authorization: 'Bearer three' })).toBe(401);
    }
    expect((await post(url, request())).status).toBe(401);
  });

  it('are read from a file', async () => {
    const file = join(folder, 'keys');
    await writeFile(file, '# keys\none\n\n two \n');
    expect(await readKeys(file)).toEqual(['one', 'two']);
    await writeFile(file, '\n# none\n');
    await expect(readKeys(file)).rejects.toThrow(/holds no key/);
  });
});

describe('limits', () => {
  it('refuse large bodies by their header and by their bytes, and encoded ones', async () => {
    const { url } = await testService(path, { limits: { bodyBytes: 100_000 } });
    expect((await post(url, 'x'.repeat(100_001))).status).toBe(413);
    const chunked = 'POST /v2/models/af/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await raw(url, chunked + `10000\r\n${'x'.repeat(65536)}\r\n`.repeat(2))).toMatch(
      /^HTTP\/1.1 413 /,
    );
    const stated = 'POST /v2/models/af/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n';
    expect(await raw(url, `${stated}x`)).toMatch(/^HTTP\/1.1 413 /);
    expect((await post(url, 'x', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post(url, request())).status).toBe(200);
  });

  it('refuse windows beyond the queue with Retry-After', async () => {
    // No batch is full and all wait for half a second, so that the third request finds a full queue.
    const limits = { queueWindows: 8 };
    const { url } = await testService(path, { limits, maxBatch: 64, maxDelayMs: 500 });
    expect((await post(url, request(9))).status).toBe(413);
    const all = await Promise.all(Array.from({ length: 12 }, () => post(url, request(3))));
    const busy = all.filter(({ status }) => status === 429);
    expect(busy.length).toBeGreaterThan(0);
    expect(all.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect(Number(busy[0]!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('refuse bodies that other requests leave no memory for', async () => {
    const { url } = await testService(path, { limits: { allBodiesBytes: 5000 } });
    const answer = await post(url, 'x'.repeat(6000));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1']);
    const { url: other } = await testService(path);
    expect((await post(other, request())).status).toBe(200);
  });

  it('end slow requests and bytes that are not HTTP', async () => {
    const { url } = await testService(path, { limits: { timeoutS: 1 } });
    const start = performance.now();
    const head = 'POST /v2/models/af/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{';
    expect(await raw(url, head)).toMatch(/^HTTP\/1.1 (408|504) /);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(await raw(url, 'GET / HTTP')).toMatch(/^HTTP\/1.1 408 /);
    expect(await raw(url, 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(url, `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe('operation', () => {
  it('finishes what is in flight when it stops, and refuses the rest with 503', async () => {
    const service = await startService({
      models: [{ name: 'af', path }],
      ...{ port: 0, workers: 1, maxDelayMs: 1000, maxBatch: 1000 },
    });
    const { url } = service;
    const flying = post(url, request());
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stopped = service.stop();
    const refused = await post(url, request());
    expect([refused.status, (await fetch(`${url}/v2/health/ready`)).status]).toEqual([503, 503]);
    expect((await fetch(`${url}/v2/health/live`)).status).toBe(200);
    expect((await flying).status).toBe(200);
    await stopped;
    await expect(fetch(`${url}/v2`)).rejects.toThrow();
  });

  it('counts requests, windows and batches for Prometheus', async () => {
    const { url } = await testService(path);
    await Promise.all([post(url, request(2)), post(url, request(3)), post(url, '{}')]);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(
      /^pqrst_requests_total\{protocol="http",route="\/v2\/models\/:model\/infer",status="200"\} 2$/m,
    );
    expect(text).toMatch(/status="400"\} 1$/m);
    expect(text).toMatch(/^pqrst_windows_total\{model="af"\} 5$/m);
    expect(text).toMatch(/^pqrst_queue_windows\{model="af"\} 0$/m);
    expect(text).toMatch(/^pqrst_body_bytes 0$/m);
  });

  it('logs no signals, no names and no queries', async () => {
    const { url, log } = await testService(path);
    const secret = { name: 'Doe_Jane', fsHz: 100, leads: ['II'], signals: [[0.123456, 2, 3]] };
    await fetch(`${url}/v1/ecg:classify?names=SECRET`, { method: 'POST', body: JSON.stringify(secret) });
    await fetch(`${url}/v1/ecg:classify`, { method: 'POST', body: 'Doe_Jane,x\n' });
    await fetch(`${url}/v2/models/Doe_Jane`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(log.filter(({ msg }) => msg === 'request')).toHaveLength(3);
    expect(JSON.stringify(log)).not.toMatch(/Doe|SECRET|123456/);
  });

  it('names the methods of a path, and says that a path does not exist', async () => {
    const { url } = await testService(path);
    const wrong = await fetch(`${url}/v1/ecg:classify`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${url}/v1/nothing`)).status).toBe(404);
  });

  it('describes its routes as OpenAPI', async () => {
    const { url } = await testService(path);
    const { openapi, paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/v2',
        '/v2/models/{model}/infer',
        '/v1/ecg:classify',
        '/v1/ecg:paper',
        '/v1/models',
      ]),
    );
    expect(Object.keys(paths)).not.toContain('/v1/jobs');
  });

  it('refuses to start with options that cannot be', async () => {
    const start = (more: object) =>
      startService({ models: [{ name: 'af', path }], port: 0, workers: 1, ...more });
    await expect(start({ models: [] })).rejects.toThrow(/no model/);
    await expect(start({ models: [{ name: 'a b', path }] })).rejects.toThrow(/"a b"/);
    await expect(start({ workers: 0 })).rejects.toThrow(/workers is 0/);
    await expect(start({ maxBatch: 1.5 })).rejects.toThrow(/maxBatch is 1.5/);
    await expect(start({ models: [{ name: 'x', path: join(folder, 'x') }] })).rejects.toThrow(
      /does not exist/,
    );
  });
});

describe('jobs', () => {
  it('go to the queue of the caller', async () => {
    const taken: JobRequest[] = [];
    const jobs = {
      submit: async (job: JobRequest) => {
        taken.push(job);
        return 'job-1';
      },
      status: async (id: string) =>
        id === 'job-1' ? { id, state: 'running' as const, parts: 4, partsDone: 1 } : undefined,
    };
    const { url } = await testService(path, { jobs });
    const job = { kind: 'synth', request: { count: 1000 } };
    const answer = await fetch(`${url}/v1/jobs`, { method: 'POST', body: JSON.stringify(job) });
    expect([answer.status, await answer.json(), taken]).toEqual([202, { id: 'job-1' }, [job]]);
    expect(await (await fetch(`${url}/v1/jobs/job-1`)).json()).toMatchObject({
      state: 'running',
      partsDone: 1,
    });
    expect((await fetch(`${url}/v1/jobs/job-2`)).status).toBe(404);
    const wrong = await fetch(`${url}/v1/jobs`, {
      method: 'POST',
      body: JSON.stringify({ kind: 'x', request: {} }),
    });
    expect(wrong.status).toBe(400);
  });
});
