// The time limit of a search ends the trial that is running: between two validations, and before the first one.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ExperimentConfigInput } from '#lib/experiment/config.js';
import type { ExperimentEvent } from '#lib/experiment/events.js';
import { runExperiment } from '#lib/experiment/experiment.js';
import { temporaryFolder } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';

const endless = 100_000;
const tiny = {
  tasks: ['af'],
  archs: ['lstm'],
  archOptions: { lstm: { chunkSamples: 50, layers: 1, units: 16 } },
  fsHz: 50,
  seconds: 2,
  runs: 1,
  batch: 8,
  epochs: 1,
  syntheticCount: 32,
} satisfies Omit<ExperimentConfigInput, 'data'>;

async function eventsOf(config: Omit<ExperimentConfigInput, 'data' | 'tasks'>) {
  const folder = await temporaryFolder();
  const data = await ownRecords(join(folder, 'records'));
  const events: ExperimentEvent[] = [];
  const out = join(folder, 'out');
  const onEvent = (event: ExperimentEvent) => void events.push(event);
  const outcome = await runExperiment({ ...tiny, ...config, data }, { out, threads: 1, onEvent });
  const searches = events.flatMap((event) => (event.kind === 'search' ? [event] : []));
  const trials = events.flatMap((event) => (event.kind === 'trial' ? [event.trial] : []));
  return { ...outcome, searches, trials };
}

it('cuts a trial that would train for hours, and uses what it has validated', async () => {
  const { rows, searches, trials } = await eventsOf({
    settings: ['real'],
    validateEvery: 1,
    patience: endless,
    search: { trials: 3, epochs: endless, minutes: 0.05 },
  });
  // On a very busy machine the limit can end the search before its first validation.
  expect(trials.map(({ outcome }) => outcome)).toEqual(searches[0]?.best === null ? [] : ['cut']);
  expect(rows).toHaveLength(1);
});

it('uses the defaults and says so if the limit ends a search before its first validation', async () => {
  const { rows, searches, summary } = await eventsOf({
    validateEvery: endless,
    search: { trials: 3, epochs: endless, minutes: 0.005 },
  });
  expect(searches.map(({ setting, best }) => [setting, best])).toEqual([
    ['real', null],
    ['syn', null],
  ]);
  expect(rows.map(({ setting, learningRate, f1 }) => [setting, learningRate, f1 >= 0])).toEqual([
    ['real', 1e-3, true],
    ['syn', 1e-3, true],
    ['syn-real', 3e-4, true],
  ]);
  expect(summary.warnings.join(' ')).toContain(
    'ended the search before its first validation for af, lstm, real; af, lstm, syn; af, lstm, syn-real.',
  );
});
