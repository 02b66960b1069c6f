// Unpacking the CUDA provider of a wheel: a wheel that fits, and every kind that does not.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installedRuntime, type Runtime, unpackCudaProvider } from '#lib/engine/cuda-provider.js';
import { runCli } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';
import { zipOf } from '../helpers/zip.js';

const build = (commit: string) =>
  `${'\0'.repeat(70_000)}ORT Build Info: git-branch=HEAD, git-commit-id=${commit}, build type=Release\0`;
const provider = 'a provider '.repeat(50_000);
const bridge = 'a bridge';
const [capi, info] = ['onnxruntime/capi', 'onnxruntime_gpu-1.30.0.dist-info'];
const metadata = `Metadata-Version: 2.4
Name: onnxruntime-gpu
Version: 1.30.0
Requires-Dist: numpy>=1.21.6
Provides-Extra: cuda
Requires-Dist: nvidia-cufft~=12.0; extra == "cuda"
Requires-Dist: nvidia-cuda-runtime~=13.0; extra == "cuda"
Requires-Dist: nvidia-cudnn-cu13~=9.0; extra == "cudnn"
`;

function recordOf(files: Readonly<Record<string, string>>): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('base64url');
  return Object.entries(files)
    .map(([name, text]) => `${name},sha256=${hash(text)},${text.length}\r\n`)
    .join('');
}

/** Entries of a wheel that fits the runtime of `runtime()`. */
function wheelEntries(changes: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const libraries = {
    [`${capi}/libonnxruntime_providers_shared.so`]: bridge,
    [`${capi}/libonnxruntime_providers_cuda.so`]: provider,
  };
  const entries = {
    ...libraries,
    [`${capi}/libonnxruntime.so.1.30.0`]: build('f2c39fe2f'),
    [`${capi}/build_and_package_info.py`]: "package_name = 'onnxruntime-gpu'\ncuda_version = '13.0'\n",
    [`${info}/METADATA`]: metadata,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_28_x86_64\n',
    [`${info}/RECORD`]: recordOf(libraries),
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(entries).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

async function wheel(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'onnxruntime_gpu.whl');
  writeFileSync(path, bytes);
  return path;
}

async function runtime(): Promise<Runtime> {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'libonnxruntime.so.1'), build('f2c39fe2f'));
  return { folder, version: '1.30.0', platform: 'linux', arch: 'x64' };
}

describe('a wheel that fits', () => {
  it('is unpacked beside the library of the runtime', async () => {
    const own = await runtime();
    const done = await unpackCudaProvider(await wheel(zipOf(wheelEntries())), own);
    expect(done).toEqual({
      folder: own.folder,
      files: [
        { name: 'libonnxruntime_providers_shared.so', bytes: bridge.length },
        { name: 'libonnxruntime_providers_cuda.so', bytes: provider.length },
      ],
      version: '1.30.0',
      commit: 'f2c39fe2f',
      cuda: '13.0',
      libraries: ['nvidia-cufft~=12.0', 'nvidia-cuda-runtime~=13.0', 'nvidia-cudnn-cu13~=9.0'],
    });
    expect(readdirSync(own.folder).sort()).toEqual([
      'libonnxruntime.so.1',
      'libonnxruntime_providers_cuda.so',
      'libonnxruntime_providers_shared.so',
    ]);
    expect(readFileSync(join(own.folder, 'libonnxruntime_providers_cuda.so'), 'utf8')).toBe(provider);
    // A second time it replaces the files.
    await unpackCudaProvider(await wheel(zipOf(wheelEntries())), own);
    expect(readdirSync(own.folder)).toHaveLength(3);
  });
});

const whole = zipOf(wheelEntries());
const name = `${capi}/libonnxruntime_providers_cuda.so`;
const refusals: [what: string, bytes: Uint8Array, code: string, message: RegExp][] = [
  [
    'is not a zip archive',
    Buffer.from('<html>not found</html>'),
    'ERR_DATA_UNREADABLE',
    /not a complete zip archive/,
  ],
  ['is truncated', whole.subarray(0, whole.length / 2), 'ERR_DATA_UNREADABLE', /not a complete zip archive/],
  [
    'is another archive',
    zipOf({ 'a.txt': 'a' }),
    'ERR_DEVICE',
    /is not a wheel .*onnxruntime-gpu==1\.30\.0$/,
  ],
  [
    'is another package',
    zipOf(wheelEntries({ [`${info}/METADATA`]: metadata.replace('-gpu', '') })),
    'ERR_DEVICE',
    /is the package onnxruntime, not onnxruntime-gpu/,
  ],
  [
    'is another version',
    zipOf(wheelEntries({ [`${info}/METADATA`]: metadata.replace('1.30.0', '1.29.1') })),
    'ERR_DEVICE',
    /is version 1\.29\.1, but onnxruntime-node is 1\.30\.0; take .*pip download --no-deps onnxruntime-gpu==1\.30\.0$/,
  ],
  [
    'is for another platform',
    zipOf(wheelEntries({ [`${info}/WHEEL`]: 'Tag: cp312-cp312-win_amd64\n' })),
    'ERR_DEVICE',
    /is for cp312-cp312-win_amd64, not for linux-x64/,
  ],
  [
    'is for another processor',
    zipOf(wheelEntries({ [`${info}/WHEEL`]: 'Tag: cp312-cp312-manylinux_2_28_aarch64\n' })),
    'ERR_DEVICE',
    /aarch64, not for linux-x64/,
  ],
  [
    'was built from another commit',
    zipOf(wheelEntries({ [`${capi}/libonnxruntime.so.1.30.0`]: build('0123abcd9') })),
    'ERR_DEVICE',
    /was built from commit 0123abcd9, but onnxruntime-node from f2c39fe2f/,
  ],
  [
    'has no runtime',
    zipOf(wheelEntries({ [`${capi}/libonnxruntime.so.1.30.0`]: undefined })),
    'ERR_DEVICE',
    /holds no libonnxruntime\.so/,
  ],
  [
    'has no version of CUDA',
    zipOf(wheelEntries({ [`${capi}/build_and_package_info.py`]: '' })),
    'ERR_DEVICE',
    /states no version of CUDA/,
  ],
  [
    'has no provider',
    zipOf(wheelEntries({ [name]: undefined })),
    'ERR_DATA_UNREADABLE',
    /providers_cuda\.so is missing/,
  ],
  [
    'has another provider than its list states',
    zipOf(wheelEntries({ [name]: provider.replace('a', 'b') })),
    'ERR_DATA_UNREADABLE',
    /is not what the wheel's list of files states/,
  ],
  [
    'has a longer provider',
    zipOf(wheelEntries({ [name]: `${provider}x` })),
    'ERR_DATA_UNREADABLE',
    /not what/,
  ],
  [
    'has no list of files',
    zipOf(wheelEntries({ [`${info}/RECORD`]: undefined })),
    'ERR_DATA_UNREADABLE',
    /RECORD/,
  ],
  [
    'has an entry that leads outside',
    zipOf(wheelEntries({ '../../evil.so': 'x' })),
    'ERR_PATH_OUTSIDE',
    /nothing was unpacked/,
  ],
  [
    'needs more room than the disk has',
    zipOf(
      wheelEntries({
        [`${info}/RECORD`]:
          recordOf({ [name]: provider }).replace(/\d+\r/, '9007199254740991\r') +
          recordOf({ [`${capi}/libonnxruntime_providers_shared.so`]: bridge }),
      }),
    ),
    'ERR_WRITE',
    /bytes free, but the CUDA provider needs 90071992547\d+; free some space/,
  ],
];

it.each(refusals)('leaves the folder as it is if the wheel %s', async (_, bytes, code, message) => {
  const own = await runtime();
  await expect(unpackCudaProvider(await wheel(bytes), own)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(readdirSync(own.folder)).toEqual(['libonnxruntime.so.1']);
});

it('says if the installed runtime states no commit', async () => {
  const own = await runtime();
  writeFileSync(join(own.folder, 'libonnxruntime.so.1'), 'no statement');
  await expect(unpackCudaProvider(await wheel(whole), own)).rejects.toMatchObject({
    code: 'ERR_DEVICE',
    message: expect.stringContaining('states no commit of its build'),
  });
});

it('removes what it wrote if a file cannot be replaced', async () => {
  const own = await runtime();
  mkdirSync(join(own.folder, 'libonnxruntime_providers_cuda.so', 'not empty'), { recursive: true });
  await expect(unpackCudaProvider(await wheel(whole), own)).rejects.toMatchObject({ code: 'ERR_WRITE' });
  expect(readdirSync(own.folder).filter((each) => each.endsWith('.tmp'))).toEqual([]);
});

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('the command line', () => {
  it('refuses a wheel of another version before it writes', async () => {
    const before = readdirSync(installedRuntime().folder);
    const path = await wheel(
      zipOf(wheelEntries({ [`${info}/METADATA`]: metadata.replace('1.30.0', '0.0.1') })),
    );
    const { code, stderr } = await runCli(['info', '--cuda-provider', path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/is version 0\.0\.1, but onnxruntime-node is .*\[ERR_DEVICE\]\n$/);
    expect(readdirSync(installedRuntime().folder)).toEqual(before);
  });
});
