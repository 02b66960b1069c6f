// The table of the shipped classes: its names, its codes against the tables of the data sets, and mixtures.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { snomedAbbreviations } from '#lib/datasets/kinds/snomed.js';
import { classesOfCodes, classInfo, classNames, classTable, shownClasses } from '#lib/signal/class-table.js';
import { rhythmOf, shippedClasses } from '#lib/signal/classes.js';
import { dataFolder, titleWithData } from '../helpers/data.js';

const isScp = (code: string) => !/^\d{6,}$/.test(code);

describe('the table of classes', () => {
  it('starts with the classes of the paper, and has each name once and nothing that a mixture uses', () => {
    expect(classNames.slice(0, 5)).toEqual(['normal', 'af', 'aflt', 'pvc', 'wpw']);
    expect(classNames).toEqual(shippedClasses);
    expect([classNames.length, new Set(classNames).size]).toEqual([28, 28]);
    expect(classNames.filter((name) => !/^[a-z][a-z0-9]*$/.test(name))).toEqual([]);
    expect(
      classTable.flatMap(({ shows = [] }) => shows).filter((name) => !classNames.includes(name)),
    ).toEqual([]);
    expect(classInfo('LVH')).toBeUndefined();
  });

  it('has only SNOMED codes of the challenges, and no code in doubt about the class that it states', () => {
    for (const { name, snomed, scp, unclear = [] } of classTable) {
      const codes = [...snomed, ...unclear.filter((code) => !isScp(code))];
      expect([name, codes.filter((code) => !snomedAbbreviations.has(code))]).toEqual([name, []]);
      expect([name, unclear.filter((code) => [...snomed, ...scp].includes(code))]).toEqual([name, []]);
    }
    const written = classTable.map(({ snomed }) => snomedAbbreviations.get(snomed[0]!));
    expect(written).toEqual([
      ...[
        'NSR',
        'AF',
        'AFL',
        'PVC',
        'WPW',
        'SB',
        'STach',
        'SA',
        'PAC',
        'SVT',
        'IAVB',
        'MoI',
        'IIAVBII',
        'CHB',
      ],
      ...['VBig', 'VTrig', 'VTach', 'CLBBB', 'CRBBB', 'IRBBB', 'LAnFB', 'PR', 'LVH', 'STE', 'STD', 'TInv'],
      ...['LQT', 'LQRSV'],
    ]);
  });

  it('finds the classes of codes in the order of the table', () => {
    expect(classesOfCodes(['2AVB', 'AFIB', 'XYZ', '1AVB'], 'scp')).toEqual([
      'af',
      'avb1',
      'avb2m1',
      'avb2m2',
    ]);
    expect(classesOfCodes(['59118001', '164909002'], 'snomed')).toEqual(['clbbb', 'crbbb']);
    expect(classesOfCodes(new Set(['(AFIB', 'V', 'L', 'N']), 'wfdb')).toEqual(['af', 'pvc', 'clbbb']);
  });

  it('names what mixtures, episodes and ventricular rhythms show', () => {
    expect(shownClasses('af+pvc')).toEqual(['af', 'pvc']);
    expect(shownClasses('normal>af')).toEqual(['normal', 'af']);
    expect(shownClasses('normal>vt')).toEqual(['normal', 'vt', 'pvc']);
    expect(shownClasses('my-own')).toEqual(['my-own']);
  });

  it('gives a mixture the rhythm of the part that is not in sinus rhythm, and an episode that of its start', () => {
    const names = ['normal', 'pvc', 'af+pvc', 'clbbb+aflt', 'normal>af', 'af>normal', 'lvh+std', 'avb3'];
    expect(names.map((name) => rhythmOf(name))).toEqual([
      '(N',
      '(N',
      '(AFIB',
      '(AFL',
      '(N',
      '(AFIB',
      '(N',
      '(B3',
    ]);
    expect(() => rhythmOf('af+pcv')).toThrow(/unknown class "pcv"; did you mean "pvc"/);
  });
});

const ptbxl = dataFolder('ptb-xl');
describe.skipIf(ptbxl === undefined)(titleWithData('the SCP codes of the table', 'ptb-xl'), () => {
  it('are statements of PTB-XL, apart from ventricular tachycardia, which has no code there', async () => {
    const rows = (await readFile(join(ptbxl!, 'scp_statements.csv'), 'utf8')).split('\n').slice(1);
    const codes = new Set(rows.map((row) => row.split(',')[0]));
    const named = classTable.flatMap(({ scp, unclear = [] }) => [...scp, ...unclear.filter(isScp)]);
    expect(named.filter((code) => !codes.has(code))).toEqual([]);
    expect(classTable.filter(({ scp }) => scp.length === 0).map(({ name }) => name)).toEqual(['vt']);
  });
});
