// Checks the options of a synthesizer without the kernel, with the same results as the constructor.

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkSynthesis } from '#lib/synth/check.js';
import { presets } from '#lib/synth/presets.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

const options = { preset: 'clinical', fsHz: 250, seconds: 10, seed: 7 };

describe('checkSynthesis', () => {
  it('returns the options with the defaults of the synthesizer', () => {
    const checked = checkSynthesis({ ...options, noise: { powerline: { snrDb: 20 } } });
    expect(checked).toMatchObject({ unit: 'mV', type: 'float32', seed: 7n, lengthSamples: 2500 });
    expect(checked.spec).toEqual(presets.clinical);
    const { spec, fsHz, seed, leads, unit, type, noise, lengthSamples } = new Synthesizer({
      ...options,
      noise: { powerline: { snrDb: 20 } },
    });
    const { threads, ...rest } = checked;
    expect(threads).toBeUndefined();
    expect(rest).toEqual({ spec, fsHz, seed, leads, unit, type, noise, lengthSamples });
  });

  it.each([
    ['ERR_UNKNOWN_PRESET', { preset: 'clinicl' }],
    ['ERR_SPEC', { preset: { qtS: 1 } }],
    ['ERR_RANGE', { fsHz: 49 }],
    ['ERR_RANGE', { seconds: 0.001 }],
    ['ERR_RANGE', { noise: { powerline: { snrDb: 20 } }, fsHz: 80 }],
    ['ERR_OPTION', { unit: 'V' }],
    ['ERR_OPTION', { lenght: 3 }],
  ])('throws %s for %j, as the constructor does', (code, change) => {
    const given = { ...options, ...change } as never;
    expect(() => checkSynthesis(given)).toThrow(expect.objectContaining({ code }));
    expect(() => new Synthesizer(given)).toThrow(expect.objectContaining({ code }));
  });

  it('loads no addon', () => {
    const script = `
      import { checkSynthesis } from '#lib/synth/check.js';
      import { Synthesizer } from '#lib/synth/synthesizer.js';
      import { planCorpus } from '#lib/corpus/plan.js';
      import { parseExperimentConfig } from '#lib/experiment/config.js';
      const isLoaded = () => process.report.getReport().sharedObjects.some((path) => path.endsWith('pqrst.node'));
      checkSynthesis(${JSON.stringify(options)});
      await planCorpus({ format: 'npy', count: 4 });
      parseExperimentConfig({ data: 'mitdb:x', tasks: 'af' });
      console.log(isLoaded());
      new Synthesizer(${JSON.stringify(options)});
      console.log(isLoaded());`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect([stdout, stderr]).toEqual(['false\ntrue\n', '']);
  });
});
