// `pqrst bench`, run as a user runs it: a table, a JSON answer, and invalid arguments. bench.full.test.ts has the other
// table, the other JSON answer and the interruption.

import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

describe('bench synth', () => {
  it('prints for each target every class, the noise stage, a memset and the goals', async () => {
    const { code, stdout, stderr } = await runCli(['bench', 'synth', '--seconds', '0.1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^scalar {2,}G samples\/s\/core +quartiles +of noise stage$/m);
    for (const name of ['normal', 'af', 'aflt', 'pvc', 'wpw', 'noise', 'memset']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +[\\d.]+ +[\\d.]+-[\\d.]+ +[\\d.]+$`, 'm'));
    }
    expect(stdout).toMatch(/% of the bare kernel/);
    expect(stdout).toMatch(
      /^ {2}(met|missed) +JavaScript against the bare kernel: [\d.]+ \(at least 0.95\)$/m,
    );
    expect(stderr).toMatch(/^bench synth: [\d.]+\/0.1$/m);
  }, 60_000);
});

describe('bench train', () => {
  const quick = ['bench', 'train', '--arch', 'gru', '--batch', '4', '--seconds', '0.1', '--threads', '1'];

  it('prints the same as JSON, with the machine and the engine', async () => {
    const { code, stdout } = await runCli([...quick, '--length', '250', '--json']);
    expect(code).toBe(0);
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({ node: process.versions.node, threads: 1, engine: { name: 'onnxruntime' } });
    expect(facts.cases).toHaveLength(1);
    expect(facts.cases[0]).toMatchObject({ arch: 'gru', batch: 4, lengthSamples: 250 });
  }, 60_000);
});

describe('invalid arguments', () => {
  it.each([
    [['bench'], 'a command is missing'],
    [['bench', 'synht'], 'did you mean "synth"?'],
    [
      ['bench', 'synth', '--secnods', '3'],
      'pqrst bench synth has no option --secnods; did you mean "--seconds"?',
    ],
    [['bench', 'synth', '--seconds', 'ten'], 'takes a number from 0.1 to 3600, got "ten"'],
    [['bench', 'synth', '--preset', 'papre'], 'did you mean "paper"?'],
    [['bench', 'train', '--arch', 'resnet81'], 'did you mean "resnet18"?'],
    [['bench', 'train', '--batch', '1'], '--batch takes a whole number from 2 to 65536, got "1"'],
  ])('rejects %j', async (args, sentence) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.each([
    ['bench', 'bench synth --json'],
    ['bench synth', 'bench synth --json'],
    ['bench train', 'bench train --arch lstm gru'],
  ])('shows examples in the help of %s', async (command, example) => {
    const { code, stdout } = await runCli([...command.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`$ pqrst ${example}`);
  });
});
