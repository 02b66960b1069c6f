// `pqrst info --arch`: output for people and for programs, and invalid combinations of arguments.

import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

describe('info --arch', () => {
  it('prints parameters, multiply-adds, options and layers', async () => {
    const { code, stdout, stderr } = await runCli(['info', '--arch', 'resnet18']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^paper +He et al\. 2015, arXiv 1512\.03385$/m);
    expect(stdout).toMatch(/^parameters +3,878,849$/m);
    expect(stdout).toMatch(
      /^multiply-adds +172,765,984 per record in inference: .*normalisations, .* are not counted/m,
    );
    expect(stdout).toMatch(/^backboneOut +16-1024 +64 +features/m);
    expect(stdout).toMatch(/^stem\.conv +448 +weight 64x1x7$/m);
    expect(stdout).toMatch(/^stem\.norm +128 .*\(runningMean 64\)/m);
  });

  it('prints the same as JSON, for other lengths and leads', async () => {
    const args = ['info', '--arch', 'resnet18', '--length', '2000', '--leads', '12', '--json'];
    const { code, stdout } = await runCli(args);
    expect(code).toBe(0);
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({ name: 'resnet18', leads: 12, lengthSamples: 2000 });
    expect(facts.parameters).toBe(3_878_849 + 11 * 64 * 7);
    expect(facts.layers[0]).toMatchObject({ name: 'stem.conv', parameters: 12 * 64 * 7 });
    expect(facts.hyperParameters).toContainEqual(
      expect.objectContaining({ name: 'backboneOut', low: 16, high: 1024, default: 64 }),
    );
  });

  it.each([
    ['an unknown name', ['--arch', 'resnet81'], 'did you mean "resnet18"?', 'ERR_UNKNOWN_ARCH'],
    [
      'records that are too short',
      ['--arch', 'resnet18', '--length', '8'],
      'at least 32 samples, got 8',
      'ERR_RANGE',
    ],
    [
      'a length without an architecture',
      ['--length', '500'],
      '--length belongs to an architecture',
      'ERR_OPTION',
    ],
    [
      'an architecture together with a file',
      ['--arch', 'resnet18', '--model', 'm.onnx'],
      'only one of a path, --model, --arch and --cuda-provider',
      'ERR_OPTION',
    ],
  ])('refuses %s', async (_, args, sentence, errorCode) => {
    const { code, stderr } = await runCli(['info', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(`[${errorCode}]`);
  });
});
