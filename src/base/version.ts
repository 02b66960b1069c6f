// Reads the version of the package from package.json.

import { fileURLToPath } from 'node:url';
import { readBeginningSync } from './open-file.js';

/** The description of the package is smaller than this. */
const packageBytes = 2 ** 16;

/** Returns the version of the package, for example '0.1.0'. */
export function packageVersion(): string {
  const path = fileURLToPath(new URL('../../package.json', import.meta.url));
  const text = Buffer.from(readBeginningSync(path, packageBytes)).toString('utf8');
  return (JSON.parse(text) as { version: string }).version;
}
