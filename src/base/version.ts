// The version of the package; package.json is the only place where it is written.

import { readFileSync } from 'node:fs';

/** For example '0.1.0'. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
