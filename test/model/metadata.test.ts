// Writes the metadata of a model file and reads them back.

import { describe, expect, it } from 'vitest';
import { metadataEntries, parseMetadata } from '#lib/model/metadata.js';
import { errorOf } from '../helpers/folder.js';

const parse = (metadata: Record<string, string>, producer = 'other') =>
  parseMetadata({ producer, metadata }, 'file');

describe('the metadata of a model file', () => {
  it('are read back as they were written', () => {
    const metadata = {
      ...{ fsHz: 250, leads: ['I', 'II'], classes: ['normal', 'af'] },
      labelMap: { 'Sinus, slow': 'sbrad', SR: 'SR' },
      ...{ threshold: 0.5, validationThreshold: 0.1 + 0.2, trainPrior: 0.5 },
    };
    const entries = metadataEntries(metadata);
    expect(entries).toMatchObject({ 'pqrst.leads': 'I,II', 'pqrst.classes': 'normal,af' });
    expect(parse(entries)).toEqual(metadata);
  });

  it('may name a single lead in `lead`', () => {
    expect(parse({ 'pqrst.lead': 'MLII/V5, left' })).toEqual({ leads: ['MLII/V5, left'] });
    expect(parse({ 'pqrst.lead': 'II', 'pqrst.leads': 'I,II' })).toEqual({ leads: ['I', 'II'] });
  });

  it('are refused if a known entry is invalid', async () => {
    expect(await errorOf(Promise.resolve().then(() => parse({ 'pqrst.fsHz': 'x' })))).toBe(
      'ERR_MODEL: file states fsHz as "x", which is not a valid fsHz; correct its metadata or remove the entry',
    );
    for (const entry of [
      { 'pqrst.validationThreshold': '1.5' },
      { 'pqrst.trainPrior': '0' },
      { 'pqrst.trainPrior': '1' },
      { 'pqrst.labelMap': 'SR=normal' },
      { 'pqrst.labelMap': '{"SR": 1}' },
      { 'pqrst.labelMap': '{"SR": "unheard"}' },
    ]) {
      expect(() => parse(entry as Record<string, string>)).toThrow(
        /which is not a valid (validationT|trainP|labelM)/,
      );
    }
  });

  it('are read without a prefix from older files', () => {
    expect(parse({ leads: 'II', output: 'logit' }, 'pqrst')).toEqual({ leads: ['II'], output: 'logit' });
    expect(parse({ fsHz: '100', task: 'af' }, 'onnx.quantize')).toEqual({ fsHz: 100, task: 'af' });
  });

  it('do not include the entries of other programs', () => {
    const ofOthers = [
      { task: 'classify', names: "{0: 'NORM', 1: 'AFIB'}", stride: '32' },
      { output: 'output0', threshold: '25 %', classes: '[0, 1]' },
      { leads: '12', scaling: 'minmax', version: '8.3', filter: 'butter' },
      { outputs: 'probabilities', seed: 'none', unit: 'uV', ['__proto__']: 'x' },
    ];
    for (const entries of ofOthers) {
      expect(parse(entries as Record<string, string>, 'pytorch')).toEqual({});
      expect(parse({ ...entries, 'pqrst.fsHz': '250' } as Record<string, string>, 'pytorch')).toEqual({
        fsHz: 250,
      });
    }
  });
});
