// `pqrst status`: shows how far the parts of a queue are.

import { plural } from '../base/text.js';
import { partsPerHour } from '../queue/rate.js';
import { duration } from './progress.js';
import { type QueueFlags, queueOption, withQueue } from './queue-options.js';
import type { Register, Result } from './task.js';

const shownNotes = 20;

export const registerStatus: Register = (program, run) => {
  program
    .command('status')
    .summary('show the parts of a queue')
    .description(
      'Shows how many parts of a queue wait, run, are done and failed, with the reason of each failure, the rate and the time left.',
    )
    .addOption(queueOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Exit code 0: no part failed; 1: parts failed. pqrst submit with the same options starts them again.

Examples:
  $ pqrst status --queue queue
  $ pqrst status --queue redis://10.0.0.7 --json`,
    )
    .action(run<QueueFlags>(status));
};

async function status(options: QueueFlags): Promise<Result> {
  const { name, found } = await withQueue(options, false, async (store) => ({
    name: store.name,
    found: await store.status(),
  }));
  const { waiting, delayed, blocked, active, done, failed, failures, notes, doneAtMs } = found;
  const left = waiting + delayed + blocked + active;
  const perHour = partsPerHour(doneAtMs, Date.now());
  const leftMs = perHour > 0 && left > 0 ? (left / perHour) * 3_600_000 : undefined;
  const rest = [
    ...(delayed > 0 ? [`${delayed} after a failure`] : []),
    ...(blocked > 0 ? [`${blocked} for other parts`] : []),
  ];
  const waits = rest.length === 0 ? '' : `, and ${rest.join(', ')}`;
  const total = left + done + failed;
  const list = [
    ...failures.map((one) => `  ${one.name} failed after ${plural(one.attempts, 'attempt')}: ${one.message}`),
    ...notes.map((one) => `  ${one.name} waits: ${one.message}`),
  ];
  return {
    exitCode: failed === 0 ? 0 : 1,
    json: {
      ...{ queue: name, waiting, delayed, blocked, active, done, failed },
      ...{ partsPerHour: perHour, secondsLeft: leftMs === undefined ? null : leftMs / 1000, failures, notes },
    },
    text: [
      `${name}: ${done} of ${plural(total, 'part')} done, ${active} running, ${waiting} waiting${waits}, ${failed} failed`,
      ...(perHour > 0
        ? [
            `${perHour.toFixed(perHour < 10 ? 1 : 0)} parts an hour${leftMs === undefined ? '' : `, ${duration(leftMs)} left`}`,
          ]
        : []),
      ...list.slice(0, shownNotes),
      ...(list.length > shownNotes
        ? [`  and ${list.length - shownNotes} more (--json lists up to 200)`]
        : []),
    ].join('\n'),
  };
}
