import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { predictionsCsv, readPredictions } from '#lib/run/predictions.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

const row = { recordName: 'r', patientId: 'p', startS: 0, label: 2, probabilities: [0.5, 0.25, 0.25] };

describe('predictionsCsv', () => {
  it('has one column of probabilities per label', () => {
    expect(predictionsCsv([{ test: 'held-back', rows: [row] }])).toBe(
      'test,recordName,patientId,startS,label,p0,p1,p2\nheld-back,r,p,0,2,0.5,0.25,0.25\n',
    );
  });

  it('quotes fields where needed, and has a header line even without rows', () => {
    const quoted = {
      recordName: 'a,"b"',
      patientId: '7',
      startS: 1.5,
      label: 1,
      probabilities: [0.75, 0.25],
    };
    expect(predictionsCsv([{ test: 'mitdb:a,b', rows: [quoted] }])).toBe(
      'test,recordName,patientId,startS,label,p0,p1\n"mitdb:a,b","a,""b""",7,1.5,1,0.75,0.25\n',
    );
    expect(predictionsCsv([])).toBe('test,recordName,patientId,startS,label\n');
  });
});

describe('readPredictions', () => {
  it('reads the exact rows of one test set, and refuses another number of rows', async () => {
    const path = join(await temporaryFolder(), 'predictions.csv');
    const third = { ...row, startS: 1 / 3, label: 0, probabilities: [Math.fround(0.1), 1 / 3, 1e-20] };
    const other = { ...row, recordName: 'x\n"y"' };
    const tests = [
      { test: 'a', rows: [row, third] },
      { test: 'b', rows: [other] },
    ];
    await writeFile(path, predictionsCsv(tests));
    expect(await readPredictions(path, 'a', 2, 'do something')).toEqual([row, third]);
    expect(await readPredictions(path, 'b', 1, 'do something')).toEqual([other]);
    expect(await errorOf(readPredictions(path, 'a', 3, 'do something'))).toBe(
      `ERR_CHECKPOINT: ${path} holds 2 windows of a, not 3; do something`,
    );
  });
});
