import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseRows } from '#lib/codecs/table-text.js';
import { predictionsCsv, readPredictions } from '#lib/run/predictions.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

const place = { recordName: 'r', patientId: 'p', startS: 0 };
const row = { ...place, label: 2, logits: [1, 0.25, -0.5], probabilities: [0.5, 0.25, 0.25] };
const several = ['normal', 'af', 'a,b'];
const pair = ['normal', 'af'];

/** Returns rows as a reader gets them. */
const read = ({ logits: _, ...prediction }: typeof row) => prediction;

describe('predictionsCsv', () => {
  it('has the logit and the probability of the positive label of two', () => {
    const two = { ...place, label: 1, logits: [-1.5], probabilities: [0.75, 0.25] };
    expect(predictionsCsv(pair, [{ test: 'held-back', rows: [two] }])).toBe(
      'test,recordName,patientId,startS,label,logit,probability\nheld-back,r,p,0,1,-1.5,0.25\n',
    );
  });

  it('has a logit and a probability for each of several labels', () => {
    expect(predictionsCsv(several, [{ test: 'held-back', rows: [row] }])).toBe(
      'test,recordName,patientId,startS,label,logit_normal,logit_af,"logit_a,b",' +
        'probability_normal,probability_af,"probability_a,b"\nheld-back,r,p,0,2,1,0.25,-0.5,0.5,0.25,0.25\n',
    );
  });

  it('quotes fields where needed, and has a header line even without rows', () => {
    const quoted = { recordName: 'a,"b"', patientId: '7', startS: 1.5, label: 1 };
    const answers = { logits: [Number.NEGATIVE_INFINITY], probabilities: [1, 0] };
    expect(predictionsCsv(pair, [{ test: 'mitdb:a,b', rows: [{ ...quoted, ...answers }] }])).toBe(
      'test,recordName,patientId,startS,label,logit,probability\n"mitdb:a,b","a,""b""",7,1.5,1,-Infinity,0\n',
    );
    expect(predictionsCsv(pair, [])).toBe('test,recordName,patientId,startS,label,logit,probability\n');
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
    await writeFile(path, predictionsCsv(several, tests));
    expect(await readPredictions(path, 'a', 2, 'do something')).toEqual([read(row), read(third)]);
    expect(await readPredictions(path, 'b', 1, 'do something')).toEqual([read(other)]);
    expect(await errorOf(readPredictions(path, 'a', 3, 'do something'))).toBe(
      `ERR_CHECKPOINT: ${path} holds 2 windows of a, not 3; do something`,
    );
  });

  it('reads both probabilities of two labels, also from files of earlier versions', async () => {
    const path = join(await temporaryFolder(), 'predictions.csv');
    const positive = Math.fround(0.3);
    const two = { ...place, label: 1, logits: [-0.8], probabilities: [1 - positive, positive] };
    await writeFile(path, predictionsCsv(pair, [{ test: 'a', rows: [two] }]));
    expect(await readPredictions(path, 'a', 1, 'do something')).toEqual([read(two)]);
    await writeFile(
      path,
      `test,recordName,patientId,startS,label,p0,p1\na,r,p,0,1,${1 - positive},${positive}\n`,
    );
    expect(await readPredictions(path, 'a', 1, 'do something')).toEqual([read(two)]);
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
    const text = predictionsCsv(several, tests);
    const { rows: lines } = parseRows(text);
    const cells = lines.slice(1).flatMap((line) => line.cells.slice(0, 3));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(lines.slice(1).map(({ cells: [, , , startS] }) => startS)).toEqual(names.map(() => '-1.5'));
    const path = join(await temporaryFolder(), 'predictions.csv');
    await writeFile(path, text);
    expect(await readPredictions(path, '=mitdb', rows.length, 'x')).toEqual(rows.map(read));
  });

  it('is written and read as it is with PQRST_RAW_CSV=1', async () => {
    vi.stubEnv('PQRST_RAW_CSV', '1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const text = predictionsCsv(several, tests);
    expect(text).toContain('\n=mitdb,+111,+1111,-1.5,2,');
    const path = join(await temporaryFolder(), 'predictions.csv');
    await writeFile(path, text);
    expect(await readPredictions(path, '=mitdb', rows.length, 'x')).toEqual(rows.map(read));
  });
});
