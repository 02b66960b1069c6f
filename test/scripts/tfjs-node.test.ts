// scripts/tfjs-node.mjs: the message of each failure before the build. The build itself needs a wheel of 274 MB.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error: a script, which has no types
import { buildTfjsNode } from '../../scripts/tfjs-node.mjs';
import { folderOf, temporaryFolder } from '../helpers/folder.js';

const linux = { platform: 'linux-x64' };
const packageOf = (version: string) => folderOf({ 'package.json': JSON.stringify({ version }) });

it('refuses other systems', async () => {
  await expect(buildTfjsNode({ platform: 'darwin-arm64' })).rejects.toThrow(
    /^this system is darwin-arm64, and the wheel is for linux-x64; use --tf-backend wasm, or cpu$/,
  );
});

it('says how to install the package', async () => {
  const folder = join(await temporaryFolder(), 'absent');
  await expect(buildTfjsNode({ ...linux, folder })).rejects.toThrow(
    /is not installed in .*absent; run "npm install --no-save .*@tensorflow\/tfjs-node@4\.22\.0"$/,
  );
  await expect(buildTfjsNode({ ...linux, folder: await packageOf('4.21.0') })).rejects.toThrow(
    /is version 4\.21\.0, and this script is for 4\.22\.0; run/,
  );
});

it('refuses a missing wheel, and one with another hash, and leaves no addon', async () => {
  const folder = await packageOf('4.22.0');
  const absent = join(folder, 'absent.whl');
  await expect(buildTfjsNode({ ...linux, folder, wheel: absent })).rejects.toThrow(
    /could not read the wheel .*absent\.whl \(.*ENOENT.*\); name it with --wheel$/,
  );
  const wheel = join(folder, 'other.whl');
  writeFileSync(wheel, 'another wheel');
  await expect(buildTfjsNode({ ...linux, folder, wheel })).rejects.toThrow(
    /other\.whl has the SHA-256 [0-9a-f]{64}, but tensorflow_cpu-2\.21\.0-.* has dcc8afd3.*without --wheel$/,
  );
  mkdirSync(join(folder, 'is-a-folder.whl'));
  await expect(buildTfjsNode({ ...linux, folder, wheel: join(folder, 'is-a-folder.whl') })).rejects.toThrow(
    /could not read the wheel/,
  );
  expect(readdirSync(folder)).not.toContain('lib');
});

it('prints one line and ends with 1', () => {
  const script = join(import.meta.dirname, '../../scripts/tfjs-node.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--whel', 'x'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^tfjs-node: Unknown option/),
  });
});
