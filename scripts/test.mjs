// npm test: sets the checkout up, then runs the tests. Other arguments go to vitest, whose summary comes last.
//   --quick   npm run test:quick: the types of sources and tests, then the project `unit`, which needs no build
//   --full    npm run test:full: the checks of minutes instead

import { spawnSync } from 'node:child_process';
import { binOf, root, setup, step } from './setup.mjs';

function typeCheck(config) {
  return step(`checking the types of ${config}`, [
    process.execPath,
    binOf('typescript', 'tsc'),
    '-p',
    config,
    '--noEmit',
  ]);
}

try {
  const given = new Set(process.argv.slice(2));
  const [isQuick, isFull] = [given.delete('--quick'), given.delete('--full')];
  await setup({ compile: !isQuick });
  if (isQuick) await Promise.all(['tsconfig.json', 'tsconfig.test.json'].map(typeCheck));
  const vitest = [binOf('vitest'), 'run', ...(isQuick ? ['--project', 'unit'] : []), ...given];
  const env = { ...process.env, PQRST_FULL: isFull ? '1' : '0' };
  const { status, error } = spawnSync(process.execPath, vitest, { cwd: root, stdio: 'inherit', env });
  if (error) throw error;
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
