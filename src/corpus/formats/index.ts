// Finds a format by its name. A format is loaded when it is used, so that a caller who writes WFDB does not load the
// libraries for Parquet.

import type { CorpusFormat, FormatName, SampleFiles } from '../format.js';

const loaders: Readonly<Record<FormatName, () => Promise<CorpusFormat>>> = {
  wfdb: async () => (await import('./wfdb/format.js')).wfdbFormat,
  edf: async () => (await import('./edf/format.js')).edfFormat,
  npy: async () => (await import('./npy/format.js')).npyFormat,
  parquet: async () => (await import('./parquet/format.js')).parquetFormat,
  'ptb-xl': async () => (await import('./ptb-xl/format.js')).ptbxlFormat,
};

/** Loads the format `name`. */
export function loadFormat(name: FormatName): Promise<CorpusFormat> {
  return loaders[name]();
}

const sampleLoaders: Readonly<Partial<Record<FormatName, () => Promise<SampleFiles>>>> = {
  npy: async () => (await import('./npy/samples.js')).npySamples,
  parquet: async () => (await import('./parquet/read.js')).parquetSamples,
};

/** Returns how samples are read alone; undefined if the files of the format are read one record after another. */
export async function loadSamples(name: FormatName): Promise<SampleFiles | undefined> {
  return sampleLoaders[name]?.();
}
