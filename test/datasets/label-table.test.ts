// Tables of labels as users write them: names of columns, columns of 0 and 1, folds, and what the notes state.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patientColumn, patientIdOf, readLabelTable, recordColumn } from '#lib/datasets/label-table.js';
import { errorOf, folderOf } from '../helpers/folder.js';

async function tableOf(text: string) {
  const folder = await folderOf({ 'labels.csv': text });
  return readLabelTable(join(folder, 'labels.csv'), [recordColumn, patientColumn]);
}

const labelsOf = ({ rows }: Awaited<ReturnType<typeof tableOf>>) => rows.map(({ labels }) => labels);

describe('readLabelTable', () => {
  it.each([
    'record,label,patient',
    'Record Name,Labels,Patient ID',
    'filename,diagnosis,subject_id',
    'ecg_id,scp_codes,patient_id',
    'FILE-NAME,Dx,SubjectID',
    'path,rhythm,mrn',
  ])('knows the columns %s', async (head) => {
    const { rows, notes } = await tableOf(`${head}\nr1,AFIB,p1\n`);
    expect(rows[0]).toMatchObject({ fields: { record: 'r1', patient: 'p1' }, labels: ['AFIB'] });
    expect(notes).toEqual([]);
  });

  it('reads columns of 0 and 1, and does not take a column about the person for a label', async () => {
    const table = await tableOf(
      'record,sex,AFIB,my label,score,age\nr1,1,1.0,False,0.3,70\nr2,0,0,True,1,60\nr3,1,1,1,0,50\n',
    );
    expect(labelsOf(table)).toEqual([['AFIB'], ['my label'], ['AFIB', 'my label']]);
    expect(table.notes).toEqual([
      'labels.csv has no column of labels; its columns of 0 and 1 are read as labels: AFIB, my label',
      'labels.csv has columns that are not used: sex, score, age',
    ]);
  });

  it('prefers a column of labels, and states that the others are not used', async () => {
    const table = await tableOf('record,label,AFIB,device\nr1,LVH,1,x\n');
    expect(labelsOf(table)).toEqual([['LVH']]);
    expect(table.notes).toEqual(['labels.csv has columns that are not used: AFIB, device']);
  });

  it('reads folds as floats; ignores a column of other values', async () => {
    expect(
      (await tableOf('record,label,strat_fold\na,x,1.0\nb,x,10\nc,x,\n')).rows.map(({ fold }) => fold),
    ).toEqual([1, 10, undefined]);
    const { rows, notes } = await tableOf('record,label,fold\na,x,0\nb,x,1\n');
    expect(rows.map(({ fold }) => fold)).toEqual([undefined, undefined]);
    expect(notes).toEqual([
      'the folds of labels.csv are not used: line 2 has "0" in the column "fold", expected a whole number from 1 to 10',
    ]);
  });

  it('takes the marks of missing values for empty cells', async () => {
    const { rows } = await tableOf('record,label,patient\na,nan,NaN\nnan,AFIB,#N/A\n');
    expect(rows.map(({ fields, labels }) => [fields.record, fields.patient, labels])).toEqual([
      ['a', '', []],
      ['nan', '', ['AFIB']],
    ]);
  });

  it('states that commas separate labels', async () => {
    const { notes } = await tableOf('record,label\na,"AFIB,LVH"\nb,"[\'AFIB\', \'LVH\']"\nc,"a, b; c"\n');
    expect(notes).toEqual([
      'commas in the labels of labels.csv separate labels (1 cell): "AFIB,LVH" gives AFIB, LVH; use ; between labels that contain commas',
    ]);
  });

  it('refuses a table without labels and names its columns', async () => {
    expect(await errorOf(tableOf('record,age\na,71\n'))).toMatch(
      /^ERR_CSV: .*a column "label".*one column of 0 and 1 per label; found the columns "record", "age"/,
    );
  });
});

it('patientIdOf joins two forms of one name, and no two names', () => {
  expect(['7', '7.0', '007', '7.5', 'Mu\u0308ller', 'M\u00fcller'].map(patientIdOf)).toEqual([
    ...['7', '7', '007', '7.5', 'M\u00fcller', 'M\u00fcller'],
  ]);
});
