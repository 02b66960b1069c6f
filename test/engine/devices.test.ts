// Devices of the current machine. The tests must also pass with the processor only.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { chooseDevice, complaintOf, type DeviceChoice, listDevices } from '#lib/engine/devices.js';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { openEngine, withEngine } from '#lib/engine/open.js';
import { spawnCli } from '../cli/run-cli.js';

const reports = await listDevices();
const missing = (device: string) => reports.find((report) => report.device === device)!.missing;
const hasCuda = missing('cuda') === undefined;
const noCuda = hasCuda ? 'skipped: CUDA is available here' : 'without CUDA';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );

afterEach(() => vi.unstubAllEnvs());

test('the processor is always available, and every other device states what is missing', () => {
  expect(reports.map(({ device }) => device)).toEqual(['cpu', 'cuda', 'webgpu']);
  expect(missing('cpu')).toBeUndefined();
  for (const { missing: sentence } of reports) {
    if (sentence !== undefined) expect(sentence).toMatch(/(install|use device cpu)/);
  }
});

describe.skipIf(hasCuda)(noCuda, () => {
  test('auto is the processor, and states why', async () => {
    const { device, reason } = await chooseDevice('auto');
    expect(device).toBe('cpu');
    expect(reason).toBe(`CUDA is not available (${missing('cuda')})`);
  });

  test('cuda is rejected with a message that says what to install', async () => {
    const error = await failure(openEngine({ device: 'cuda' }));
    expect(error).toMatchObject({ code: 'ERR_DEVICE', message: expect.stringContaining(missing('cuda')!) });
    if (process.platform === 'linux' && process.arch === 'x64') {
      expect(error!.message).toMatch(
        /is not installed; .*onnxruntime-gpu==[\d.]+, and let pqrst info .*\(type pqrst help info\)$|driver, CUDA \d+ and cuDNN 9$/,
      );
    }
  });

  test('the command line reports this in one line and leaves no files', async () => {
    const out = await mkdtemp(join(tmpdir(), 'pqrst-device-'));
    const words = [
      'train',
      '--task',
      'af',
      '--setting',
      'syn',
      '--device',
      'cuda',
      '--out',
      join(out, 'run'),
    ];
    const { code, stderr, stdout } = await spawnCli(words);
    await rm(out, { recursive: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^pqrst: device cuda is not available: [^\n]*\[ERR_DEVICE\]\n$/);
  });
});

test.skipIf(process.platform !== 'linux')('a missing driver gives a message, not a crash', async () => {
  vi.stubEnv('VK_ICD_FILENAMES', join(tmpdir(), 'no-such-driver.json'));
  vi.stubEnv('VK_DRIVER_FILES', join(tmpdir(), 'no-such-driver.json'));
  const error = await failure(chooseDevice('webgpu'));
  expect(error).toMatchObject({
    code: 'ERR_DEVICE',
    message: expect.stringMatching(/^device webgpu is not available: .*(install|use device cpu)/),
  });
});

test.each([
  [
    'a library of CUDA',
    '\u001b[1;31m[E:onnxruntime] Failed to load library lib/libonnxruntime_providers_cuda.so with error: ' +
      'libcudnn.so.9: cannot open shared object file: No such file or directory\u001b[m\nno session',
    'libcudnn.so.9 is missing',
  ],
  [
    'a card',
    'src/cuda_call.cc:129 CudaCall(int) CUDA failure 100: no CUDA-capable device is detected ; GPU=0 ; file=x.cc',
    'CUDA failure 100: no CUDA-capable device is detected',
  ],
  [
    'an adapter',
    'webgpu_context.cc:136 status == Success was false. Failed to get a WebGPU adapter: No supported adapters\n\n',
    'Failed to get a WebGPU adapter: No supported adapters',
  ],
  ['anything else', 'one\ntwo\n', 'two'],
  ['nothing', '', 'a test failed without a message'],
])('names %s that is missing', (_what, printed, cause) => {
  expect(complaintOf(printed)).toBe(cause);
});

test('info lists the devices', async () => {
  const { stdout } = await spawnCli(['info', '--json']);
  expect(JSON.parse(stdout).devices).toEqual(reports);
});

describe('openEngine', () => {
  test('opens onnxruntime on the processor on request', async () => {
    const engine = await openEngine({ device: 'cpu' });
    expect(engine).toMatchObject({ name: 'onnxruntime', device: 'cpu', deviceReason: 'as requested' });
    expect(engine.stepsPerRun).toBe(1);
    await engine.close();
  });

  test('opens tensorflow with a backend', async () => {
    const engine = await openEngine({ engine: 'tensorflow', tfBackend: 'cpu' });
    expect(engine.name).toContain('tensorflow');
    expect(engine.device).toBe('cpu');
    await engine.close();
  });

  test('names an unknown option', async () => {
    const mistyped = { engin: 'tensorflow' } as Parameters<typeof openEngine>[0];
    expect(await failure(openEngine(mistyped))).toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining('openEngine has no option "engin"; did you mean "engine"?'),
    });
    expect(await failure(openEngine('tensorflow' as never))).toMatchObject({ code: 'ERR_OPTION' });
  });

  test('several steps share a run on CUDA', () => {
    expect(onnxRuntimeEngine({ device: 'cuda' })).toMatchObject({ device: 'cuda', stepsPerRun: 16 });
  });

  test.each([
    [{ device: 'gpu' as DeviceChoice }, 'did you mean "cpu"'],
    [{ engine: 'tensorflo' as 'tensorflow' }, 'did you mean "tensorflow"'],
    [{ engine: 'tensorflow' as const, device: 'cuda' as const }, 'choose `engine` onnxruntime'],
    [{ engine: 'tensorflow' as const, device: 'gpu' as DeviceChoice }, 'did you mean "cpu"'],
    [{ engine: 'tensorflow' as const, tfBackend: 'wasn' as 'wasm' }, 'did you mean "wasm"'],
    [{ tfBackend: 'wasm' as const }, 'engine tensorflow'],
  ])('refuses %o', async (choice, sentence) => {
    expect(await failure(openEngine(choice))).toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining(sentence),
    });
  });
});

describe('withEngine', () => {
  test('closes the engine that it opened, but not a given engine', async () => {
    const closed = vi.fn();
    const given = { ...onnxRuntimeEngine(), close: closed } as Engine;
    expect(await withEngine({ engine: given }, async (engine) => engine === given)).toBe(true);
    expect(closed).not.toHaveBeenCalled();
    expect(await withEngine({ device: 'cpu' }, async (engine) => engine.name)).toBe('onnxruntime');
  });

  test('rejects a device together with an open engine', async () => {
    const error = await failure(withEngine({ engine: onnxRuntimeEngine(), device: 'cpu' }, async () => 0));
    expect(error).toMatchObject({ code: 'ERR_OPTION', message: expect.stringContaining('omit them') });
  });
});
