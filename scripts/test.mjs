// npm test: sets the checkout up, then runs the tests; --full: the checks of minutes (npm run test:full) instead; other
// arguments go to vitest. Ends with vitest's own summary.

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
