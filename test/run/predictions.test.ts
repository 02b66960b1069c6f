import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseRows } from '#lib/codecs/table-text.js';
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

describe('text that a spreadsheet would run', () => {
  const names = [
    ...[
      '=cmd|calc!A1',
      '+111',
      '-2+3',
      '-1.5',
      '@SUM(1+1)',
      '\ttab',
      '\rreturn',
      "'=1",
      "''@x",
      "'plain",
      "'",
    ],
    ...['a=b', 'tab\there', 'x\u202egnp', '<img src=x>', 'constructor', '__proto__', ''],
  ];
  const rows = names.map((name) => ({ ...row, recordName: name, patientId: `${name}1`, startS: -1.5 }));
  const tests = [{ test: '=mitdb', rows }];

  it('has an apostrophe before it, and is read as it was; numbers stay numbers', async () => {
    const text = predictionsCsv(tests);
    const { rows: lines } = parseRows(text);
    const cells = lines.slice(1).flatMap((line) => line.cells.slice(0, 3));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(lines.slice(1).map(({ cells: [, , , startS] }) => startS)).toEqual(names.map(() => '-1.5'));
    const path = join(await temporaryFolder(), 'predictions.csv');
    await writeFile(path, text);
    expect(await readPredictions(path, '=mitdb', rows.length, 'x')).toEqual(rows);
  });

  it('is written and read as it is with PQRST_RAW_CSV=1', async () => {
    vi.stubEnv('PQRST_RAW_CSV', '1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const text = predictionsCsv(tests);
    expect(text).toContain('\n=mitdb,+111,+1111,-1.5,2,');
    const path = join(await temporaryFolder(), 'predictions.csv');
    await writeFile(path, text);
    expect(await readPredictions(path, '=mitdb', rows.length, 'x')).toEqual(rows);
  });
});
