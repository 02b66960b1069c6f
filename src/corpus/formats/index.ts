// The formats by name. Each is loaded when it is asked for: Parquet's library is not for those who write WFDB.

import type { CorpusFormat, FormatName } from '../format.js';

export const formatNames = ['wfdb', 'npy', 'parquet', 'ptb-xl'] as const satisfies readonly FormatName[];

const loaders: Readonly<Record<FormatName, () => Promise<CorpusFormat>>> = {
  wfdb: async () => (await import('./wfdb.js')).wfdbFormat,
  npy: async () => (await import('./npy.js')).npyFormat,
  parquet: async () => (await import('./parquet.js')).parquetFormat,
  'ptb-xl': async () => (await import('./ptb-xl.js')).ptbxlFormat,
};

export function loadFormat(name: FormatName): Promise<CorpusFormat> {
  return loaders[name]();
}
