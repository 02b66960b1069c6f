// Writes test/durations.json, the seconds of each test file, from reports of vitest's JSON reporter. Files that a
// report does not mention keep their record as long as they exist.
//   node scripts/test-durations.mjs build/ci/tests.json [build/ci/full.json ...]

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'test/durations.json');
const reports = process.argv.slice(2);
if (reports.length === 0)
  throw new Error('name at least one report of vitest (--reporter=json --outputFile=...)');

const seconds = new Map(existsSync(target) ? Object.entries(JSON.parse(readFileSync(target, 'utf8'))) : []);
for (const report of reports) {
  for (const { name, startTime, endTime } of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const path = relative(root, name).split(sep).join('/');
    seconds.set(path, Math.round((endTime - startTime) / 100) / 10);
  }
}
const kept = [...seconds]
  .filter(([path]) => existsSync(join(root, path)))
  .sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(target, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
console.log(
  `test/durations.json: ${kept.length} files, ${kept.reduce((sum, [, one]) => sum + one, 0).toFixed(0)} s`,
);
