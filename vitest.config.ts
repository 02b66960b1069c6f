import { configDefaults, defineConfig } from 'vitest/config';

// The tests import the built library (`#lib/...` is `dist/...`), so they judge what is shipped,
// worker threads included. Two forks: the machine the suite is sized for has two cores.
// `*.full.test.ts` are the checks of minutes: `npm run test:full` runs them, `npm test` the others.
const heavy = 'test/**/*.full.test.ts';
const isFull = process.env.PQRST_FULL === '1';

export default defineConfig({
  test: {
    include: [isFull ? heavy : 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(isFull ? [] : [heavy])],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: isFull ? 600_000 : 60_000,
    hookTimeout: isFull ? 600_000 : 60_000,
    // the bundle that Node would load leaves tfjs's gradients out; its modules have them
    server: { deps: { inline: [/@tensorflow/] } },
  },
});
