// Runs the tests in three projects. test/projects.ts assigns each file of test/ to one of the first two.
// - `unit` runs on the sources, without a build, and its files share the loaded modules of their fork.
// - `process` imports the build (`#lib/...` is `dist/...`), so it tests the shipped code with its worker threads.
// - `service` tests the build of packages/service.
// Files named `*.full.test.ts` take minutes: `npm run test:full` runs them. `npm test` runs the projects above.
// Two forks run at a time, because the tests are made for a machine with two cores.

import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { projects } from './test/projects.js';
import { LongestFirst } from './test/sequencer.js';

const isFull = process.env.PQRST_FULL === '1';
const timeout = isFull ? 600_000 : 60_000;
const heavy = 'test/**/*.full.test.ts';
const { unit, process: starting } = projects();

const sources = { find: /^#lib\/(.*)\.js$/, replacement: `${join(import.meta.dirname, 'src')}/$1.ts` };
const everyRun = [
  { extends: true as const, test: { name: 'process', include: starting } },
  {
    extends: true as const,
    resolve: { alias: [sources] },
    test: { name: 'unit', include: unit, isolate: false },
  },
  { extends: true as const, test: { name: 'service', include: ['packages/service/test/**/*.test.ts'] } },
];
const fullRun = [{ extends: true as const, test: { name: 'full', include: [heavy] } }];

export default defineConfig({
  test: {
    projects: isFull ? fullRun : everyRun,
    exclude: [...configDefaults.exclude],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: timeout,
    hookTimeout: timeout,
    // The bundle that Node would load does not contain the gradients of tfjs. Its modules contain them.
    server: { deps: { inline: [/@tensorflow/] } },
  },
});
