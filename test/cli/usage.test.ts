// The help, and invalid arguments: they give exit code 2 and a message with a suggestion and an error code, and no file
// is written.

import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli, spawnCli } from './run-cli.js';

const commands = [
  'synth',
  'verify',
  'train',
  'evaluate',
  'experiment',
  'export',
  'data',
  'fetch',
  'plot',
  'gallery',
  'work',
  'status',
  'info',
];

describe('help', () => {
  it('lists the commands with examples and exits 0', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('Examples:');
  });

  it.each(commands)('%s --help has examples and exits 0', async (command) => {
    const { code, stdout } = await runCli([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`$ pqrst ${command}`);
    expect(stdout).toContain('--json');
  });

  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('requires a command', async () => {
    const { code, stderr } = await spawnCli([]);
    expect(code).toBe(2);
    expect(stderr).toContain('a command is missing');
  });
});

describe('invalid arguments', () => {
  const out = ['--out', 'records'];
  const cases: [string, string[], string, string][] = [
    ['an unknown command', ['synht'], 'did you mean "synth"?', 'ERR_OPTION'],
    ['an unknown option', ['synth', '--cuont', '4', ...out], 'did you mean "--count"?', 'ERR_OPTION'],
    ['a missing option', ['synth', ...out], "'--count <n>' not specified", 'ERR_OPTION'],
    [
      'an unknown class',
      ['synth', '--classes', 'normal,alft', '--count', '4', ...out],
      'did you mean "aflt"?',
      'ERR_UNKNOWN_CLASS',
    ],
    [
      'a synonym of a class',
      ['synth', '--classes', 'afib', '--count', '4', ...out],
      'unknown class "afib"; did you mean "af"?',
      'ERR_UNKNOWN_CLASS',
    ],
    [
      'a repeated class',
      ['synth', '--classes', 'af,af', '--count', '4', ...out],
      'names "af" twice',
      'ERR_OPTION',
    ],
    ['a weight of 0', ['synth', '--classes', 'af:0', '--count', '4', ...out], 'got "af:0"', 'ERR_OPTION'],
    [
      'a split without a share',
      ['synth', '--split', 'train,val', '--count', '4', ...out],
      'got "train"',
      'ERR_OPTION',
    ],
    [
      'shares with another sum',
      ['synth', '--split', 'a:0.5,b:0.6', '--count', '4', ...out],
      'sum to 1',
      'ERR_RANGE',
    ],
    ['a part beyond the last', ['synth', '--shard', '4/3', '--count', '4', ...out], 'got "4/3"', 'ERR_RANGE'],
    ['part 0', ['synth', '--shard', '0/3', '--count', '4', ...out], 'got "0/3"', 'ERR_RANGE'],
    [
      'more parts than records',
      ['synth', '--shard', '1/9', '--count', '4', ...out],
      '4 records cannot be divided',
      'ERR_RANGE',
    ],
    [
      'an unknown sample type',
      ['synth', '--format', 'npy', '--type', 'int8', '--count', '4', ...out],
      'did you mean "int16"?',
      'ERR_OPTION',
    ],
    [
      'an unknown noise',
      ['synth', '--noise', 'wonder=6dB', '--count', '4', ...out],
      'did you mean',
      'ERR_OPTION',
    ],
    [
      'an unknown preset',
      ['synth', '--preset', 'papre', '--count', '4', ...out],
      'did you mean "paper"?',
      'ERR_UNKNOWN_PRESET',
    ],
    [
      'an unknown format',
      ['synth', '--format', 'nyp', '--count', '4', ...out],
      'did you mean "npy"?',
      'ERR_OPTION',
    ],
    [
      'a negative count',
      ['synth', '--count', '-3', ...out],
      'whole number from 1 to 1000000000, got "-3"',
      'ERR_RANGE',
    ],
    ['a count in words', ['synth', '--count', 'many', ...out], 'got "many"', 'ERR_RANGE'],
    ['half a record', ['synth', '--count', '1.5', ...out], 'got "1.5"', 'ERR_RANGE'],
    [
      'an absurd rate',
      ['synth', '--count', '4', '--fs', '1e12', ...out],
      'from 50 to 4000, got "1e12"',
      'ERR_RANGE',
    ],
    ['a rate of NaN', ['synth', '--count', '4', '--fs', 'NaN', ...out], 'got "NaN"', 'ERR_RANGE'],
    ['a length of 0', ['synth', '--count', '4', '--seconds', '0', ...out], 'got "0"', 'ERR_RANGE'],
    ['a negative seed', ['synth', '--count', '4', '--seed', '-1', ...out], 'got "-1"', 'ERR_RANGE'],
    [
      'z-scores in WFDB',
      ['synth', '--count', '4', '--unit', 'zscore', ...out],
      'whose records are in mV',
      'ERR_OPTION',
    ],
    ['an additional argument', ['info', 'one', 'two'], 'too many arguments', 'ERR_OPTION'],
    [
      'a data set without its kind',
      ['train', '--task', 'af', '--data', 'mine', ...out],
      'write KIND:DIR',
      'ERR_OPTION',
    ],
    ['an unknown task', ['train', '--task', 'pcv', ...out], 'did you mean "pvc"?', 'ERR_UNKNOWN_CLASS'],
    [
      'an unknown setting',
      ['train', '--task', 'af', '--setting', 'sin', ...out],
      'did you mean "syn"?',
      'ERR_OPTION',
    ],
    [
      'an unknown architecture',
      ['train', '--task', 'af', '--setting', 'syn', '--arch', 'resnet81', ...out],
      'did you mean "resnet18"?',
      'ERR_UNKNOWN_ARCH',
    ],
    [
      'an unknown hyper-parameter',
      ['train', '--task', 'af', '--setting', 'syn', '--arch', 'gru', '--arch-option', 'layer=2', ...out],
      'did you mean "layers"?',
      'ERR_OPTION',
    ],
    [
      'a hyper-parameter out of range',
      ['train', '--task', 'af', '--setting', 'syn', '--arch', 'gru', '--arch-option', 'layers=9', ...out],
      'layers must be a whole number in 1-4, got 9',
      'ERR_RANGE',
    ],
    [
      'a hyper-parameter without a value',
      ['train', '--task', 'af', '--setting', 'syn', '--arch-option', 'layers', ...out],
      'NAME=VALUE (depth=2), got "layers"',
      'ERR_OPTION',
    ],
    [
      'the setting real without data',
      ['train', '--task', 'af', '--setting', 'real', ...out],
      'name them with --data',
      'ERR_OPTION',
    ],
    [
      'an unknown data-set kind',
      ['train', '--task', 'af', '--setting', 'real', '--data', 'mitbd:x', ...out],
      'did you mean "mitdb"?',
      'ERR_OPTION',
    ],
    ['an unknown picture format', ['plot', '--class', 'af', '--out', 'a.jpg'], '.svg or .png', 'ERR_OPTION'],
    ['nothing to draw', ['plot', '--out', 'a.svg'], 'either --class', 'ERR_OPTION'],
    [
      'two things to draw',
      ['plot', '--class', 'af', '--record', 'r', '--out', 'a.svg'],
      'either --class',
      'ERR_OPTION',
    ],
    [
      'an unknown class of the gallery',
      ['gallery', '--classes', 'af,clbb'],
      'did you mean "clbbb"?',
      'ERR_UNKNOWN_CLASS',
    ],
    [
      'a class that the presets of the gallery do not make',
      ['gallery', '--preset', 'paper', '--classes', 'clbbb'],
      'not "clbbb"; choose --preset physiological, which makes it',
      'ERR_UNKNOWN_CLASS',
    ],
    [
      'an unknown preset of the gallery',
      ['gallery', '--preset', 'paper,klinical'],
      'did you mean "clinical"?',
      'ERR_UNKNOWN_PRESET',
    ],
    [
      'an unknown data set of the gallery',
      ['gallery', '--data', 'mitbd:x'],
      'did you mean "mitdb"?',
      'ERR_OPTION',
    ],
  ];

  it.each(cases)('rejects %s', async (_, args, sentence, errorCode) => {
    const cwd = await temporaryFolder();
    const { code, stdout, stderr } = await runCli([...args, '--json'], { cwd });
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(`[${errorCode}]`);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: errorCode, message: expect.stringContaining(sentence) },
    });
    expect(code).toBe(2);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('info', () => {
  it('prints targets, presets, architectures and backends as JSON', async () => {
    const { code, stdout } = await runCli(['info', '--json']);
    expect(code).toBe(0);
    const facts = JSON.parse(stdout);
    expect(facts.targets).toContain('scalar');
    expect(facts.targets).toContain(facts.target);
    expect(facts).toMatchObject({
      presets: ['paper', 'clinical', 'physiological'],
      node: process.versions.node,
    });
    expect(facts.architectures).toContain('resnet18');
    expect(facts.backends).toContain('cpu');
  });
});
