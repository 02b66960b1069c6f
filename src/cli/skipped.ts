// What a command that reads data sets says about the records that it skipped: the option --strict, the lines for the
// reader, and the exit code.

import { Option } from 'commander';
import { onOneLine, plural } from '../base/text.js';
import type { SkippedRecord } from '../signal/window.js';

/** Exit code of a command that is done, but skipped rows, paths or records that cannot be read. */
export const someUnreadable = 3;

const shown = 5;

/** Returns the option --strict. */
export function strictOption(): Option {
  return new Option(
    '--strict',
    'refuse data with a row, path or record that cannot be read (default: skip it, and exit with code 3)',
  );
}

/** The records that a command skipped, and the notes about its data. */
export interface Skipped {
  readonly skipped: readonly SkippedRecord[];
  readonly notes?: readonly string[] | undefined;
}

/** Returns the exit code of a command that is done. */
export function exitCodeOf({ skipped }: Skipped): 0 | 3 {
  return skipped.some(({ unreadable }) => unreadable === true) ? someUnreadable : 0;
}

/** Returns lines about the skipped records, those that cannot be read first, and the notes. */
export function skippedLines({ skipped, notes = [] }: Skipped): string[] {
  const unreadable = skipped.filter((one) => one.unreadable === true);
  const others = skipped.filter((one) => one.unreadable !== true);
  return [
    ...part('cannot be read and is skipped', 'cannot be read and are skipped', unreadable),
    ...part('is skipped or cut', 'are skipped or cut', others),
    ...notes.map((note) => `note: ${note}`),
  ].map(onOneLine); // A text of another author stays on its line.
}

function part(one: string, several: string, records: readonly SkippedRecord[]): string[] {
  if (records.length === 0) return [];
  const more = records.length - shown;
  return [
    `${plural(records.length, 'record')} ${records.length === 1 ? one : several}:`,
    ...records.slice(0, shown).map(({ recordName, reason }) => `  ${recordName}: ${reason}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
