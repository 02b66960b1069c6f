// The Open Inference Protocol: answers equal those of the library, and the unchanged clients of Triton get them.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openEngine, openModel } from 'pqrst/evaluate';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Body, fileFolder, lengthSamples, smallModel, testService } from './helpers.js';

let path: string;
const signals = Float32Array.from({ length: 3 * lengthSamples }, (_, n) => Math.sin(n / 7) + Math.cos(n / 3));

beforeAll(async () => {
  path = await smallModel(await fileFolder());
});

async function expected(values: Float32Array) {
  const engine = await openEngine({ device: 'cpu' });
  const model = await openModel(path, { engine, threads: 1 });
  const { logit, probability } = await model.answer(values);
  await model.close();
  await engine.close();
  return { logit: [...logit], probability: [...probability] };
}

const input = (more: object) => ({
  inputs: [{ name: 'ecg', shape: [3, 1, lengthSamples], datatype: 'FP32', ...more }],
});

async function infer(url: string, body: Body, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v2/models/af/infer`, { method: 'POST', headers, body });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

const close = (values: readonly number[], to: readonly number[]) => {
  expect(values.length).toBe(to.length);
  for (const [at, value] of values.entries()) expect(value).toBeCloseTo(to[at]!, 5);
};

describe('REST', () => {
  it('describes the server and the model, and says whether they are ready', async () => {
    const { url } = await testService(path);
    const get = async (route: string) => (await fetch(url + route)).json();
    expect(await get('/v2')).toMatchObject({ name: 'pqrst', extensions: ['binary_tensor_data'] });
    expect(await get('/v2/models/af')).toEqual({
      name: 'af',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'ecg', datatype: 'FP32', shape: [-1, 1, lengthSamples] }],
      outputs: ['logit', 'probability'].map((name) => ({ name, datatype: 'FP32', shape: [-1] })),
    });
    const statuses = await Promise.all(
      [
        '/v2/health/live',
        '/v2/health/ready',
        '/v2/models/af/ready',
        '/v2/models/af/versions/1/ready',
        '/v2/models/af/versions/2',
        '/v2/models/x',
      ].map(async (route) => (await fetch(url + route)).status),
    );
    expect(statuses).toEqual([200, 200, 200, 200, 404, 404]);
  });

  it('answers JSON, flat or nested, with the values of the library', async () => {
    const { url } = await testService(path);
    const right = await expected(signals);
    const rows = [0, 1, 2].map((n) => [[...signals.subarray(n * lengthSamples, (n + 1) * lengthSamples)]]);
    for (const data of [[...signals], rows]) {
      const { status, bytes } = await infer(url, JSON.stringify({ id: 'r1', ...input({ data }) }));
      expect(status).toBe(200);
      const answer = JSON.parse(bytes.toString());
      expect(answer).toMatchObject({ model_name: 'af', model_version: '1', id: 'r1' });
      expect(answer.outputs.map(({ shape }: { shape: number[] }) => shape)).toEqual([[3], [3]]);
      close(answer.outputs[0].data, right.logit);
      close(answer.outputs[1].data, right.probability);
    }
  });

  it('reads and writes binary tensors of FP32, FP64 and FP16', async () => {
    const { url } = await testService(path);
    const right = await expected(signals);
    const half = new Uint16Array(signals.length).fill(0x3c00);
    const cases = [
      { datatype: 'FP32', raw: Buffer.from(signals.buffer), right },
      { datatype: 'FP64', raw: Buffer.from(Float64Array.from(signals).buffer), right },
      {
        datatype: 'FP16',
        raw: Buffer.from(half.buffer),
        right: await expected(new Float32Array(signals.length).fill(1)),
      },
    ];
    for (const { datatype, raw, right: want } of cases) {
      const request = {
        ...input({ datatype, parameters: { binary_data_size: raw.length } }),
        outputs: [{ name: 'probability', parameters: { binary_data: true } }],
      };
      const head = Buffer.from(JSON.stringify(request));
      const { headers, bytes } = await infer(url, Buffer.concat([head, raw]), {
        'inference-header-content-length': String(head.length),
      });
      const headBytes = Number(headers.get('inference-header-content-length'));
      expect(JSON.parse(bytes.toString('utf8', 0, headBytes)).outputs).toEqual([
        { name: 'probability', shape: [3], datatype: 'FP32', parameters: { binary_data_size: 12 } },
      ]);
      close([...new Float32Array(new Uint8Array(bytes.subarray(headBytes)).buffer)], want.probability);
    }
  });

  it('refuses what is not a request for the model, and says what it takes', async () => {
    const { url } = await testService(path);
    const data = [...signals];
    const wrong: [Body, RegExp, Record<string, string>?][] = [
      ['', /not JSON/],
      ['{', /not JSON/],
      ['[]', /not as documented/],
      [JSON.stringify({ inputs: [] }), /inputs/],
      [JSON.stringify(input({})), /has no data/],
      [JSON.stringify(input({ data: data.slice(1) })), /1199 values; the shape states 1200/],
      [JSON.stringify(input({ data: [...data, 1] })), /more values than the shape/],
      [JSON.stringify(input({ data: ['a'] })), /expected numbers/],
      [JSON.stringify(input({ data, shape: [3, 2, 200] })), /expected \[N, 1, 400\]/],
      [JSON.stringify(input({ data, name: 'x' })), /the input is "ecg"/],
      [JSON.stringify(input({ data, datatype: 'INT8' })), /send FP16, FP32, FP64/],
      [JSON.stringify({ ...input({ data }), outputs: [{ name: 'x' }] }), /outputs are logit and probability/],
      [`${'['.repeat(200_000)}`, /not JSON/],
      ['{}', /states 9 bytes of JSON/, { 'inference-header-content-length': '9' }],
      ['{}', /expected the bytes/, { 'inference-header-content-length': '-1' }],
    ];
    for (const [body, words, headers] of wrong) {
      const { status, bytes } = await infer(url, body, headers);
      expect([status, JSON.parse(bytes.toString()).error]).toEqual([400, expect.stringMatching(words)]);
    }
    const nested = JSON.stringify(input({ data: [] })).replace(
      '"data":[]',
      `"data":${'['.repeat(5000)}1${']'.repeat(5000)}`,
    );
    expect((await infer(url, nested)).bytes.toString()).toMatch(/nested more than 4/);
    const tooLong = JSON.stringify(input({ data: [1], shape: [2 ** 40, 1, lengthSamples] }));
    expect((await infer(url, tooLong)).status).toBe(413);
    const notFinite = signals.slice();
    notFinite[500] = Number.NaN;
    const head = Buffer.from(
      JSON.stringify(input({ parameters: { binary_data_size: notFinite.byteLength } })),
    );
    const { status, bytes } = await infer(url, Buffer.concat([head, Buffer.from(notFinite.buffer)]), {
      'inference-header-content-length': String(head.length),
    });
    expect([status, bytes.toString()]).toEqual([
      400,
      expect.stringMatching(/window 1 of the input holds NaN/),
    ]);
  });
});

const python = [
  join(import.meta.dirname, '../../../build/venv/bin/python'),
  process.env.PQRST_PYTHON,
  'python3',
].find(
  (one) =>
    one !== undefined &&
    (one === 'python3' || existsSync(one)) &&
    spawnSync(one, ['-c', 'import tritonclient.http, tritonclient.grpc'], { stdio: 'ignore' }).status === 0,
);
if (python === undefined)
  console.log('skip: tritonclient is not installed, so no client of Triton judges the service');

describe.skipIf(python === undefined)('tritonclient', () => {
  it.each([[[]], [['secret-key']]])(
    'works unchanged over HTTP and gRPC with the keys %j',
    async (apiKeys: string[]) => {
      const { url, grpcPort } = await testService(path, { grpcPort: 0, apiKeys });
      const { host } = new URL(url);
      const script = join(import.meta.dirname, 'oip_client.py');
      const child = spawn(python!, [
        script,
        host,
        `127.0.0.1:${grpcPort}`,
        'af',
        String(lengthSamples),
        ...apiKeys,
      ]);
      const [out, errors]: string[] = ['', ''];
      let printed = out!;
      let complaints = errors!;
      child.stdout.on('data', (chunk) => {
        printed += chunk;
      });
      child.stderr.on('data', (chunk) => {
        complaints += chunk;
      });
      const code = await new Promise((resolve) => child.on('close', resolve));
      expect([code, complaints]).toEqual([0, '']);
      const found = JSON.parse(printed);
      const right = await expected(Float32Array.from(found.signals));
      for (const answer of [found.http.infer, found.grpc.infer, found.json]) {
        close(answer.logit, right.logit);
        close(answer.probability, right.probability);
      }
      close(found.default, right.probability.slice(0, 2));
      close(
        found.many,
        Array.from({ length: 30 }, (_, row) => right.probability[row % 3]!),
      );
      for (const { live, ready, modelReady, model, refusal } of [found.http, found.grpc]) {
        expect([live, ready, modelReady, model.name]).toEqual([true, true, true, 'af']);
        expect(refusal).toMatch(/there is no model "no-such-model"/);
      }
    },
    180_000,
  );
});
