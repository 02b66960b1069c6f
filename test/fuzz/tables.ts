// The parsers of text: tables, labels, lists of hashes, and files that users write as JSON.

import { join } from 'node:path';
import { decodeText, parseRows } from '#lib/codecs/table-text.js';
import { parseScpCodes } from '#lib/datasets/kinds/ptbxl.js';
import { patientColumn, readLabelTable, recordColumn } from '#lib/datasets/label-table.js';
import { parseLiteral, splitLabels } from '#lib/datasets/own-labels.js';
import { parseExperimentConfig, readExperimentConfig } from '#lib/experiment/config.js';
import { parseSums } from '#lib/fetch/sums.js';
import { parseOwnClasses, readClassFile } from '#lib/synth/physiology/class-file.js';
import { inFolder, jsonWords, oneFile, type Parts, type Target } from './target.js';

const tableWords = [
  '"',
  '""',
  "'",
  ',',
  ';',
  '\t',
  '|',
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\xef\xbb\xbf',
  '\xff\xfe',
  'é',
  'nan',
  '[',
  '{',
];
const tables = [
  'record,patient,label\r\na,1,af\r\nb,2,"normal, sinus"\r\n',
  'filename;subject id;dx;strat_fold\n"a ""1""";p1;[\'AF\', "PVC"];1\nb;p2;[];10\n',
  'ecg_id\tpid\taf\tnormal\n1\t1\t1\t0\n2\t2\t0\t1\n',
  "id,patient_id,scp_codes,strat_fold\n1,15709.0,\"{'NORM': 100.0, 'SR': 0.0}\",3\n",
].map((text) => Buffer.from(text));
const allTables = [...tables, Buffer.from(`\ufeff${tables[0]}`, 'utf16le')];
const textOf = ({ file }: Parts) => Buffer.from(file!).toString('utf8');
const json = (value: unknown) => Buffer.from(JSON.stringify(value, null, 1));

const ownClass = {
  name: 'coarse-af',
  title: 'Atrial fibrillation with coarse waves',
  scp: ['AFIB'],
  snomed: ['164889003'],
  rhythm: '(AFIB',
  parents: ['af'],
  numbers: { 'atrialWaves.sizeMv': { law: 'uniform', min: 0.12, max: 0.3 } },
};
const config = {
  ...{
    data: 'mitdb:DIR',
    tasks: ['af'],
    archs: ['lstm'],
    settings: ['real', 'syn', 'syn-real'],
    fsHz: 100,
    seconds: 4,
  },
  ...{ runs: 2, epochs: 5, seed: 3, search: { trials: 2 }, archOptions: { lstm: { layers: 1, units: 16 } } },
  ...{ positives: [5, 10], filter: '0.5-40', leads: ['II'] },
};

/** Makes the parsers of text. */
export function tableTargets(): Target[] {
  return [
    {
      name: 'table-text',
      originals: allTables.map(oneFile),
      words: tableWords,
      parse: ({ file }) => parseRows(decodeText(file!)?.text ?? ''),
    },
    {
      name: 'label-table',
      originals: allTables.map((file) => ({ 't.csv': file })),
      words: tableWords,
      parse: inFolder((folder) => readLabelTable(join(folder, 't.csv'), [recordColumn, patientColumn])),
    },
    {
      name: 'scp-codes',
      originals: ["{'NORM': 100.0, 'SR': 0.0}", '{"AFIB": 50, "it\'s": 0}', '{}'].map(oneFile),
      words: tableWords,
      parse: (parts) => parseScpCodes(textOf(parts)),
    },
    {
      name: 'labels',
      originals: ["['AF', 'PVC']", 'AF; PVC|normal', '{"af": 1, "pvc": 0}', '("a",)', "{'a', 'b'}"].map(
        oneFile,
      ),
      words: tableWords,
      parse: (parts) => [parseLiteral(textOf(parts)), splitLabels(textOf(parts))],
    },
    {
      name: 'sha256-sums',
      originals: [oneFile(`${'0a'.repeat(32)}  a/b.dat\n${'ff'.repeat(32)} *RECORDS\r\n`)],
      parse: (parts) => parseSums(textOf(parts), 'SHA256SUMS.txt'),
    },
    {
      name: 'class-file',
      originals: [{ 'c.json': json(ownClass) }],
      words: jsonWords,
      parse: inFolder(async (folder) => parseOwnClasses([await readClassFile(join(folder, 'c.json'))])),
    },
    {
      name: 'experiment-config',
      originals: [{ 'e.json': json(config) }],
      words: jsonWords,
      parse: inFolder(async (folder) => {
        const given = await readExperimentConfig(join(folder, 'e.json'));
        parseExperimentConfig(given as Parameters<typeof parseExperimentConfig>[0]);
      }),
    },
  ];
}
