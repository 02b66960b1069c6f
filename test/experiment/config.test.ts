// The configuration of an experiment: its defaults, and the values that it refuses.

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  type ExperimentConfigInput,
  parseExperimentConfig,
  readExperimentConfig,
} from '#lib/experiment/config.js';
import { architectures } from '#lib/nn/models/index.js';
import { presets } from '#lib/synth/presets.js';
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

  it('has the simulator as its source, and sorts ratios and shares, of which 100 % trains in any case', () => {
    const { sources, ratios, shares } = parseExperimentConfig(least);
    expect({ sources, ratios, shares }).toEqual({ sources: ['simulator'], ratios: [1], shares: [] });
    const given = { settings: ['real', 'real+syn'] as const, ratios: [2, 0.5, 2], shares: [100, 5, 1.5] };
    expect(parseExperimentConfig({ ...least, ...given })).toMatchObject({
      ratios: [0.5, 2],
      shares: [1.5, 5],
    });
  });

  it('accepts labels that the simulator does not make where a generator alone makes the records', () => {
    const given = { tasks: 'QWAVE:NORM', sources: 'generator:g', preset: 'paper', leads: 'I,II' };
    expect(parseExperimentConfig({ ...least, ...given }).sources).toEqual(['generator:g']);
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
    ['a source of another form', { sources: 'gen' }, /^ERR_OPTION: .*a source is simulator, .* got "gen"/],
    ['a source twice', { sources: ['simulator', 'simulator'] }, /^ERR_OPTION: .*"simulator" is named twice/],
    [
      'a generator that no setting uses',
      { settings: ['real'], sources: 'generator:g' },
      /^ERR_OPTION: .*`sources` is generator:g, but no setting uses it; add syn/,
    ],
    [
      'records to refine that do not come from a preset',
      { preset: presets.paper, sources: 'refined:g' },
      /^ERR_OPTION: the source refined:g refines records of a preset, but `preset` is a spec/,
    ],
    [
      'labels that the simulator beside a generator does not make',
      { tasks: 'QWAVE:NORM', sources: ['generator:g', 'both:g'] },
      /^ERR_OPTION: the simulator makes .*QWAVE/,
    ],
    [
      'ratios that no setting uses',
      { ratios: [1] },
      /^ERR_OPTION: .*`ratios` is 1, .*add real\+syn or real\+real/,
    ],
    ['a ratio of 0', { settings: ['real', 'real+syn'], ratios: [0] }, /^ERR_RANGE: experiment: ratios/],
    ['no ratio', { settings: ['real', 'real+syn'], ratios: [] }, /^ERR_OPTION: experiment: ratios/],
    [
      'added records without real ones to compare with',
      { settings: ['syn', 'real+syn'] },
      /^ERR_OPTION: the setting real\+syn is compared with real/,
    ],
    ['a share of 0 %', { shares: [0] }, /^ERR_RANGE: experiment: shares/],
    ['a share above 100 %', { shares: [101] }, /^ERR_RANGE: experiment: shares/],
    [
      'shares that no setting uses',
      { settings: ['syn'], shares: [10] },
      /^ERR_OPTION: .*`shares` is 10, .*syn-real/,
    ],
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

  it('accepts the example of the documents', async () => {
    const text = await readFile(new URL('../../docs/experiments.md', import.meta.url), 'utf8');
    const example = JSON.parse(/```json\n(.*?)```/s.exec(text)![1]!);
    const { sources, ratios, shares } = parseExperimentConfig(example);
    expect(sources).toEqual(['simulator', 'generator:af-diffwave', 'generator:af-vqvae', 'both:af-vqvae']);
    expect({ ratios, shares }).toEqual({ ratios: [0.25, 0.5, 1, 2], shares: [1, 5, 10, 25, 50] });
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
