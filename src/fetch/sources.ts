// Lists the data sets that `pqrst fetch` downloads. Each is a release on PhysioNet, with its path, the files that the
// readers need, its licence and its references. Sizes are approximate, in GB (10^9 bytes), estimated from the numbers
// of records and leads, the rates and the lengths, because SHA256SUMS.txt of a release does not state sizes.

import { PqrstError, suggest } from '../base/errors.js';

/** A part of a release that can be downloaded without the others. */
export interface FetchPart {
  /** Name of the part, as in `FetchOptions.parts`. */
  readonly name: string;
  /** Short description. */
  readonly about: string;
  /** Approximate size in GB (10^9 bytes). */
  readonly aboutGb: number;
  /** Matches the paths of the part's files, relative to the release. */
  readonly files: RegExp;
  /** Folder to open, relative to the release; default the release itself. */
  readonly readAt?: string;
  /** True if the part is downloaded only when it is named. */
  readonly onlyByName?: true;
}

/** A data set that can be downloaded. */
export interface FetchSource {
  /** Name of the data set. */
  readonly name: string;
  /** The kind of its reader (`KIND:DIR`); default the name. */
  readonly kind?: string;
  /** Title with version and size. */
  readonly title: string;
  /** Path of the release below the base address. */
  readonly path: string;
  /** Matches the tables and texts that every part needs. */
  readonly always: RegExp;
  /** The parts of the release that can be downloaded one by one. */
  readonly parts: readonly FetchPart[];
  /** Paths of a few files in the folder, for users who place the files by hand. */
  readonly layout: readonly string[];
  /** Licence of the data. */
  readonly licence: string;
  /** References to cite. */
  readonly cite: string;
}

const texts = 'LICENSE\\.txt|RECORDS|README(?:\\.\\w+)?';
const odcBy = 'Open Data Commons Attribution License 1.0 (ODC-By 1.0)';
const ccByNcSa = 'Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International (CC BY-NC-SA 4.0)';
const ccBy = 'Creative Commons Attribution 4.0 International (CC BY 4.0)';
const physionet = 'and PhysioNet: Goldberger et al., Circulation 101(23):e215-e220, 2000';

const cinc2021Part = (name: string, about: string, aboutGb: number): FetchPart => {
  return {
    name,
    about,
    aboutGb,
    files: new RegExp(`^training/${name}/.*(?:\\.hea|\\.mat|/RECORDS)$`),
    readAt: 'training',
  };
};

interface RhythmSource extends Pick<FetchPart, 'about' | 'aboutGb'> {
  readonly name: string;
  /** Title with version and size. */
  readonly title: string;
  /** Matches the names of the records, without their extension. */
  readonly records: string;
  /** The name of the first record. */
  readonly first: string;
  /** The reference besides that of PhysioNet, if there is one. */
  readonly cite?: string;
}

/** Returns a database of records in one folder, which the kind `rhythm` reads. */
const rhythmSource = ({ name, title, records, about, aboutGb, first, cite }: RhythmSource): FetchSource => {
  return {
    ...{ name, kind: 'rhythm', title, path: `${name}/1.0.0` },
    always: new RegExp(`^(?:ANNOTATORS|files-patients-diagnoses\\.txt|record-descriptions\\.txt|${texts})$`),
    parts: [{ name: 'records', about, aboutGb, files: new RegExp(`^${records}\\.(?:hea|dat|atr|qrsc?)$`) }],
    layout: [`${first}.hea, ${first}.dat and ${first}.atr`],
    licence: odcBy,
    cite: cite === undefined ? physionet.replace('and ', '') : `${cite}, ${physionet}`,
  };
};

/** Returns a part of Icentia11k: 1000 patients, about 50 records of 70 min each. */
const icentiaPart = (_: unknown, at: number): FetchPart => {
  const name = `p${String(at).padStart(2, '0')}`;
  return {
    ...{ name, about: '1,000 patients, 250 Hz', aboutGb: 25, onlyByName: true },
    files: new RegExp(`^${name}/p\\d{5}/p\\d{5}_s\\d+\\.(?:hea|dat|atr)$`),
  };
};

/**
 * The data sets that `fetchDataset` can download.
 *
 * @example
 * ```js
 * import { fetchSources } from 'pqrst/records';
 * for (const { name, title, parts } of fetchSources) console.log(name, title, parts.map((part) => part.name));
 * ```
 */
export const fetchSources: readonly FetchSource[] = [
  {
    name: 'ptb-xl',
    title: 'PTB-XL 1.0.3, 21,799 recordings of 10 s, 12 leads',
    path: 'ptb-xl/1.0.3',
    always: new RegExp(`^(?:ptbxl_database\\.csv|scp_statements\\.csv|${texts})$`),
    parts: [
      { name: 'records500', about: '500 Hz', aboutGb: 2.6, files: /^records500\/.*\.(?:hea|dat)$/ },
      { name: 'records100', about: '100 Hz', aboutGb: 0.5, files: /^records100\/.*\.(?:hea|dat)$/ },
    ],
    layout: [
      'ptbxl_database.csv',
      'records500/00000/00001_hr.hea and .dat',
      'records100/00000/00001_lr.hea and .dat',
    ],
    licence: ccBy,
    cite: `Wagner et al., Scientific Data 7:154, 2020, ${physionet}`,
  },
  {
    name: 'mitdb',
    title: 'MIT-BIH Arrhythmia Database 1.0.0, 48 recordings of 30 min, 2 leads',
    path: 'mitdb/1.0.0',
    always: new RegExp(`^(?:ANNOTATORS|${texts})$`),
    parts: [{ name: 'records', about: '360 Hz', aboutGb: 0.1, files: /^\d+\.(?:hea|dat|atr)$/ }],
    layout: ['100.hea, 100.dat and 100.atr'],
    licence: odcBy,
    cite: `Moody and Mark, IEEE Eng in Med and Biol 20(3):45-50, 2001, ${physionet}`,
  },
  rhythmSource({
    name: 'afdb',
    title: 'MIT-BIH Atrial Fibrillation Database 1.0.0, 23 recordings of 10 h, 2 leads',
    ...{ records: '\\d{5}', about: '250 Hz, rhythms', aboutGb: 0.65, first: '04015' },
    cite: 'Moody and Mark, Computers in Cardiology 10:227-230, 1983',
  }),
  rhythmSource({
    name: 'ltafdb',
    title: 'Long-Term AF Database 1.0.0, 84 recordings of 24 h, 2 leads',
    ...{ records: '\\d{2,3}', about: '128 Hz, rhythms and beats', aboutGb: 2.9, first: '00' },
    cite: 'Petrutiu et al., Europace 9(7):466-470, 2007',
  }),
  rhythmSource({
    name: 'nsrdb',
    title: 'MIT-BIH Normal Sinus Rhythm Database 1.0.0, 18 recordings of 24 h, 2 leads',
    ...{ records: '\\d{5}', about: '128 Hz, beats', aboutGb: 0.6, first: '16265' },
  }),
  rhythmSource({
    name: 'svdb',
    title: 'MIT-BIH Supraventricular Arrhythmia Database 1.0.0, 78 recordings of 30 min, 2 leads',
    ...{ records: '8\\d\\d', about: '128 Hz, beats', aboutGb: 0.06, first: '800' },
    cite: 'Greenwald, PhD thesis, Harvard-MIT Division of Health Sciences and Technology, 1990',
  }),
  rhythmSource({
    name: 'incartdb',
    title: 'St Petersburg INCART Database 1.0.0, 75 recordings of 30 min, 12 leads',
    ...{ records: 'I\\d\\d', about: '257 Hz, beats', aboutGb: 0.85, first: 'I01' },
  }),
  {
    ...{ name: 'icentia11k', kind: 'rhythm' },
    title: 'Icentia11k 1.0, 11,000 patients, up to 50 recordings of 70 min each, 1 lead',
    path: 'icentia11k-continuous-ecg/1.0',
    always: new RegExp(`^(?:${texts})$`),
    parts: [
      {
        ...{ name: 'first100', about: 'the first 100 patients of p00, 250 Hz', aboutGb: 2.5 },
        files: /^p00\/p000\d\d\/p000\d\d_s\d+\.(?:hea|dat|atr)$/,
      },
      ...Array.from({ length: 11 }, icentiaPart),
    ],
    layout: ['p00/p00000/p00000_s00.hea, .dat and .atr'],
    licence: ccByNcSa,
    cite: `Tan et al., Computing in Cardiology 48, 2021, ${physionet}`,
  },
  {
    name: 'ludb',
    title: 'LUDB 1.0.1, 200 recordings of 10 s, 12 leads, waves marked in each',
    path: 'ludb/1.0.1',
    always: new RegExp(`^(?:ludb\\.csv|ANNOTATORS|${texts})$`),
    parts: [{ name: 'data', about: '500 Hz', aboutGb: 0.03, files: /^data\/\d+\.\w+$/ }],
    layout: ['ludb.csv', 'data/1.hea, data/1.dat and data/1.i to data/1.v6'],
    licence: odcBy,
    cite: `Kalyakulina et al., IEEE Access 8:186181-186190, 2020, ${physionet}`,
  },
  {
    name: 'cinc2017',
    title: 'Challenge 2017 1.0.0, 8,528 recordings of 9-61 s, 1 lead',
    path: 'challenge-2017/1.0.0',
    always: new RegExp(`^(?:REFERENCE-v3\\.csv|${texts})$`),
    parts: [
      {
        name: 'training',
        about: '300 Hz',
        aboutGb: 0.17,
        readAt: 'training',
        files: /^training\/(?:.*\/)?(?:\w+\.(?:hea|mat)|RECORDS|REFERENCE\.csv)$/,
      },
      {
        name: 'validation',
        about: '300 Hz; its 300 recordings are also in the training set',
        aboutGb: 0.006,
        readAt: 'validation',
        files: /^validation\/(?:.*\/)?(?:\w+\.(?:hea|mat)|RECORDS|REFERENCE\.csv)$/,
        onlyByName: true,
      },
    ],
    layout: ['training/REFERENCE.csv', 'training/A00/A00001.hea and .mat'],
    licence: odcBy,
    cite: `Clifford et al., Computing in Cardiology 44, 2017, doi 10.22489/CinC.2017.065-469, ${physionet}`,
  },
  {
    name: 'cinc2021',
    title: 'Challenge 2021 1.0.3, recordings of 12 leads from several hospitals',
    path: 'challenge-2021/1.0.3',
    always: new RegExp(`^(?:${texts})$`),
    parts: [
      cinc2021Part('chapman_shaoxing', '10,247 recordings, 500 Hz', 1.2),
      cinc2021Part('ningbo', '34,905 recordings, 500 Hz', 4.2),
      cinc2021Part('georgia', '10,344 recordings, 500 Hz', 1.2),
      cinc2021Part('cpsc_2018', '6,877 recordings, 500 Hz', 1.3),
      { ...cinc2021Part('cpsc_2018_extra', '3,453 recordings, 500 Hz', 0.7), onlyByName: true },
      cinc2021Part('ptb', '516 recordings, 1000 Hz', 1.4),
      { ...cinc2021Part('st_petersburg_incart', '74 recordings, 257 Hz', 0.8), onlyByName: true },
      { ...cinc2021Part('ptb-xl', 'PTB-XL again; the data set ptb-xl is better', 2.6), onlyByName: true },
    ],
    layout: ['training/georgia/g1/E00001.hea and .mat'],
    licence: ccBy,
    cite: `Reyna et al., Computing in Cardiology 48, 2021, doi 10.23919/CinC53138.2021.9662687, ${physionet}`,
  },
];

/**
 * Returns the data set `name`.
 *
 * @throws PqrstError ERR_OPTION: when there is no such data set; the message suggests the nearest name.
 */
export function findSource(name: string): FetchSource {
  const found = fetchSources.find((source) => source.name === name);
  if (found !== undefined) return found;
  const names = fetchSources.map((source) => source.name);
  throw new PqrstError('ERR_OPTION', `unknown data set "${name}"${suggest(name, names)}`);
}

/**
 * Returns the parts with these names. Without names, it returns all parts without `onlyByName`.
 *
 * @throws PqrstError ERR_OPTION: when the data set has no such part; the message suggests the nearest name.
 */
export function chooseParts(source: FetchSource, names?: readonly string[]): readonly FetchPart[] {
  if (names === undefined) return source.parts.filter(({ onlyByName }) => onlyByName === undefined);
  return [...new Set(names)].map((name) => {
    const found = source.parts.find((part) => part.name === name);
    if (found !== undefined) return found;
    const known = source.parts.map((part) => part.name);
    throw new PqrstError('ERR_OPTION', `${source.name} has no part "${name}"${suggest(name, known)}`);
  });
}
