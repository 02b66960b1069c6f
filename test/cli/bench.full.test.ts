// `pqrst bench`: the tests that bench.test.ts leaves to the full run, because each measurement takes seconds.

import { describe, expect, it } from 'vitest';
import { runCli, spawnCli } from './run-cli.js';

describe('bench synth', () => {
  it('prints the same as JSON, with the machine', async () => {
    const { code, stdout } = await runCli([
      'bench',
      'synth',
      '--preset',
      'paper',
      '--seconds',
      '0.1',
      '--json',
    ]);
    expect(code).toBe(0);
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({ preset: 'paper', lengthSamples: 5000, node: process.versions.node });
    expect(facts.targets.scalar.normal.median).toBeGreaterThan(0);
    expect(facts.targets.scalar.normal.ofNoise.median).toBeGreaterThan(0);
  }, 60_000);

  it('exits with 130 and one line if it is interrupted', async () => {
    let sent = false;
    const { code, stdout, stderr } = await spawnCli(['bench', 'synth', '--seconds', '600'], {
      onStderr: (_, kill) => {
        if (!sent) kill('SIGINT');
        sent = true;
      },
    });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('[ERR_INTERRUPTED]');
  }, 60_000);
});

describe('bench train', () => {
  const quick = ['bench', 'train', '--arch', 'gru', '--batch', '4', '--seconds', '0.1', '--threads', '1'];

  it('prints one line per architecture and length, and the rate of a bare product', async () => {
    const { code, stdout, stderr } = await runCli([...quick, '--length', '250', '500']);
    expect(code).toBe(0);
    // The time of a step outside ONNX Runtime is a difference of two times, which may be negative on a busy machine.
    for (const length of [250, 500]) {
      const cells = String.raw`[\d.]+ +[\d.]+-[\d.]+ +\d+ +[\d.]+ +[\d.]+ % +-?[\d.]+ % +(\d+ KiB|-) +\d+`;
      expect(stdout).toMatch(new RegExp(`^gru +4 x ${length} +${cells}$`, 'm'));
    }
    expect(stdout).toMatch(/^A bare product of two matrices of 1,024 x 1,024: [\d.]+ GFLOP\/s\./m);
    expect(stderr).toContain('engine onnxruntime');
  }, 60_000);
});
