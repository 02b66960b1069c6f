// Progress on stderr: a bar on a terminal, plain lines (one at each tenth) elsewhere.

import cliProgress from 'cli-progress';
import type { Progress } from './task.js';

export function startProgress(label: string): Progress {
  return process.stderr.isTTY ? bar(label) : lines(label);
}

function bar(label: string): Progress {
  const single = new cliProgress.SingleBar({
    format: `${label} {bar} {value}/{total}  {eta_formatted} left  {note}`,
    stream: process.stderr,
    hideCursor: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  single.start(1, 0, { note: '' });
  return {
    update(done, total) {
      single.setTotal(total);
      single.update(done);
    },
    note: (note) => single.update({ note }),
    stop: () => single.stop(),
  };
}

function lines(label: string): Progress {
  let shown = -1;
  return {
    update(done, total) {
      const tenth = total === 0 ? 0 : Math.floor((done / total) * 10);
      if (tenth === shown) return;
      shown = tenth;
      process.stderr.write(`${label}: ${done}/${total}\n`);
    },
    note: (text) => process.stderr.write(`${label}: ${text}\n`),
    stop: () => undefined,
  };
}
