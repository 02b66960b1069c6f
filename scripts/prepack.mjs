// Refuses to pack or publish a package that could not work: without a compiled kernel, without the compiled TypeScript,
// or with files in dist/ that no longer have a source. npm runs it before `npm pack` and `npm publish`.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const list = (folder) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder), { recursive: true }).map(String) : [];

const dist = list('dist');
// A source map names a source that the package does not contain.
const orphans = dist.filter(
  (file) =>
    file.endsWith('.map') ||
    (file.endsWith('.js') && !existsSync(join(root, 'src', file.replace(/\.js$/, '.ts')))),
);
const faults = [
  !list('prebuilds').some((file) => file.endsWith('.node')) &&
    'prebuilds/ contains no compiled kernel, so the package would work on no machine; type: npm run prebuilds ' +
      '(for this machine), or collect the folders that the workflow "prebuilds" builds for every system',
  !dist.includes('index.js') && 'dist/ contains no compiled TypeScript; type: npm run setup',
  orphans.length > 0 &&
    `dist/ contains files without a source (${orphans.slice(0, 3).join(', ')}${orphans.length > 3 ? ', ...' : ''}); ` +
      'delete dist/ and type: npm run setup',
].filter(Boolean);

if (faults.length > 0) {
  console.error(`pqrst cannot be packed: ${faults.join('\nalso: ')}`);
  process.exitCode = 1;
}
