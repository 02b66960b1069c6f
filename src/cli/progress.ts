// Shows progress on stderr: a bar on a terminal, otherwise one plain line per tenth of the work.

import cliProgress from 'cli-progress';
import { printable } from '../base/text.js';
import type { Progress, Terminal } from './task.js';

/** Returns the function that starts a progress bar, or progress lines, on `stderr` under a label. */
export function progressOn(stderr: Terminal): (label: string) => Progress {
  return (given) => {
    const label = printable(given);
    return stderr.isTTY ? bar(label, stderr as NodeJS.WriteStream) : lines(label, stderr);
  };
}

function bar(label: string, stream: NodeJS.WriteStream): Progress {
  const single = new cliProgress.SingleBar({
    format: `${label} {bar} {value}/{total}  {eta_formatted} left  {note}`,
    stream,
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
    note: (note) => single.update({ note: printable(note) }),
    stop: () => single.stop(),
  };
}

function lines(label: string, stderr: Terminal): Progress {
  let shown = -1;
  return {
    update(done, total) {
      const tenth = total === 0 ? 0 : Math.floor((done / total) * 10);
      if (tenth === shown) return;
      shown = tenth;
      stderr.write(`${label}: ${done}/${total}\n`);
    },
    note: (text) => void stderr.write(`${label}: ${printable(text)}\n`),
    stop: () => undefined,
  };
}
