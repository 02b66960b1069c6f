import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/index.js';
import type { KernelOpenRequest, KernelSynthRequest } from '#lib/kernel/binding.js';
import { loadKernel, open } from '#lib/kernel/node.js';
import { presets } from '#lib/synth/presets.js';
import { packSpec } from '#lib/synth/spec.js';

const folder = mkdtempSync(join(tmpdir(), 'pqrst-native-'));
afterAll(() => rmSync(folder, { recursive: true }));

function failure(root: string): PqrstError {
  try {
    open(root);
  } catch (error) {
    if (error instanceof PqrstError) return error;
    throw error;
  }
  throw new Error('it loaded');
}

describe('the loader', () => {
  it('loads the kernel once, and lists the targets', () => {
    expect(loadKernel()).toBe(loadKernel());
    expect(loadKernel().targets()).toContain('scalar');
    expect(loadKernel().targets()).toContain(loadKernel().target());
  });

  it('reports the searched folders, the platform and the command to run', () => {
    const error = failure(folder);
    expect(error.code).toBe('ERR_NATIVE_LOAD');
    expect(error.message).toContain(`${join(folder, 'build', 'Release')}: no such folder`);
    expect(error.message).toContain(
      `${join(folder, 'prebuilds', `${process.platform}-${process.arch}`)}: no such`,
    );
    expect(error.message).toContain(process.version);
    expect(error.message).toContain('npm run setup');
  });

  it('reports the error of the system if a file does not load', () => {
    const path = join(folder, 'build', 'Release', 'pqrst.node');
    mkdirSync(join(folder, 'build', 'Release'), { recursive: true });
    writeFileSync(path, 'not a library');
    const { message } = failure(folder);
    expect(message).toContain('Release: holds pqrst.node');
    expect(message).toMatch(
      /pqrst\.node: .*(invalid ELF header|file too short|not a mach-o|not a valid Win32)/i,
    );
  });

  it('refuses an unknown PQRST_FORCE_TARGET and lists the available targets', () => {
    const code = `
      const { loadKernel } = await import('#lib/kernel/node.js');
      try { loadKernel(); } catch ({ code, message }) { console.log(code, message); }`;
    const run = (target: string) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', code], {
        encoding: 'utf8',
        env: { ...process.env, PQRST_FORCE_TARGET: target },
      });
    expect(run('scaler').stdout).toMatch(
      /^ERR_NATIVE_LOAD .*"scaler".*did you mean "scalar".*there are: .*scalar/,
    );
    expect(run('')).toMatchObject({ status: 0, stdout: '' });
  });
});

describe('the binding throws ERR_NATIVE for', () => {
  const native = loadKernel();
  const request = (): KernelSynthRequest => ({
    model: 'paper',
    spec: packSpec(presets.paper, native.specFields()),
    seed: 7n,
    classes: Uint8Array.of(0),
    start: 0n,
    count: 2,
    fsHz: 100,
    lengthSamples: 50,
    leads: Uint8Array.of(1),
    unit: 'mV',
    type: 'float32',
    threads: 1,
    annotate: false,
    out: new Float32Array(100),
    control: new Int32Array(new SharedArrayBuffer(8)),
  });
  const wrong: [string, unknown][] = [
    ['spec', undefined],
    ['spec', [1, 2]],
    ['spec', new Float64Array(1)],
    ['spec', new Float64Array(native.specFields().length).fill(Number.NaN)],
    ['seed', 7],
    ['seed', -1n],
    ['seed', 2n ** 64n],
    ['classes', new Uint8Array(0)],
    ['classes', Uint8Array.of(5)],
    ['classes', Int8Array.of(0)],
    ['start', 2n ** 64n - 1n],
    ['count', 0],
    ['count', 1.5],
    ['count', 3],
    ['count', '2'],
    ['fsHz', Number.NaN],
    ['fsHz', 4001],
    ['lengthSamples', 0],
    ['lengthSamples', 51],
    ['lengthSamples', 1e10],
    ['unit', 'uV'],
    ['unit', null],
    ['threads', 0],
    ['threads', 1e6],
    ['annotate', 1],
    ['out', new Float64Array(100)],
    ['out', new Float32Array(99)],
    ['out', {}],
    ['out', new Int16Array(100)],
    ['type', 'float64'],
    ['control', new Int32Array(1)],
    ['control', new Int32Array(2)],
    ['control', new Uint32Array(2)],
  ];
  it.each(wrong)('%s: %o', (field, value) => {
    const call = () => native.synth({ ...request(), [field]: value });
    expect(call).toThrow(
      expect.objectContaining({ code: 'ERR_NATIVE', message: expect.stringMatching(/\w must /) }),
    );
  });

  it('a missing or invalid request, and a missing target', () => {
    const loose = native as unknown as Record<string, (...given: unknown[]) => unknown>;
    for (const given of [[], [undefined], [3], ['x']]) {
      expect(() => loose.synth!(...given)).toThrow(expect.objectContaining({ code: 'ERR_NATIVE' }));
    }
    expect(() => loose.selectTarget!()).toThrow(expect.objectContaining({ code: 'ERR_NATIVE' }));
    expect(native.selectTarget('no such')).toBe(false);
  });
});

describe('an open record', () => {
  const native = loadKernel();
  const control = () => new Int32Array(new SharedArrayBuffer(8));
  const opened = async () => {
    const record = await native.openRecord({
      model: 'paper',
      leads: Uint8Array.of(1),
      spec: packSpec(presets.paper, native.specFields()),
      seed: 7n,
      classes: Uint8Array.of(0),
      index: 3n,
      fsHz: 100,
      lengthSamples: 262_144 + 50,
      unit: 'mV',
      type: 'float32',
      control: control(),
    } satisfies KernelOpenRequest);
    if (record === 'cancelled') throw new Error('the request was cancelled');
    return record.handle;
  };

  it('allows one read at a time, and the next one as soon as a read has ended or was cancelled', async () => {
    const handle = await opened();
    const out = () => new Float32Array(50);
    const read = (control: Int32Array, into = out()) =>
      native.readPiece({ handle, piece: 1, out: into, control });
    const expected = out();
    expect(await read(control(), expected)).toBe(expected);
    for (let turn = 0; turn < 20; turn++) {
      const cancelled = control();
      cancelled[0] = 1;
      const first = read(cancelled);
      expect(() => read(control())).toThrow(expect.objectContaining({ code: 'ERR_NATIVE' }));
      expect(await first).toBe('cancelled');
      const into = out();
      const second = read(control(), into);
      expect(() => read(control())).toThrow(/is being read/);
      expect(await second).toBe(into);
      expect(into).toEqual(expected);
    }
  });

  it('refuses an invalid handle, an unknown piece and an output array that is too small', async () => {
    const handle = await opened();
    const request = { handle, piece: 1, out: new Float32Array(50), control: control() };
    for (const wrong of [{ handle: {} }, { piece: 2 }, { piece: -1 }, { out: new Float32Array(49) }]) {
      expect(() => native.readPiece({ ...request, ...wrong })).toThrow(
        expect.objectContaining({ code: 'ERR_NATIVE' }),
      );
    }
  });
});
