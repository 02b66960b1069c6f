// Prepares the checkout, then runs the tests. Passes all other arguments to vitest, which prints a summary at the end.
//   npm test
//   npm run test:full    (--full) runs the tests that take minutes instead: test/**/*.full.test.ts

import { spawnSync } from 'node:child_process';
import { binOf, root, setup } from './setup.mjs';

try {
  await setup();
  const given = process.argv.slice(2);
  const isFull = given.includes('--full');
  const vitest = [binOf('vitest'), 'run', ...given.filter((word) => word !== '--full')];
  const env = { ...process.env, PQRST_FULL: isFull ? '1' : '0' };
  const { status, error } = spawnSync(process.execPath, vitest, { cwd: root, stdio: 'inherit', env });
  if (error) throw error;
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
