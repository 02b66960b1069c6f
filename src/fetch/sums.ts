// Parses SHA256SUMS.txt of a release, which has one hash and one file name per line. The names come from outside, so
// each must be a plain path below the folder; all are checked before any is used.

import { PqrstError } from '../base/errors.js';

/** A file of a release. */
export interface SumsEntry {
  /** Path relative to the release, with `/`. */
  readonly name: string;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

const line = /^([0-9a-fA-F]{64})\s+\*?(\S.*)$/;

/**
 * Parses the list and returns each file once. `from` names the source of the text in messages.
 *
 * @throws PqrstError ERR_FETCH: when the text is not a list of hashes.
 * @throws PqrstError ERR_PATH_OUTSIDE: when a name is not a plain path.
 */
export function parseSums(text: string, from: string): SumsEntry[] {
  const sums = new Map<string, string>();
  for (const [at, row] of text.split(/\r?\n/).entries()) {
    if (row.trim() === '') continue;
    const [, hash, given] = line.exec(row) ?? [];
    if (hash === undefined || given === undefined) {
      const shown = JSON.stringify(row.slice(0, 60));
      const advice = 'check that it is the address of a release, and that no login page answers instead';
      throw new PqrstError(
        'ERR_FETCH',
        `${from}, line ${at + 1}, must be a SHA-256 and a name, got ${shown}; ${advice}`,
      );
    }
    const name = given.trimEnd().replace(/^\.\//, '');
    if (!isPlainPath(name)) {
      const problem = `${from}, line ${at + 1}, names ${JSON.stringify(given)}, which points outside its folder`;
      throw new PqrstError('ERR_PATH_OUTSIDE', `${problem}; no file of this list is downloaded`);
    }
    const sha256 = hash.toLowerCase();
    if ((sums.get(name) ?? sha256) !== sha256) {
      throw new PqrstError(
        'ERR_FETCH',
        `${from} states two hashes for "${name}"; no file of this list is downloaded`,
      );
    }
    sums.set(name, sha256);
  }
  return [...sums].map(([name, sha256]) => ({ name, sha256 }));
}

/** Returns true for a relative path without `..`, control characters and separators of other systems. */
function isPlainPath(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for control characters
  if (/[\\:\u0000-\u001f]/.test(name)) return false;
  return name.split('/').every((step) => step !== '' && step !== '.' && step !== '..');
}
