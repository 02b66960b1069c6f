// Writes the metadata of a model file and reads them back.

import { describe, expect, it } from 'vitest';
import { metadataEntries, parseMetadata } from '#lib/model/metadata.js';
import { errorOf } from '../helpers/folder.js';

describe('the metadata of a model file', () => {
  it('are read back as they were written', () => {
    const metadata = {
      ...{ fsHz: 250, leads: ['I', 'II'], classes: ['normal', 'af'] },
      ...{ threshold: 0.5, validationThreshold: 0.1 + 0.2, trainPrior: 0.5 },
    };
    expect(metadataEntries(metadata)).toMatchObject({ leads: 'I,II', classes: 'normal,af' });
    expect(parseMetadata(metadataEntries(metadata), 'file')).toEqual(metadata);
  });

  it('may name a single lead in `lead`', () => {
    expect(parseMetadata({ lead: 'MLII/V5, left' }, 'file')).toEqual({ leads: ['MLII/V5, left'] });
    expect(parseMetadata({ lead: 'II', leads: 'I,II' }, 'file')).toEqual({ leads: ['I', 'II'] });
  });

  it('are refused if a known entry is invalid', async () => {
    expect(await errorOf(Promise.resolve().then(() => parseMetadata({ fsHz: 'x' }, 'file')))).toBe(
      'ERR_MODEL: file states fsHz as "x", which is not a valid fsHz; correct its metadata or remove the entry',
    );
    for (const entry of [{ validationThreshold: '1.5' }, { trainPrior: '0' }, { trainPrior: '1' }]) {
      expect(() => parseMetadata(entry, 'file')).toThrow(/which is not a valid (validationT|trainP)/);
    }
  });
});
