// npm test: sets the checkout up, then runs the tests; arguments go to vitest. Ends with vitest's own summary.

import { spawnSync } from 'node:child_process';
import { binOf, root, setup } from './setup.mjs';

try {
  await setup();
  const vitest = [binOf('vitest'), 'run', ...process.argv.slice(2)];
  const { status, error } = spawnSync(process.execPath, vitest, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
