// A user's own classes in the configuration of a training, and as labels of real windows.

import { describe, expect, it } from 'vitest';
import { withOwnLabels } from '#lib/datasets/own-classes.js';
import { parseExperimentConfig } from '#lib/experiment/config.js';
import { parseConfig, type TrainConfigInput } from '#lib/run/config.js';
import type { EcgWindow, WindowSet } from '#lib/signal/window.js';
import type { ClassFile } from '#lib/synth/physiology/class-file.js';
import { errorOf } from '../helpers/folder.js';

const own: ClassFile = {
  ...{ name: 'slow-af', title: 'Slow AF', scp: ['AFIB'], snomed: ['164889003'], rhythm: '(AFIB' },
  ...{ parents: ['af'], numbers: { 'rhythm.rrS': { law: 'uniform', min: 1, max: 1.4 } } },
};

describe('withOwnLabels', () => {
  const window = (classes: readonly string[], labels: readonly string[]): EcgWindow => ({
    ...{ signal: new Float32Array(4), unit: 'mV', leads: ['II'], startS: 0, classes, labels },
    origin: { dataset: '', record: 'r', patient: 'r' },
  });
  const set: WindowSet = {
    ...{ source: 'x', fsHz: 100, lengthSamples: 4, leads: ['II'], unit: 'mV', skipped: [] },
    windows: [window(['af'], ['AFIB', 'SR']), window(['normal'], ['NORM'])],
  };

  it('gives a window the classes whose codes its data set states', () => {
    const { windows } = withOwnLabels(set, [own]);
    expect(windows.map(({ classes }) => classes)).toEqual([['af', 'slow-af'], ['normal']]);
    expect(windows[1]).toBe(set.windows[1]);
  });

  it('changes nothing without own classes', () => {
    expect(withOwnLabels(set)).toBe(set);
  });
});

describe('a training', () => {
  const config: TrainConfigInput = {
    ...{ task: 'slow-af:rest', setting: 'syn', preset: 'physiological', ownClasses: [own] },
    ...{ arch: 'lstm', fsHz: 50, seconds: 2 },
  };

  it('knows own classes as labels, and keeps them in its configuration', () => {
    expect(parseConfig(config).ownClasses).toEqual([own]);
    expect(parseConfig({ ...config, task: 'clbbb', ownClasses: undefined })).not.toHaveProperty('ownClasses');
  });

  it('refuses labels that the preset does not make, and invalid classes', async () => {
    const refused = (change: Partial<TrainConfigInput>) =>
      errorOf(() => parseConfig({ ...config, ...change }));
    expect(await refused({ ownClasses: undefined })).toMatch(/^ERR_OPTION.*asks for slow-af; choose/);
    expect(await refused({ preset: 'paper', ownClasses: undefined, task: 'clbbb' })).toMatch(/^ERR_OPTION/);
    expect(await refused({ preset: 'paper' })).toMatch(/^ERR_OPTION.*use the preset physiological/);
    expect(await refused({ ownClasses: [{ ...own, title: '' }] })).toMatch(/^ERR_CLASS_FILE.*title/);
    expect(await refused({ ownClasses: [own, own] })).toMatch(/^ERR_CLASS_FILE.*two classes/);
  });
});

describe('an experiment', () => {
  it('knows own classes as labels', async () => {
    const given = { data: 'mitdb:x', tasks: 'slow-af:rest', preset: 'physiological', ownClasses: [own] };
    expect(parseExperimentConfig(given).ownClasses).toEqual([own]);
    expect(await errorOf(() => parseExperimentConfig({ ...given, ownClasses: [] }))).toMatch(
      /^ERR_OPTION.*asks for slow-af; choose/,
    );
  });
});
