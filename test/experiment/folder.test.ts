// Which folders an experiment accepts, and which changes of the configuration.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ExperimentConfigInput, parseExperimentConfig } from '#lib/experiment/config.js';
import { runExperiment } from '#lib/experiment/experiment.js';
import { claimFolder, refuseOtherFolder } from '#lib/experiment/folder.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

describe('claimFolder', () => {
  const claim = (folder: string, given: Partial<ExperimentConfigInput>) =>
    claimFolder(folder, parseExperimentConfig({ data: 'mitdb:d', tasks: 'af', ...given }), 'abc');

  it('accepts options of a new architecture, and keeps those of an architecture that is left out', async () => {
    const folder = await temporaryFolder();
    const lstm = { layers: 1 };
    await claim(folder, { archs: 'lstm', archOptions: { lstm } });
    await claim(folder, { archs: ['lstm', 'gru'], archOptions: { lstm, gru: { layers: 2 } } });
    await claim(folder, { archs: 'resnet18' });
    const { config } = JSON.parse(await readFile(join(folder, 'experiment.json'), 'utf8'));
    expect(config.archs).toEqual(['lstm', 'gru', 'resnet18']);
    expect(config.archOptions).toEqual({ lstm, gru: { layers: 2 } });
    for (const archOptions of [{}, { gru: { layers: 1 } }]) {
      expect(await errorOf(claim(folder, { archs: 'gru', archOptions }))).toMatch(
        /^ERR_OPTION: .* with archOptions of gru \{"layers":2\}, not \{.*\}; give the same/,
      );
    }
  });

  it('refuses runs without a readable experiment.json', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'experiment.json');
    for (const name of ['cache', 'held', 'experiment.json.1.tmp']) await mkdir(join(folder, name));
    await refuseOtherFolder(folder);
    await claim(folder, {});
    await mkdir(join(folder, 'runs'));
    await refuseOtherFolder(folder);
    await writeFile(path, '{"version": ');
    expect(await errorOf(claim(folder, {}))).toMatch(
      /^ERR_CHECKPOINT: .*experiment\.json is damaged \(.*\); restore it/,
    );
    await rm(path);
    expect(await errorOf(refuseOtherFolder(folder))).toMatch(/^ERR_WRITE: .* is not empty \(it holds runs\)/);
  });

  it('refuses another experiment before it reads any record', async () => {
    const folder = await temporaryFolder();
    await claim(folder, {});
    const other = runExperiment({ data: 'mitdb:nowhere', tasks: 'af' }, { out: folder });
    expect(await errorOf(other)).toMatch(/^ERR_OPTION: .* holds an experiment with data \["mitdb:d"\]/);
  });

  it('accepts a folder whose configuration states no schedule as one with constant learning rates', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'experiment.json');
    await claim(folder, {});
    const { config, ...rest } = JSON.parse(await readFile(path, 'utf8'));
    const { schedule, fineTuneSchedule, ...earlier } = config;
    expect([schedule, fineTuneSchedule]).toEqual(['constant', 'constant']);
    await writeFile(path, JSON.stringify({ ...rest, config: earlier }));
    expect(await errorOf(claim(folder, { schedule: 'cosine' }))).toMatch(
      /^ERR_OPTION: .* with schedule "constant", not "cosine"/,
    );
    await claim(folder, {});
  });

  it('refuses another value of an option that cannot grow', async () => {
    const folder = await temporaryFolder();
    await claim(folder, { mostPerPatient: 3 });
    expect(await errorOf(claim(folder, {}))).toMatch(/^ERR_OPTION: .* with mostPerPatient 3, not undefined/);
    await claim(folder, { mostPerPatient: 3, tasks: ['af', 'pvc'], runs: 2, positives: [4] });
  });
});
