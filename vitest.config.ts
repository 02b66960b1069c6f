import { defineConfig } from 'vitest/config';

// The tests import the built library (`#lib/...` is `dist/...`), so they judge what is shipped,
// worker threads included. Two forks: the machine the suite is sized for has two cores.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // the bundle that Node would load leaves tfjs's gradients out; its modules have them
    server: { deps: { inline: [/@tensorflow/] } },
  },
});
