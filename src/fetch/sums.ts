// SHA256SUMS.txt of a release: a hash and a name a line. The names come from elsewhere, so each is judged before any is
// used: it must be a plain path below the folder.

import { PqrstError } from '../base/errors.js';

export interface SumsEntry {
  /** Relative to the release, with `/`. */
  readonly name: string;
  /** 64 hex digits in lower case. */
  readonly sha256: string;
}

const line = /^([0-9a-fA-F]{64})\s+\*?(\S.*)$/;

/** Each file once. ERR_FETCH: not such a list, `from` says whose; ERR_PATH_OUTSIDE: a name that is no plain path. */
export function parseSums(text: string, from: string): SumsEntry[] {
  const sums = new Map<string, string>();
  for (const [at, row] of text.split(/\r?\n/).entries()) {
    if (row.trim() === '') continue;
    const [, hash, given] = line.exec(row) ?? [];
    if (hash === undefined || given === undefined) {
      const shown = JSON.stringify(row.slice(0, 60));
      const advice = 'is it the address of a release, or does a login page answer in its place?';
      throw new PqrstError(
        'ERR_FETCH',
        `${from}, line ${at + 1}, must be a SHA-256 and a name, got ${shown}; ${advice}`,
      );
    }
    const name = given.trimEnd().replace(/^\.\//, '');
    if (!isPlainPath(name)) {
      const problem = `${from}, line ${at + 1}, names ${JSON.stringify(given)}, which points outside its folder`;
      throw new PqrstError('ERR_PATH_OUTSIDE', `${problem}; nothing is fetched by such a list`);
    }
    const sha256 = hash.toLowerCase();
    if ((sums.get(name) ?? sha256) !== sha256) {
      throw new PqrstError(
        'ERR_FETCH',
        `${from} gives two hashes for "${name}"; nothing is fetched by such a list`,
      );
    }
    sums.set(name, sha256);
  }
  return [...sums].map(([name, sha256]) => ({ name, sha256 }));
}

/** No absolute path of any system, no `..`, no control character. */
function isPlainPath(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\\:\u0000-\u001f]/.test(name)) return false;
  return name.split('/').every((step) => step !== '' && step !== '.' && step !== '..');
}
