// `pqrst experiment`, run as a user runs it: its help, invalid arguments and Ctrl-C. test/experiment tests the results.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseExperimentConfig } from '#lib/experiment/config.js';
import { temporaryFolder } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';
import { runCli, spawnCli } from './run-cli.js';

it('states the defaults of the configuration in its help', async () => {
  const config = parseExperimentConfig({ data: 'mitdb:d', tasks: 'af' });
  const help = (await runCli(['experiment', '--help'])).stdout.replace(/\s+/g, ' ');
  const defaultOf = (option: string) => new RegExp(`--${option} <.*?\\(default: (.*?)\\)`).exec(help)?.[1];
  expect({
    ...{ archs: [defaultOf('arch')], split: defaultOf('split'), preset: defaultOf('preset') },
    ...{ trials: defaultOf('trials'), runs: defaultOf('runs'), epochs: defaultOf('epochs') },
    ...{ batch: defaultOf('batch'), syntheticCount: defaultOf('synthetic-count') },
    ...{ fsHz: defaultOf('fs'), seconds: defaultOf('seconds'), seed: defaultOf('seed') },
  }).toEqual({
    ...{ archs: config.archs, split: config.split, preset: config.preset },
    ...{ trials: `${config.search.trials}`, runs: `${config.runs}`, epochs: `${config.epochs}` },
    ...{ batch: `${config.batch}`, syntheticCount: `${config.syntheticCount}` },
    ...{ fsHz: `${config.fsHz}`, seconds: `${config.seconds}`, seed: `${config.seed}` },
  });
});

it('rejects an unknown series and suggests the right word', async () => {
  const { code, stderr } = await runCli(['experiment', '--positives', 'serie', '--out', 'x']);
  expect(code).toBe(2);
  expect(stderr).toContain('--positives cannot be "serie"; did you mean "series"?');
});

it('reports after an interruption how many runs are done, and that the same command resumes the experiment', async () => {
  const folder = await temporaryFolder();
  const words = ['--task', 'af', '--settings', 'real', '--arch', 'lstm', '--data', await ownRecords(folder)];
  const sizes = [
    '--fs',
    '50',
    '--seconds',
    '2',
    '--runs',
    '3',
    '--trials',
    '0',
    '--epochs',
    '500',
    '--jobs',
    '1',
  ];
  let isSent = false;
  const { code, stderr } = await spawnCli(['experiment', ...words, ...sizes, '--out', join(folder, 'out')], {
    onStderr: (text, kill) => {
      if (isSent || !text.includes('0 searches, 3 runs')) return;
      isSent = true;
      kill('SIGINT');
    },
  });
  expect(code).toBe(130);
  expect(stderr).toContain('interrupted; 0 of 3 runs are done, the same command resumes the experiment');
});
