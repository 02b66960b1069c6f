// Tables of labels as people of the field save them: read right, or refused with the right reason.

import { expect } from 'vitest';
import { openDataset, surveyDataset } from '#lib/records.js';
import { checkCases } from './walk.js';

const at100 = { fsHz: 100, seconds: 10 };

/** The labels of each record of a data set, and its patient, without those that are added to them. */
async function labelsOf(source: string, fsHz = 100) {
  const set = await openDataset(source, { ...at100, fsHz });
  return {
    ...set,
    labels: Object.fromEntries(
      set.windows.map(({ origin, labels = [] }) => [origin.record, [...labels].sort()]),
    ),
    patients: set.windows.map(({ origin }) => origin.patient),
  };
}

/** Expects windows of all three records of a PTB-XL folder, with their labels and folds. */
const threeOfPtbxl =
  (...labels: string[][]) =>
  async (folder: string) => {
    const set = await openDataset(`ptb-xl:${folder}`, at100);
    expect(set.skipped).toEqual([]);
    expect(set.windows.map((one) => one.labels)).toEqual(labels.map((one) => expect.arrayContaining(one)));
    expect(set.windows.map(({ fold }) => fold)).toEqual([1, 2, 3]);
  };
const normalAndAf = threeOfPtbxl(['NORM'], ['AFIB'], ['NORM']);

/** Expects the labels AFIB of r1 and NORM of r2. */
const afAndNormal = async (folder: string) => {
  const { labels, patients } = await labelsOf(`folder:${folder}`);
  expect(labels).toEqual({ r1: ['AFIB'], r2: ['NORM'] });
  expect(patients).toEqual(['a', 'b']);
};

/** Expects the labels of records of CinC 2017. */
const cinc2017 = (expected: Record<string, string[]>) => async (folder: string) => {
  expect((await labelsOf(`cinc2017:${folder}`, 300)).labels).toEqual(expected);
};

checkCases('tables', {
  '40-ptbxl-one-row-without-patient': async (folder) => {
    const survey = await surveyDataset(`ptb-xl:${folder}`, { fsHz: 100 });
    expect([survey.windows, survey.unreadable.length]).toEqual([5, 1]);
    const { recordName, reason } = survey.unreadable[0]!;
    expect(`${recordName}: ${reason}`).toMatch(/line 3: patient_id ""/);
  },
  '41-ptbxl-fold-as-float': normalAndAf,
  '42-ptbxl-scp-codes-as-json': threeOfPtbxl(['NORM'], ['NORM'], ['NORM']),
  '43-ptbxl-semicolons': normalAndAf,
  '44-ptbxl-record-missing': async (folder) => {
    const { windows, skipped } = await openDataset(`ptb-xl:${folder}`, at100);
    expect(windows.length).toBe(3);
    expect(skipped).toEqual([
      {
        ...{ recordName: '00003_lr', unreadable: true },
        reason: expect.stringMatching(/00003_lr\.hea: there is no such file/),
      },
    ]);
  },
  '45-ptbxl-pandas-index': normalAndAf,
  '47-ptbxl-spaces-and-exponents': normalAndAf,
  '48-ptbxl-500hz-not-downloaded': async (folder) => {
    await normalAndAf(folder);
    const { windows, notes } = await surveyDataset(`ptb-xl:${folder}`, { fsHz: 250 });
    expect(windows).toBe(0);
    expect(notes.join()).toMatch(/records500 .* is missing; download it, or request a rate up to 100 Hz/);
  },
  '50-cinc2017-reference-v3-only': cinc2017({ A00001: ['N'], A00002: ['A'] }),
  '51-cinc2017-table-dialects': cinc2017({ A00001: ['N'], A00002: ['A'], A00003: ['~'] }),
  '52-cinc2017-header-row': cinc2017({ A00001: ['N'], A00002: ['A'] }),
  '53-cinc2017-mat-without-header': async (folder) => {
    const { unreadable, notes } = await surveyDataset(`cinc2017:${folder}`);
    expect(unreadable.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/A00001\.hea: there is no such file/),
      expect.stringMatching(/A00002\.hea: there is no such file/),
    ]);
    expect(notes.join()).toMatch(/\.mat files but no headers \(\.hea\)/);
  },
  '54-cinc2017-both-references': async (folder) => {
    const { labels, notes } = await labelsOf(`cinc2017:${folder}`, 300);
    expect(labels).toEqual({ A00001: ['N'], A00002: ['A'] });
    expect(notes!.join()).toMatch(
      /labels come from REFERENCE-v3\.csv; REFERENCE\.csv has another label for 1/,
    );
  },
  '91-labels-semicolons': afAndNormal,
  '92-labels-utf16': afAndNormal,
  '93-labels-capitals': afAndNormal,
  '94-labels-patient-id-column': async (folder) => {
    const { labels, patients } = await labelsOf(`folder:${folder}`);
    expect(Object.keys(labels)).toEqual(['r1', 'r2', 'r3']);
    expect(patients).toEqual(['a', 'a', 'b']);
  },
  '96-labels-tabs': afAndNormal,
  '98-labels-python-list': async (folder) => {
    const { labels } = await labelsOf(`folder:${folder}`);
    expect(labels.r1).toEqual(['AFIB', 'LVH']);
  },
  '99-labels-comma-in-cell': async (folder) => {
    const { labels, notes } = await labelsOf(`folder:${folder}`);
    expect(labels.r1).toEqual(['AFIB', 'LVH']);
    expect(notes!.join()).toMatch(/commas .*separate labels .*"AFIB,LVH" gives AFIB, LVH/);
  },
  '100-labels-case': async (folder) => {
    const { readings } = await surveyDataset(`folder:${folder}`);
    expect(readings).toMatchObject([
      { label: 'AF', classes: ['af'] },
      { label: 'Normal', classes: ['normal'] },
    ]);
  },
  '101-labels-twice-and-empty': async (folder) => {
    const { labels, skipped } = await labelsOf(`folder:${folder}`);
    expect(labels).toEqual({ r1: ['AFIB'], r2: [], r3: ['NORM'] });
    expect(skipped).toEqual([]);
  },
  '102-labels-numbers': async (folder) => {
    expect((await labelsOf(`folder:${folder}`)).labels).toEqual({ r1: ['1'], r2: ['0'] });
  },
  '103-labels-latin1': async (folder) => {
    const { patients, notes } = await labelsOf(`folder:${folder}`);
    expect(patients).toEqual(['Müller', 'Jørgensen']);
    expect(notes!.join()).toMatch(/not UTF-8; it was read as Windows-1252/);
  },
});
