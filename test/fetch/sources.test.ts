// Which files of the releases are downloaded; names are as PhysioNet lists them.

import { describe, expect, it } from 'vitest';
import { datasetKinds } from '#lib/datasets/kinds.js';
import { chooseParts, fetchSources, findSource } from '#lib/fetch/sources.js';

/** Returns the part that contains `name`, 'always', or undefined. */
function partOf(source: string, name: string): string | undefined {
  const { always, parts } = findSource(source);
  const found = parts.filter(({ files }) => files.test(name)).map((part) => part.name);
  expect(found.length).toBeLessThan(2);
  return always.test(name) ? 'always' : found[0];
}

describe('the sources of pqrst fetch', () => {
  it.each([
    ['ptb-xl', 'ptbxl_database.csv', 'always'],
    ['ptb-xl', 'scp_statements.csv', 'always'],
    ['ptb-xl', 'LICENSE.txt', 'always'],
    ['ptb-xl', 'records500/21000/21837_hr.dat', 'records500'],
    ['ptb-xl', 'records100/00000/00001_lr.hea', 'records100'],
    ['ptb-xl', 'example_physionet.py', undefined],
    ['mitdb', '100.atr', 'records'],
    ['mitdb', '234.dat', 'records'],
    ['mitdb', '100.xws', undefined],
    ['mitdb', 'x_mitdb/x_108.dat', undefined],
    ['mitdb', 'mitdbdir/intro.htm', undefined],
    ['afdb', '04015.qrsc', 'records'],
    ['afdb', '00735.hea', 'records'],
    ['afdb', '04015.qrs', 'records'],
    ['afdb', 'old/04015.atr', undefined],
    ['afdb', '04015.xws', undefined],
    ['ltafdb', '00.dat', 'records'],
    ['ltafdb', '208.atr', 'records'],
    ['ltafdb', 'ANNOTATORS', 'always'],
    ['nsrdb', '16265.atr', 'records'],
    ['svdb', '894.dat', 'records'],
    ['svdb', 'RECORDS', 'always'],
    ['incartdb', 'I01.hea', 'records'],
    ['incartdb', 'I75.dat', 'records'],
    ['incartdb', 'files-patients-diagnoses.txt', 'always'],
    ['icentia11k', 'p03/p03999/p03999_s49.atr', 'p03'],
    ['icentia11k', 'p10/p10999/p10999_s00.dat', 'p10'],
    ['icentia11k', 'LICENSE.txt', 'always'],
    ['icentia11k', 'p03/index.html', undefined],
    ['ludb', 'ludb.csv', 'always'],
    ['ludb', 'data/200.avf', 'data'],
    ['ludb', 'data/1.dat', 'data'],
    ['cinc2017', 'training/A00/A00001.mat', 'training'],
    ['cinc2017', 'training/REFERENCE.csv', 'training'],
    ['cinc2017', 'validation/A00001.hea', 'validation'],
    ['cinc2017', 'validation/REFERENCE.csv', 'validation'],
    ['cinc2017', 'training2017.zip', undefined],
    ['cinc2021', 'training/georgia/g1/E00001.mat', 'georgia'],
    ['cinc2021', 'training/ptb/g1/S0001.hea', 'ptb'],
    ['cinc2021', 'training/ptb-xl/g1/HR00001.hea', 'ptb-xl'],
    ['cinc2021', 'training/cpsc_2018_extra/g1/Q0001.hea', 'cpsc_2018_extra'],
    ['cinc2021', 'training/georgia/index.html', undefined],
  ])('%s: %s', (source, name, part) => {
    expect(partOf(source, name)).toBe(part);
  });

  it('each have a reader, a licence, a citation, and parts that are downloaded by default', () => {
    for (const source of fetchSources) {
      expect(datasetKinds.map(({ kind }) => kind)).toContain(source.kind ?? source.name);
      expect(source.licence).toMatch(/\((?:ODC-By 1\.0|CC BY 4\.0|CC BY-NC-SA 4\.0)\)$/);
      expect(source.cite).toContain('Goldberger');
      expect(chooseParts(source).length).toBeGreaterThan(0);
    }
    // These recordings are also in another part.
    const names = (source: string) => chooseParts(findSource(source)).map(({ name }) => name);
    expect(names('cinc2017')).toEqual(['training']);
    expect(names('cinc2021')).not.toContain('ptb-xl');
    // All parts of Icentia11k together have 270 GB.
    expect(names('icentia11k')).toEqual(['first100']);
    const [first100, p00] = findSource('icentia11k').parts;
    expect(first100!.files.test('p00/p00099/p00099_s07.hea')).toBe(true);
    expect(first100!.files.test('p00/p00100/p00100_s07.hea')).toBe(false);
    expect(p00!.files.test('p00/p00100/p00100_s07.hea')).toBe(true);
  });
});
