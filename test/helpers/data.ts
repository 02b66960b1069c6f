// Finds the real records: in the folder that PQRST_DATA names, or in ../shared/data beside the repository. Tests that
// need real records skip if these are missing, and their title gives the reason.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the real records. */
export const dataRoot = process.env.PQRST_DATA ?? resolve(import.meta.dirname, '../../../shared/data');

/** Returns the folder of one source (mitdb, ptb-xl, ludb, cinc2017, cinc2021), or undefined if it does not exist. */
export function dataFolder(source: string): string | undefined {
  const folder = join(dataRoot, source);
  return existsSync(folder) ? folder : undefined;
}

/** Returns the title for `describe.skipIf(...)(title, ...)`. It includes the reason if the tests will be skipped. */
export function titleWithData(title: string, ...sources: string[]): string {
  const absent = sources.filter((source) => dataFolder(source) === undefined);
  return absent.length === 0
    ? title
    : `${title} (SKIPPED: no real records of ${absent.join(', ')}; set PQRST_DATA to a folder that contains them)`;
}
