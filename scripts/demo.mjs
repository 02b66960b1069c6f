// Runs the demo from a fresh checkout: installs and builds what is missing, then runs dist/cli/demo/demo.js. The real
// records come from the folder that PQRST_DATA names, or from ../shared/data.
//   npm run demo

import { join } from 'node:path';
import { root, setup } from './setup.mjs';

const interruption = new AbortController();
process.once('SIGINT', () =>
  interruption.abort(new Error('interrupted; demo-out contains no partial report')),
);

try {
  await setup();
  const { demo } = await import('../dist/cli/demo/demo.js');
  const { progressOn } = await import('../dist/cli/progress.js');
  const dataFolder = process.env.PQRST_DATA || join(root, '..', 'shared', 'data');
  const { report, verdict } = await demo(join(root, 'demo-out'), dataFolder, {
    signal: interruption.signal,
    startProgress: progressOn(process.stderr),
    say: (sentence) => console.error(sentence),
  });
  for (const sentence of verdict) console.log(sentence);
  console.log(`pqrst: the report is ${report}; open it in a browser`);
} catch (error) {
  console.error(error.code === undefined && !interruption.signal.aborted ? error : error.message);
  process.exitCode = interruption.signal.aborted ? 130 : 1;
}
