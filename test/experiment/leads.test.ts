// An experiment on several leads: the synthetic records of its settings have the leads of the real ones.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runExperiment } from '#lib/experiment/experiment.js';
import { temporaryFolder } from '../helpers/folder.js';
import { twelveLeadFolder } from '../helpers/twelve-leads.js';

it('trains every setting on the requested leads', async () => {
  const parent = await temporaryFolder();
  const data = await twelveLeadFolder(join(parent, 'records'), { patients: 8, leads: ['I', 'II', 'V1'] });
  const out = join(parent, 'experiment');
  await runExperiment(
    {
      ...{ data, tasks: ['af'], leads: 'V1,II', preset: 'physiological', fsHz: 100, seconds: 4 },
      ...{ archs: ['lstm'], archOptions: { lstm: { chunkSamples: 100, layers: 1, units: 16 } } },
      ...{ runs: 1, batch: 8, epochs: 1, validateEvery: 1, syntheticCount: 16, search: { trials: 0 } },
    },
    { out, threads: 1 },
  );
  for (const setting of ['real', 'syn', 'syn-real']) {
    const path = join(out, 'runs', 'af', 'lstm', setting, 'all', 'pair-2', 'metrics.json');
    const { config, data: read } = JSON.parse(await readFile(path, 'utf8'));
    expect([config.leads, read.leads]).toEqual([
      ['V1', 'II'],
      ['V1', 'II'],
    ]);
  }
});
