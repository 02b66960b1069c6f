// Runs each program of examples/ without arguments. Each must exit with 0 and print something.
//   node scripts/examples.mjs

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

await setup();
for (const name of readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.mjs'))) {
  console.log(`\n--- examples/${name}`);
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'examples', name)], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(stdout);
  if (status !== 0 || stdout.trim() === '') {
    console.error(
      `examples/${name} failed: it exited with ${status}${stdout.trim() === '' ? ' and printed nothing' : ''}`,
    );
    process.exit(1);
  }
}
