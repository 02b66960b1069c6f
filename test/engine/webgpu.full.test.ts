// Compares one training step of every architecture on WebGPU with the same step on the processor, by running
// bench/device.mjs in separate processes. Without a graphics card, SwiftShader is the adapter; Debian's chromium contains
// it together with a Vulkan loader.

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

/** The environment variables that make an adapter available; undefined without an adapter. */
async function findAdapter(): Promise<Readonly<Record<string, string>> | undefined> {
  const probe = fileURLToPath(import.meta.resolve('#lib/engine/device-probe.js'));
  for (const env of [{}, swiftShader]) {
    if ((await run([probe, 'webgpu'], env)).code === 0) return env;
  }
  return undefined;
}

const adapter = await findAdapter();
// SwiftShader takes minutes for each of the other architectures (see docs/adr/0007-devices.md for their results).
const archs = adapter === swiftShader ? ['resnet18', 'gru', 'transformer', 's4'] : Object.keys(architectures);
const title =
  adapter === undefined
    ? 'skipped: no WebGPU adapter (a card with its driver, or Debian chromium for its SwiftShader)'
    : 'on WebGPU';

describe.skipIf(adapter === undefined)(title, () => {
  test.each(archs)('%s has the gradients of the processor', async (arch) => {
    const script = fileURLToPath(new URL('../../bench/device.mjs', import.meta.url));
    // With 64 samples, ResNet-18 has the convolutions that webgpu-flaws.ts finds.
    const sizes = ['--length', arch === 'resnet18' ? '64' : '130', '--batch', '2'];
    const words = [script, '--device', 'webgpu', '--archs', arch, ...sizes, '--gradients', '--json'];
    const { stdout, stderr } = await run(words, adapter!);
    expect(stdout, stderr).toMatch(/^\[/);
    const [{ worst, whole, oneBit, error }] = JSON.parse(stdout);
    expect(error).toBeUndefined();
    // A deep network of this size may change by more than that if one bit of the ECG changes.
    const bound = Math.max(1e-3, 10 * oneBit);
    expect(worst).toBeLessThan(bound);
    expect(whole).toBeLessThan(bound);
  });
});
