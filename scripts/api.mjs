// Writes the API reference from the doc comments: docs/api/*.md, one page per entrance and an index, and
// docs/api/report/pqrst.api.md, the public surface as API Extractor reports it. The build must be up to date.
//   npm run api             writes the files
//   npm run api -- --check  fails where a file differs from what it would write
// A type in a public signature that the package does not export is an error.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEntrances } from './api/entrances.mjs';
import { extractApi } from './api/extract.mjs';
import { indexPage, pageOf } from './api/page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs/api');

const { items, report, faults, expandType } = extractApi(root);
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
const entrances = readEntrances(root, items);
const files = new Map([
  ['README.md', indexPage(entrances)],
  ...entrances.map((entrance) => [`${entrance.name}.md`, pageOf(entrance, entrances, expandType)]),
  ['report/pqrst.api.md', report],
]);

const isCheck = process.argv.includes('--check');
const drifted = [...files].filter(
  ([name, text]) => !existsSync(join(folder, name)) || readFileSync(join(folder, name), 'utf8') !== text,
);
const orphans = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.md') && !files.has(name))
  : [];
const stale = [...drifted.map(([name]) => name), ...orphans].map((name) => `docs/api/${name}`);
if (isCheck) {
  if (stale.length > 0) {
    console.error(
      `the API reference is out of date: ${stale.join(', ')}; run "npm run api" and commit the result`,
    );
    process.exit(1);
  }
  console.log(`docs/api: ${files.size} files are up to date`);
} else {
  for (const name of orphans) rmSync(join(folder, name));
  for (const [name, text] of drifted) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  console.log(stale.length === 0 ? 'docs/api: nothing has changed' : `wrote ${stale.join(', ')}`);
}
