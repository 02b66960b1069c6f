// The options of every command that reads data sets as windows: --fs, --seconds, --leads, --filter and --map.

import { Option } from 'commander';
import { defaultFsHz, defaultSeconds } from '../signal/defaults.js';
import { parseFilter } from '../signal/filter.js';
import type { LabelMap } from '../signal/synonyms.js';
import { decimal, fsHz, labelMap, leads } from './options.js';

/** The values of the window options. */
export interface WindowFlags {
  fs?: number;
  seconds?: number;
  leads?: string[];
  filter?: string;
  map?: LabelMap;
}

/** Returns the options for the sampling rate, the length, the leads, the filter and the labels of the windows. */
export function windowOptions(): Readonly<Record<'fs' | 'seconds' | 'leads' | 'filter' | 'map', Option>> {
  return {
    fs: new Option('--fs <hz>', `sampling rate of the windows in Hz (default: ${defaultFsHz})`).argParser(
      fsHz,
    ),
    seconds: new Option('--seconds <s>', `length of the windows in s (default: ${defaultSeconds})`).argParser(
      decimal('--seconds', 1, 3600),
    ),
    leads: new Option(
      '--leads <names>',
      'leads of the windows: I,II,V1, or 12 for the standard twelve (default: lead II, or the only lead)',
    ).argParser(leads),
    filter: new Option(
      '--filter <low-high>',
      'band-pass filter of the windows in Hz, without delay: 0.5-40; 0-40 keeps low frequencies (default: no filter)',
    ).argParser(parseFilter),
    map: mapOption(),
  };
}

/** Returns the option --map, which may be repeated. */
export function mapOption(): Option {
  return new Option(
    '--map <label=class>',
    'how labels of your own table are read: SR=normal, or SR=SR to keep a label as it is; several separated by commas, or repeated (default: a table of synonyms, which pqrst data shows)',
  ).argParser(labelMap);
}
