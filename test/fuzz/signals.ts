// The parsers of signals: WFDB, MATLAB, NumPy and EDF.

import { join } from 'node:path';
import { parseEdfHeader } from '#lib/codecs/edf/header.js';
import { readEdf, readEdfAnnotations } from '#lib/codecs/edf/read.js';
import { formatTal, parseTals } from '#lib/codecs/edf/tal.js';
import { readMat } from '#lib/codecs/mat.js';
import { npyHeadBytes, parseNpyHeader } from '#lib/codecs/npy/header.js';
import { readNpy, readNpyFacts, readNpyRows, readNpyTexts } from '#lib/codecs/npy/read.js';
import { formatAnnotations, parseAnnotations } from '#lib/codecs/wfdb/annotations.js';
import { parseHeader } from '#lib/codecs/wfdb/header.js';
import { headerText } from '#lib/codecs/wfdb/header-text.js';
import { readAnnotations, readRecord } from '#lib/codecs/wfdb/read.js';
import { decodeSignals } from '#lib/codecs/wfdb/signals.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { annotationSignal, edfFile } from '../helpers/edf-file.js';
import { flacFile } from '../helpers/flac-file.js';
import { level4, level5 } from '../helpers/mat-file.js';
import { matStruct } from '../helpers/mat-struct.js';
import { floats, npyFile } from '../helpers/npy-file.js';
import { randomRecord } from '../helpers/random-record.js';
import { writeSegments } from '../helpers/segments.js';
import { packSamples, sampleBits } from '../helpers/signal-files.js';
import { filesOf } from './files.js';
import { inFolder, oneFile, type Parts, type Target } from './target.js';

const wave = Array.from({ length: 60 }, (_, n) => Math.round(100 * Math.sin(n / 5)));
const headerWords = [
  ...['16', '212', '516', '0', 'x2', ':5', '+24', '/mV', '(0)', '~', '#', '/2', '\n', ' ', '\0', '\u001a'],
  ...['r 1 250 60\n', 'r.dat', '-', 'r.mat', '../r.dat', '1e3', '0.5/uV'],
];

/** Headers of all kinds; those with the signal formats of a fixed size describe 60 samples of one signal. */
function headersOf(format: number | string): string {
  return `r 1 250 60\nr.dat ${format} 200(0)/mV 12 0 0 0 0 II\n`;
}

/** Decodes the file `dat` as the header `hea` describes it. */
function decodeParts({ hea, dat }: Parts): void {
  const { signals, lengthFrames } = parseHeader(headerText(hea!, 'r.hea'), 'r.hea');
  if (signals.length > 0) decodeSignals({ bytes: dat!, signals, lengthFrames, path: 'r.dat' });
}

const flac = (bits: number, ...channels: number[][]) => flacFile(channels, { bits, blockSize: 24 });

const npyFiles = [
  npyFile({ data: floats(1, 2, 3, 4, 5, 6) }),
  npyFile({ version: 2, isFortran: true, data: floats(1, 2, 3, 4, 5, 6) }),
  npyFile({ version: 3, descr: '>i2', data: new Uint8Array(12) }),
  npyFile({ descr: '>U3', shape: [2], data: new Uint8Array(24) }),
  npyFile({ descr: '|S4', shape: [6], data: Buffer.from('normaf  pvc wpw afltx   ') }),
];
const npyWords = [
  ...["'", '"', '\\x4', '(', ')', '[[[[', '{', '}', ',', ':', 'True', 'False', 'None', 'L', '0x7f', '|O'],
  ...['descr', 'fortran_order', 'shape', '<f4', '>i8', '<U999999999', '99999999999999999999', '|S0', '<f2'],
];

const edfBytes = edfFile(
  [
    { samples: wave.slice(0, 30) },
    { label: 'ECG V1', samples: wave.slice(30) },
    annotationSignal([
      '+0\x14\x14\0+0.5\x150.1\x14(AFIB\x14\0',
      '+1\x14\x14\0',
      '+2.5\x14\x14\0+3\x14V\x14\0',
    ]),
  ],
  { reserved: 'EDF+D' },
);
const edfFiles = [
  edfBytes,
  edfFile([{ samples: wave }, { label: 'EEG', perRecord: 5, samples: wave.slice(0, 30) }]),
  edfFile(
    [{ samples: wave, digital: ['-8388608', '8388607'] }, annotationSignal(['+0\x14\x14\0'], 20, true)],
    {
      isBdf: true,
      reserved: 'BDF+C',
    },
  ),
];
const edfWords = ['\x14', '\x15', '\0', '+', '-', '.', 'EDF+C', 'EDF+D', 'EDF Annotations', 'mV', 'uV', 'V'];

/** Makes the parsers of signals. */
export async function signalTargets(): Promise<Target[]> {
  const { record, annotations, comments } = randomRecord(4);
  const short = { ...record, signalsMv: record.signalsMv.map((one) => one.slice(0, 200)) };
  const written = await filesOf((folder) => writeRecord(folder, short, { annotations, comments }));
  const segments = await filesOf(writeSegments);
  const mat = level4({ name: 'val', rows: [wave, wave.map((one) => -one)] });
  const matFiles = [
    mat,
    level4({ name: 'val', rows: [wave] }, 'double', false),
    level5([{ name: 'val', rows: [wave] }]),
    level5([{ name: 'val', rows: [wave] }], { compress: true }),
    level5([{ name: 'val', rows: [wave] }], { type: 'double', matClass: 6, littleEndian: false }),
    matStruct('ECG', { sex: 'Male', age: [[50]], data: [wave, wave] }),
    matStruct('ECG', { sex: 'Male', age: [[50]], data: [wave, wave] }, { compress: true, small: true }),
  ];
  const formats = Object.keys(sampleBits).map(Number);
  const packed = formats.filter((format) => format < 500);
  const compressed = [
    { hea: 'r 2 250 60\nr.dat 516 200/mV\nr.dat 516 200/mV\n', dat: flac(16, wave, wave.toReversed()) },
    { hea: 'r 1 250 60\nr.dat 524 200/mV\n', dat: flac(24, wave) },
    { hea: 'r 1 250\nr.dat 508 200/mV\n', dat: flac(8, wave) },
  ];
  const text = (parts: { hea: string; dat: Uint8Array }): Parts => ({
    ...parts,
    hea: Buffer.from(parts.hea),
  });
  const tals = [
    formatTal(0, undefined, ''),
    formatTal(12.345678, 0.5, '(AFIB'),
    formatTal(-1, undefined, 'café'),
  ];
  const parseText =
    (path: string) =>
    ({ file }: Parts) =>
      parseHeader(headerText(file!, path), path);
  return [
    {
      name: 'wfdb-header',
      originals: [
        ...formats.map((format) => oneFile(headersOf(format))),
        ...['var.hea', 'fixed.hea', 'layout.hea', 'a.hea'].map((name) => oneFile(segments[name]!)),
        oneFile(written['r4.hea']!),
        oneFile('r/3 2 250/500(12) 60 12:30:00 01/02/2003\na 20\n~ 20\nb 20\n# note\n'),
        oneFile('r 1 360 0\nr.dat 16x4:3+24 200.5(-12)/mV 11 1024 995 -22131 0 MLII\n#<age>: 69\n'),
      ],
      words: headerWords,
      parse: parseText('r.hea'),
    },
    {
      name: 'wfdb-annotations',
      originals: [
        oneFile(written['r4.atr']!),
        oneFile(
          formatAnnotations([{ sample: 5, symbol: '+', subtype: 0, channel: 1, number: 2, aux: '(AFIB' }]),
        ),
      ],
      words: ['\0\xec', '\0\xf0', '\0\xf4', '\0\xf8', '\x05\xfc', '## time resolution: 250', '\0\0', '(N\0'],
      parse: ({ file }) => parseAnnotations(file!, 'r.atr'),
    },
    {
      name: 'wfdb-signals',
      originals: packed.map((format) => {
        const low = format === 80 || format === 508 ? wave.map((one) => one >> 1) : wave;
        return text({ hea: headersOf(format), dat: packSamples(format, low) });
      }),
      words: headerWords,
      parse: decodeParts,
    },
    { name: 'wfdb-flac', originals: compressed.map(text), words: headerWords, parse: decodeParts },
    {
      name: 'wfdb-record',
      originals: [written],
      words: headerWords,
      parse: inFolder(async (folder) => {
        await readRecord(join(folder, record.name));
        await readAnnotations(join(folder, record.name), 'atr');
      }),
    },
    {
      name: 'wfdb-segments',
      originals: [segments],
      words: headerWords,
      parse: inFolder(async (folder) => {
        await readRecord(join(folder, 'var'));
        await readRecord(join(folder, 'fixed'));
      }),
    },
    {
      name: 'wfdb-mat',
      originals: [
        {
          'r.hea': Buffer.from(
            'r 2 500 60\nr.mat 16+24 1000/mV 16 0 0 0 0 I\nr.mat 16+24 1000/mV 16 0 0 0 0 II\n',
          ),
          'r.mat': mat,
        },
      ],
      words: headerWords,
      parse: inFolder((folder) => readRecord(join(folder, 'r'))),
    },
    {
      name: 'matlab',
      originals: matFiles.map(oneFile),
      parse: ({ file }) => readMat(file!, 'r.mat', 2 ** 20),
    },
    {
      name: 'npy-header',
      originals: npyFiles.map(oneFile),
      words: npyWords,
      parse: ({ file }) =>
        parseNpyHeader('x.npy', Buffer.from(file!).subarray(0, npyHeadBytes), file!.length),
    },
    {
      name: 'npy',
      originals: npyFiles.map((file) => ({ 'x.npy': file })),
      words: npyWords,
      parse: inFolder(async (folder) => {
        const path = join(folder, 'x.npy');
        const { type } = await readNpyFacts(path);
        if (type === 'text') await readNpyTexts(path);
        else {
          await readNpy(path);
          await readNpyRows(path, 0, 1);
        }
      }),
    },
    {
      name: 'edf-header',
      originals: edfFiles.map(oneFile),
      words: edfWords,
      parse: ({ file }) => parseEdfHeader(file!, file!.length, 'x.edf'),
    },
    {
      name: 'edf-annotations',
      originals: [
        oneFile(Buffer.concat([...tals, Buffer.alloc(9)])),
        oneFile('+0\x14\x14\0+0.5\x150.1\x14(AFIB\x14\0'),
      ],
      words: edfWords,
      parse: ({ file }) => parseTals(file!),
    },
    {
      name: 'edf',
      originals: edfFiles.map((file) => ({ 'x.edf': file })),
      words: edfWords,
      parse: inFolder(async (folder) => {
        await readEdfAnnotations(join(folder, 'x.edf'));
        await readEdf(join(folder, 'x.edf'));
      }),
    },
  ];
}
