// Tables in the dialects that programs write, and rows that cannot be read.

import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { cellText, csvText, findTwice, readCsv, readTable, wholeNumberOf } from '#lib/codecs/csv.js';
import { parseRows } from '#lib/codecs/table-text.js';
import { errorOf, folderOf } from '../helpers/folder.js';

const columns = [
  { name: 'record', synonyms: ['file name'] },
  { name: 'label', isOptional: true as const },
  { name: 'patient', synonyms: ['patient_id', 'subject'], isOptional: true as const },
];

async function tableOf(data: string | Uint8Array) {
  const folder = await folderOf({ 'labels.csv': data });
  return readTable(join(folder, 'labels.csv'), columns);
}

const rows = (table: Awaited<ReturnType<typeof tableOf>>) =>
  table.rows.map(({ fields }) => Object.values(fields));
const expected = [
  ['r1', 'a,b', 'Müller'],
  ['r2', 'say "x"', ''],
];
const text = 'record,label,patient\nr1,"a,b",Müller\nr2,"say ""x""",\n';

function utf16(of: string, order: 'LE' | 'BE', mark = true): Uint8Array {
  const bytes = Buffer.from(`${mark ? '\uFEFF' : ''}${of}`, 'utf16le');
  return order === 'LE' ? bytes : bytes.swap16();
}

describe('readTable', () => {
  it.each([
    ['commas', text],
    ['semicolons', 'record;label;patient\nr1;a,b;Müller\nr2;"say ""x""";\n'],
    ['tabs', 'record\tlabel\tpatient\nr1\ta,b\tMüller\nr2\t"say ""x"""\t\n'],
    ['vertical bars', 'record|label|patient\nr1|a,b|Müller\nr2|"say ""x"""|\n'],
    ['a stated separator', 'sep=|\r\nrecord|label|patient\r\nr1|a,b|Müller\r\nr2|"say ""x"""|\r\n'],
    ['a byte order mark', `\uFEFF${text}`],
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['CR', text.replaceAll('\n', '\r')],
    ['mixed line ends and blank lines', '\nrecord,label,patient\r\n\r\nr1,"a,b",Müller\r  \nr2,"say ""x""",'],
    ['spaces', ' record , label,patient \n r1 , "a,b" ,Müller\nr2,  "say ""x""",  '],
    ['a quoted head', '"record","label","patient"\n"r1","a,b","Müller"\n"r2","say ""x""",""\n'],
    ['empty cells at the end', 'record,label,patient,\nr1,"a,b",Müller,,,\nr2,"say ""x""",,\n'],
    ['UTF-16 LE', utf16(text, 'LE')],
    ['UTF-16 BE', utf16(text, 'BE')],
    ['UTF-16 LE without a mark', utf16(text, 'LE', false)],
    ['UTF-16 BE without a mark', utf16(text, 'BE', false)],
    [
      'UTF-16 and tabs',
      utf16(text.replaceAll('"a,b"', 'a;b').replaceAll(',', '\t').replaceAll(';', ','), 'LE'),
    ],
    ['Latin-1', Buffer.from(text, 'latin1')],
  ])('reads %s', async (name, data) => {
    const table = await tableOf(data);
    expect(rows(table).map((row) => row.slice(0, 3))).toEqual(expected);
    expect(table.notes).toEqual(
      name === 'Latin-1' ? ['labels.csv is not UTF-8; it was read as Windows-1252 (Latin-1)'] : [],
    );
  });

  it('keeps different names apart in Windows-1252', async () => {
    const table = await tableOf(
      Buffer.from('record,patient\na,J\xf8rgensen\nb,J\xe4rgensen\nc,\x80\n', 'latin1'),
    );
    expect(rows(table).map(([, patient]) => patient)).toEqual(['Jørgensen', 'Järgensen', '€']);
  });

  it('finds columns by their synonyms, in any case, and lists the other columns', async () => {
    const table = await tableOf('age,File_Name,SUBJECT,Label,\n7,r1,p,af,\n');
    expect(table.rows[0]!.fields).toMatchObject({ record: 'r1', patient: 'p', label: 'af', age: '7' });
    expect([[...table.heads], table.others]).toEqual([
      [
        ['record', 'File_Name'],
        ['label', 'Label'],
        ['patient', 'SUBJECT'],
      ],
      ['age'],
    ]);
  });

  it('states which of two columns is used', async () => {
    const table = await tableOf('record,subject,patient_id\nr1,s,p\n');
    expect(table.rows[0]!.fields.patient).toBe('p');
    expect([table.notes, table.others]).toEqual([
      [
        'labels.csv has the columns "patient_id" and "subject", which can both be the patient; "patient_id" is used',
      ],
      ['subject'],
    ]);
  });

  it('reports a row that cannot be read by its line, and reads the rows after it', async () => {
    const table = await tableOf('record,label\nr1,"two\nlines"\nr2,"open\nr3,"a" b\nr4\nr5,a,b\nr6,ok\n');
    expect(table.rows.map(({ line, fields, flaw }) => [line, flaw ?? Object.values(fields)])).toEqual([
      [2, ['r1', 'two\nlines']],
      [4, 'a text follows the closing quote of cell 2'],
      [5, 'a text follows the closing quote of cell 2'],
      [6, expect.stringContaining('it has 1 cell where the head has 2')],
      [7, expect.stringContaining('it has 3 cells where the head has 2')],
      [8, ['r6', 'ok']],
    ]);
  });

  it('takes a quote inside a cell literally', async () => {
    expect(rows(await tableOf('record;label\nr1;5" lead\nr2;["AFIB", "LVH"]\n'))).toEqual([
      ['r1', '5" lead'],
      ['r2', '["AFIB", "LVH"]'],
    ]);
  });

  it.each([
    [
      'no column of records',
      'a;b\n1;2\n',
      'a column "record" (or file name); found the columns "a", "b", separated by semicolons',
    ],
    ['no head', 'r1,af\nr2,af\n', 'the first line must name the columns'],
    ['the same column twice', 'record,record\na,b\n', 'two columns "record"'],
    ['no rows', 'record,label\n', 'has a head line but no rows'],
    ['nothing', '\n \n', 'is empty'],
    ['a broken head', '"record,label\na,b\n', 'line 1: the quote of cell 1 is not closed'],
    ['bytes that are not text', Uint8Array.of(1, 0, 0, 0, 7, 200), 'contains bytes that are not text'],
    [
      'the content of an Excel workbook',
      Buffer.from('PK\x03\x04\x14\0\x06', 'latin1'),
      'an Excel workbook (.xlsx)',
    ],
    ['compressed rows', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0), 'is compressed with gzip'],
    ['half a character of UTF-16', utf16(text, 'LE').subarray(0, -1), 'contains bytes that are not text'],
  ])('refuses a table with %s', async (_, data, words) => {
    const error = await errorOf(tableOf(data));
    expect(error).toMatch(/^ERR_CSV: table .*labels\.csv/);
    expect(error).toContain(words);
  });

  it('reads the same cells as csv-parse from well-formed tables', () => {
    const random = randomStream(5, 'cells');
    const letters = ['a', 'ü', ',', ';', '"', '\n', '\r\n', ' ', '1', '\t', "'", '=', '-'];
    for (let n = 0; n < 200; n++) {
      const cell = () =>
        Array.from({ length: random.below(6) }, () => letters[random.below(letters.length)]).join('');
      const cells = Array.from({ length: 5 }, () => ['x', cell(), cell()]);
      const written = csvText([['a', 'b', 'c'], ...cells]);
      const found = parseRows(written).rows.map((row) => row.cells);
      expect(found.map((row) => row.map(cellText))).toEqual([['a', 'b', 'c'], ...cells]);
      expect(found.flat().filter((text) => /^[=+\-@\t\r]/.test(text))).toEqual([]);
      expect(parse(written, { record_delimiter: ['\n', '\r\n', '\r'] })).toEqual(found);
    }
  });

  it('reads any bytes without a crash', async () => {
    const random = randomStream(3, 'table');
    const letters = [
      'record',
      'r',
      ',',
      ';',
      '\t',
      '"',
      '""',
      '\n',
      '\r',
      '\r\n',
      ' ',
      'sep=',
      '\0',
      'ü',
      '[',
      "'",
    ];
    for (let n = 0; n < 300; n++) {
      const parts = Array.from({ length: 30 }, () => letters[random.below(letters.length)]);
      const bytes = Buffer.from(`record,label\n${parts.join('')}`, n % 2 === 0 ? 'utf8' : 'latin1');
      const lines = bytes.toString('latin1').split(/\r\n|\n|\r/).length;
      const table = await tableOf(bytes).catch((error: Error & { code?: string }) => error.code);
      if (typeof table === 'object') {
        for (const { line } of table.rows) expect(line).toBeLessThanOrEqual(lines);
      } else expect(table).toBe('ERR_CSV');
    }
  });
});

it('readCsv refuses a table with a bad row and states the line', async () => {
  const folder = await folderOf({ 't.csv': 'A,b\n1,2\n3\n', 'u.csv': 'A,b\n1,2\n' });
  expect(await errorOf(readCsv(join(folder, 't.csv'), ['a']))).toMatch(
    /^ERR_CSV: .*t\.csv, line 3: it has 1 cell/,
  );
  expect(await readCsv(join(folder, 'u.csv'), ['a'])).toEqual([{ line: 2, fields: { a: '1', b: '2' } }]);
});

it('wholeNumberOf takes whole numbers, also as floats', () => {
  const cells = ['7', ' 7 ', '7.0', '7.', '7,00', '+7', '007', '7.5', '-7', '7e0', '', 'nan', '1'.repeat(20)];
  expect(cells.map(wholeNumberOf)).toEqual([7, 7, 7, 7, 7, 7, 7, ...new Array<undefined>(6)]);
});

it('findTwice keeps the first of two equal rows, and neither of two that differ', () => {
  const row = (line: number, key: string, label = '') => ({ line, fields: { key, label } });
  const given = [row(2, 'a'), row(3, 'b', 'x'), row(4, 'a'), row(5, 'b', 'y'), row(6, 'c')];
  const twice = findTwice(given, 'the record', ({ fields }) => fields.key);
  expect(given.map((one) => twice.get(one))).toEqual([
    undefined,
    'the record b is on the lines 3, 5 with different cells; give it one line',
    'the record a is already on line 2',
    'the record b is on the lines 3, 5 with different cells; give it one line',
    undefined,
  ]);
});

it('csvText quotes the cells that need it, and the reader reads them back', async () => {
  const cells = [
    ['record', 'label'],
    ['a,b', 'c"d'],
    ['e\nf', ''],
  ];
  expect(rows(await tableOf(csvText(cells)))).toEqual(cells.slice(1));
});
