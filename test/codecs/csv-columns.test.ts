// Reading some columns of large CSV tables.

import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CsvRow } from '#lib/codecs/csv.js';
import { csvColumns, type WantedColumns } from '#lib/codecs/csv-columns.js';
import { errorOf, folderOf } from '../helpers/folder.js';

const wanted: WantedColumns = { required: ['id'], also: (name) => name.startsWith('report_') };

async function rowsOf(text: string, columns = wanted, signal?: AbortSignal): Promise<CsvRow[]> {
  const path = join(await folderOf({ 't.csv': text }), 't.csv');
  const rows: CsvRow[] = [];
  for await (const row of csvColumns(path, columns, signal)) rows.push(row);
  return rows;
}

it('yields the wanted columns of each row with its line', async () => {
  const text = '\uFEFFother,id, report_0,report_1\r\n1,a,"x, y",\r\n\r\n2,b,"line\nbreak",z';
  expect(await rowsOf(text)).toEqual([
    { line: 2, fields: { id: 'a', report_0: 'x, y', report_1: '' } },
    { line: 4, fields: { id: 'b', report_0: 'line\nbreak', report_1: 'z' } },
  ]);
});

it.each([
  ['a column that is missing', 'x,y\n1,2\n', /ERR_CSV: table .* must have a column "id"; found x, y/],
  ['a wanted column twice', 'id,x,id\n1,2,3\n', /has two columns "id"; keep one/],
  ['no row', 'id,x\n', /ERR_CSV: .*has no rows below a head line/],
  ['nothing', '', /ERR_CSV: .*has no rows below a head line/],
])('refuses a table with %s', async (_, text, words) => {
  expect(await errorOf(rowsOf(text))).toMatch(words);
});

it('returns the flaw of a row that does not fit the head, and continues', async () => {
  expect(await rowsOf('id;x\n1;2\n1;2;3\n4;"5\n6;7\n')).toEqual([
    { line: 2, fields: { id: '1' } },
    { line: 3, fields: {}, flaw: expect.stringMatching(/it has 3 cells where the head has 2/) },
    { line: 4, fields: {}, flaw: 'the quote of cell 2 is not closed' },
    { line: 5, fields: { id: '6' } },
  ]);
});

it('names a file that is missing, and a folder', async () => {
  const folder = await folderOf({});
  const first = (path: string) => csvColumns(path, wanted).next();
  expect(await errorOf(first(join(folder, 'no.csv')))).toMatch(
    /ERR_NOT_FOUND: could not read the table .*no\.csv/,
  );
  expect(await errorOf(first(folder))).toMatch(/ERR_NOT_FOUND: .*it is a folder/);
});

it('accepts columns twice that no one wants', async () => {
  expect((await rowsOf('id,x,x\n1,2,3\n')).map(({ fields }) => fields)).toEqual([{ id: '1' }]);
});

it('stops at an abort and at the end of the loop, with a table larger than its buffers', async () => {
  const folder = await folderOf({ 't.csv': 'id,report_0\n' });
  const path = join(folder, 't.csv');
  await appendFile(path, `${'1,Sinus rhythm\n'.repeat(50_000)}`);
  const stop = new AbortController();
  const reading = async () => {
    let rows = 0;
    for await (const _ of csvColumns(path, wanted, stop.signal))
      if (++rows === 100) stop.abort(new Error('enough'));
  };
  await expect(reading()).rejects.toThrow('enough');
  for await (const { fields } of csvColumns(path, wanted)) {
    expect(fields).toEqual({ id: '1', report_0: 'Sinus rhythm' });
    break;
  }
});
