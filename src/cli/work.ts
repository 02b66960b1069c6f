// `pqrst work`: runs the parts of a queue until a signal stops it.

import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import type { WorkEvent } from '../queue/work.js';
import { repeated, wholeNumber } from './options.js';
import { type QueueFlags, queueOption, withQueue } from './queue-options.js';
import type { Register, Result, Task } from './task.js';

interface Options extends QueueFlags {
  root?: readonly string[];
  threads?: number;
  untilEmpty?: boolean;
}

export const registerWork: Register = (program, run) => {
  program
    .command('work')
    .summary('run the parts of a queue')
    .description(
      'Runs the parts of a queue one after another, each in a process of its own, until a signal stops it. Start as many workers as you like, on any machine that reaches the queue and the folders of the work.',
    )
    .addOption(queueOption())
    .option(
      '--root <dir>',
      'folder that parts may read and write; may be repeated (default: the current folder)',
      repeated,
    )
    .option(
      '--threads <n>',
      'threads of a training (default: the cores of the machine)',
      wholeNumber('--threads', 1, 1024),
    )
    .option('--until-empty', 'end when no part is left, with exit code 1 if parts failed')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The first SIGTERM or SIGINT stops the running part, gives it back to the queue and ends the worker. What the part has
finished stays. A killed worker's part starts again on another worker within 10 s.

Examples:
  $ pqrst work --queue queue --until-empty
  $ pqrst work --queue redis://10.0.0.7 --root /data`,
    )
    .action(run<Options>(work));
};

async function work(options: Options, task: Task): Promise<Result> {
  const { workQueue } = await import('../queue/work.js');
  const { root: roots = [process.cwd()], threads, untilEmpty } = options;
  const { worked, failed } = await withQueue(options, false, async (store) => {
    task.say(`worker of ${store.name}, for files in ${roots.join(', ')}`);
    const onEvent = (event: WorkEvent) => {
      const line = lineOf(event);
      if (line !== undefined) task.say(line);
    };
    const settings = { roots, threads, untilEmpty, signal: task.signal, onEvent };
    const worked = await workQueue(store, settings);
    return { worked, failed: task.signal.aborted ? 0 : (await store.status()).failed };
  });
  const { done, lost } = worked;
  const text = `${plural(done, 'part')} done, ${worked.failed} failed, ${lost} taken over by others`;
  if (task.signal.aborted) {
    throw new PqrstError('ERR_INTERRUPTED', `stopped: ${text}; the rest waits in the queue`);
  }
  const rest = failed === 0 ? '' : `; ${plural(failed, 'part')} of the queue failed: pqrst status lists them`;
  return { json: { ...worked, queueFailed: failed }, text: `${text}${rest}`, exitCode: failed === 0 ? 0 : 1 };
}

/** Returns the line of an event in the log of a worker; undefined for progress, which `pqrst status` shows. */
function lineOf(event: WorkEvent): string | undefined {
  switch (event.kind) {
    case 'started':
      return `${event.name}: started${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'progress':
      return undefined;
    case 'done':
      return `${event.name}: done in ${event.seconds.toFixed(1)} s`;
    case 'failed':
      return `${event.name}: failed: ${event.message}`;
    case 'released':
      return `${event.name}: given back: ${event.message}`;
    case 'lost':
      return `${event.name}: another worker has it, because the queue did not hear of this one for too long`;
    case 'queue-away':
      return `the queue does not answer (${event.message}); trying again`;
    case 'queue-back':
      return 'the queue answers again';
  }
}
