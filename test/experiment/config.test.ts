// The configuration of an experiment: its defaults, and the values that it refuses.

import { describe, expect, it } from 'vitest';
import {
  type ExperimentConfigInput,
  parseExperimentConfig,
  readExperimentConfig,
} from '#lib/experiment/config.js';
import { architectures } from '#lib/nn/models/index.js';
import { errorOf, folderOf } from '../helpers/folder.js';

const least = { data: 'mitdb:mitdb', tasks: 'af' };

describe('the configuration', () => {
  it('fills in the published defaults', () => {
    const { batch, epochs, search, validateEvery, patience, runs, settings, tasks } =
      parseExperimentConfig(least);
    expect({ batch, epochs, search, validateEvery, patience, runs }).toEqual({
      batch: 256,
      epochs: 500,
      search: { trials: 20, epochs: 250 },
      validateEvery: 5,
      patience: 5,
      runs: 5,
    });
    expect(settings).toEqual(['real', 'syn', 'syn-real']);
    expect(tasks).toEqual([{ name: 'af', labels: ['normal', 'af'] }]);
  });

  it('limits the epochs of a trial to those of a run, unless the search has its own', () => {
    const epochsOf = (given: Partial<ExperimentConfigInput>) =>
      parseExperimentConfig({ ...least, ...given }).search.epochs;
    expect(epochsOf({ epochs: 3 })).toBe(3);
    expect(epochsOf({ epochs: 300 })).toBe(250);
    expect(epochsOf({ epochs: 3, search: { epochs: 40 } })).toBe(40);
  });

  it('accepts all architectures and the series of ten numbers of positives', () => {
    const { archs, positives } = parseExperimentConfig({ ...least, archs: 'all', positives: 'series' });
    expect(archs).toEqual(Object.keys(architectures));
    expect(positives).toHaveLength(10);
    expect(parseExperimentConfig({ ...least, positives: [20, 5, 20] }).positives).toEqual([5, 20]);
  });

  it.each<[string, Partial<ExperimentConfigInput>, RegExp]>([
    ['no data', { data: [] }, /^ERR_OPTION: experiment: data must be KIND:DIR/],
    ['a misspelt task', { tasks: 'alft' }, /^ERR_UNKNOWN_CLASS: .*did you mean "aflt"/],
    ['a task twice', { tasks: ['af', 'af'] }, /^ERR_OPTION: .*"af" is named twice/],
    ['a misspelt architecture', { archs: ['resnet19'] }, /^ERR_UNKNOWN_ARCH: .*resnet18/],
    [
      'options of an architecture that is not requested',
      { archOptions: { lstm: {} } },
      /^ERR_OPTION: archOptions names "lstm"/,
    ],
    [
      'a hyper-parameter out of range',
      { archOptions: { resnet18: { backboneOut: 4 } } },
      /^ERR_RANGE: .*backboneOut/,
    ],
    [
      'a learning rate that a search would draw',
      { learningRate: 1e-3 },
      /^ERR_OPTION: .*learningRate is 0.001, but the search draws the learning rates; set `trials` 0/,
    ],
    [
      'an unknown schedule',
      { fineTuneSchedule: 'linear' as never },
      /^ERR_OPTION: .*fineTuneSchedule must be one of constant, cosine, one-cycle/,
    ],
    ['syn-real without syn', { settings: ['real', 'syn-real'] }, /^ERR_OPTION: .*add syn/],
    [
      'labels that the simulator does not make',
      { tasks: 'QWAVE:NORM' },
      /^ERR_OPTION: .*choose the setting real alone/,
    ],
    ['records too short', { seconds: 0.1 }, /^ERR_RANGE: resnet18 takes records of at least/],
    [
      'a misspelt option',
      { epoch: 3 } as object,
      /^ERR_OPTION: experiment has no option "epoch"; did you mean "epochs"/,
    ],
    [
      'a required option with a misspelt name',
      { tasks: undefined, taks: 'af' } as object,
      /^ERR_OPTION: experiment has no option "taks"; did you mean "tasks"/,
    ],
    [
      'a misspelt option of the search',
      { search: { trial: 3 } as object },
      /^ERR_OPTION: experiment: search must be an object \{ trials, minutes, epochs \}, but has "trial"/,
    ],
    ['an outside set twice', { outside: ['a:b', 'a:b'] }, /^ERR_OPTION: .*"a:b" is named twice/],
    ['a filter above half the rate', { filter: '0.5-125' }, /^ERR_RANGE: .*below 125 Hz/],
    ['a filter that is longer than the records', { filter: '0.1-40' }, /^ERR_RANGE: .*reaches 10 s/],
    ['a filter of another form', { filter: '40' }, /^ERR_OPTION: the filter "40" must be LOW-HIGH/],
    ['a misspelt preset', { preset: 'papr' }, /^ERR_UNKNOWN_PRESET: .*did you mean "paper"/],
    [
      'fewer synthetic records than labels',
      { tasks: 'normal+af+aflt+pvc+wpw', syntheticCount: 4 },
      /^ERR_RANGE: .*at least 5, one record per label, got 4/,
    ],
    ['records that are too long', { seconds: 1e13 }, /^ERR_(OPTION|RANGE): experiment: seconds .*up to 3600/],
    ['too many runs', { runs: 1e9 }, /^ERR_(OPTION|RANGE): experiment: runs .*1 to 1000/],
    ['zero positives', { positives: [0] }, /^ERR_(OPTION|RANGE): experiment: positives/],
  ])('refuses %s', async (_, given, sentence) => {
    expect(await errorOf(() => parseExperimentConfig({ ...least, ...given }))).toMatch(sentence);
  });

  it('has no filter unless one is requested, and spells it as usual', () => {
    expect(parseExperimentConfig(least)).not.toHaveProperty('filter');
    expect(parseExperimentConfig({ ...least, filter: '0.50-40' }).filter).toBe('0.5-40');
  });

  it('accepts any pair of labels in the setting real alone', () => {
    const { tasks } = parseExperimentConfig({ ...least, tasks: 'LVH:NORM', settings: ['real'] });
    expect(tasks).toEqual([{ name: 'LVH:NORM', labels: ['NORM', 'LVH'] }]);
  });

  it('reads a JSON object from a file, and refuses other files', async () => {
    const folder = await folderOf({
      'a.json': '{"tasks": ["af"]}',
      'b.json': '{"tasks": [}',
      'c.json': '[]',
    });
    expect(await readExperimentConfig(`${folder}/a.json`)).toEqual({ tasks: ['af'] });
    expect(await errorOf(readExperimentConfig(`${folder}/b.json`))).toMatch(/^ERR_OPTION: .*is not JSON/);
    expect(await errorOf(readExperimentConfig(`${folder}/c.json`))).toMatch(
      /^ERR_OPTION: .*must be an object/,
    );
    expect(await errorOf(readExperimentConfig(`${folder}/d.json`))).toMatch(/^ERR_NOT_FOUND/);
  });
});
