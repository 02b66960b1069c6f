// Where the real records stand: PQRST_DATA, else ../shared/data beside the repository. Tests that need them say so
// in their title and skip where they are absent.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = process.env.PQRST_DATA ?? resolve(import.meta.dirname, '../../../shared/data');

/** The folder of one source (mitdb, ptb-xl, ludb, cinc2017, cinc2021), or undefined where it is not at hand. */
export function dataFolder(source: string): string | undefined {
  const folder = join(root, source);
  return existsSync(folder) ? folder : undefined;
}

/** For `describe.skipIf(...)(title(...))`: the title, with the reason where the tests will skip. */
export function titleWithData(title: string, ...sources: string[]): string {
  const absent = sources.filter((source) => dataFolder(source) === undefined);
  return absent.length === 0
    ? title
    : `${title} (SKIPPED: no real records of ${absent.join(', ')}; set PQRST_DATA to a folder that holds them)`;
}
