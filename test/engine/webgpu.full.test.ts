// One training step of every architecture on WebGPU against the same on the processor: bench/device.mjs, in processes of
// its own. Without a card SwiftShader is the adapter, which Debian's chromium carries together with a Vulkan loader.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { architectures } from '#lib/nn/models/index.js';

const chromium = '/usr/lib/chromium';
const swiftShader = { VK_ICD_FILENAMES: `${chromium}/vk_swiftshader_icd.json`, LD_LIBRARY_PATH: chromium };

const run = (words: readonly string[], env: Readonly<Record<string, string>>) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, words, { env: { ...process.env, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });

/** What the environment must be for an adapter to be found; undefined where there is none. */
async function findAdapter(): Promise<Readonly<Record<string, string>> | undefined> {
  const probe = fileURLToPath(import.meta.resolve('#lib/engine/device-probe.js'));
  for (const env of [{}, swiftShader]) {
    if ((await run([probe, 'webgpu'], env)).code === 0) return env;
  }
  return undefined;
}

const adapter = await findAdapter();
// SwiftShader takes minutes for each of the others (docs/adr/0007-devices.md has their numbers).
const archs = adapter === swiftShader ? ['resnet18', 'gru', 'transformer', 's4'] : Object.keys(architectures);
const title =
  adapter === undefined
    ? 'skipped: no WebGPU adapter (a card with its driver, or Debian chromium for its SwiftShader)'
    : 'on WebGPU';

describe.skipIf(adapter === undefined)(title, () => {
  test.each(archs)('%s has the gradients of the processor', async (arch) => {
    const script = fileURLToPath(new URL('../../bench/device.mjs', import.meta.url));
    // At 64 samples ResNet-18 has the convolutions that webgpu-flaws.ts is about.
    const sizes = ['--length', arch === 'resnet18' ? '64' : '130', '--batch', '2'];
    const words = [script, '--device', 'webgpu', '--archs', arch, ...sizes, '--gradients', '--json'];
    const { stdout, stderr } = await run(words, adapter!);
    expect(stdout, stderr).toMatch(/^\[/);
    const [{ worst, whole, oneBit, error }] = JSON.parse(stdout);
    expect(error).toBeUndefined();
    // A deep network at these sizes may move more than that by one bit of the ECG.
    const bound = Math.max(1e-3, 10 * oneBit);
    expect(worst).toBeLessThan(bound);
    expect(whole).toBeLessThan(bound);
  });
});
