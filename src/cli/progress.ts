// Shows progress on stderr: a bar on a terminal; otherwise one line when the work starts and one per minute, with the time
// left. A line also appears if the work reports nothing for a minute, so long work never looks dead.

import cliProgress from 'cli-progress';
import { printable } from '../base/text.js';
import type { Progress, Task, Terminal } from './task.js';

const lineEveryMs = 60_000;
/** The bar appears with the first report, or after this time. Work that fails at once shows none. */
const barAfterMs = 1000;

/** Returns the function that starts a progress bar, or progress lines, on `stderr` under a label. */
export function progressOn(stderr: Terminal): (label: string) => Progress {
  return (given) => {
    const label = printable(given);
    return stderr.isTTY ? bar(label, stderr as NodeJS.WriteStream) : lines(label, stderr);
  };
}

/** Estimates the time that is left from the work done since the first report. */
export class Pace {
  readonly #startMs = performance.now();
  #first: { readonly done: number; readonly ms: number } | undefined;
  #leftMs: { readonly ms: number; readonly at: number } | undefined;

  /** Takes a report. Work that was finished before the first one does not count. */
  update(done: number, total: number): void {
    const now = performance.now();
    if (this.#first === undefined || done < this.#first.done) {
      this.#first = { done, ms: now };
      this.#leftMs = undefined;
    }
    const own = done - this.#first.done;
    if (own > 0) this.#leftMs = { ms: ((now - this.#first.ms) / own) * (total - done), at: now };
  }

  /** Returns the estimate in ms, less the time since the last report; undefined before two reports. */
  leftMs(): number | undefined {
    if (this.#leftMs === undefined) return undefined;
    return Math.max(0, this.#leftMs.ms - (performance.now() - this.#leftMs.at));
  }

  /** Returns `12 min left`, or `3 min so far` if there is no estimate or the work takes longer than estimated. */
  text(): string {
    const left = this.leftMs();
    if (left !== undefined && left > 0) return `${duration(left)} left`;
    return `${duration(performance.now() - this.#startMs)} so far`;
  }
}

/** Measures records per second since the first report. */
export class Rate {
  #first: { readonly done: number; readonly ms: number } | undefined;

  /** Returns `1234 records/s`; empty at the first report. */
  text(done: number): string {
    const ms = performance.now();
    this.#first ??= { done, ms };
    const rate = (1000 * (done - this.#first.done)) / (ms - this.#first.ms);
    return rate > 0 ? `${Number(rate.toPrecision(3))} records/s` : '';
  }
}

/** Returns a time as `40 s`, `12 min` or `3 h 20 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function bar(label: string, stream: NodeJS.WriteStream): Progress {
  const single = new cliProgress.SingleBar({
    format: `${label} {bar} {value}/{total}  {left}  {note}`,
    stream,
    hideCursor: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  const pace = new Pace();
  let isShown = false;
  const show = () => {
    if (!isShown) single.start(1, 0, { left: '', note: '' });
    isShown = true;
  };
  const timer = setTimeout(show, barAfterMs);
  const clock = setInterval(() => {
    if (isShown) single.update({ left: pace.text() });
  }, barAfterMs);
  clock.unref();
  const note = (text: string) => {
    show();
    single.update({ note: printable(text) });
  };
  return {
    update(done, total) {
      show();
      pace.update(done, total);
      single.setTotal(total);
      single.update(done, { left: pace.text() });
    },
    note,
    activity: note,
    stop() {
      clearTimeout(timer);
      clearInterval(clock);
      single.stop();
    },
  };
}

function lines(label: string, stderr: Terminal): Progress {
  const pace = new Pace();
  let [counts, doing, shownMs] = ['', '', performance.now()];
  const show = (...parts: readonly string[]) => {
    shownMs = performance.now();
    timer.refresh();
    stderr.write(`${label}: ${parts.filter(Boolean).join(', ')}\n`);
  };
  const showState = () => show(counts, pace.text(), doing);
  // Work that keeps this thread busy lets no timer run, so each report also looks at the clock.
  const showDue = () => {
    if (performance.now() - shownMs >= lineEveryMs) showState();
  };
  const timer = setTimeout(showState, lineEveryMs);
  timer.unref();
  return {
    update(done, total) {
      const isFirst = counts === '';
      pace.update(done, total);
      counts = `${done}/${total}`;
      if (isFirst) show(counts);
      else showDue();
    },
    note: (text) => void stderr.write(`${label}: ${printable(text)}\n`),
    activity(text) {
      doing = printable(text);
      showDue();
    },
    stop: () => clearTimeout(timer),
  };
}

/** Returns a function that shows one progress line per step. */
export function stepsOf(task: Task) {
  let shown: { readonly step: string; readonly progress: ReturnType<Task['startProgress']> } | undefined;
  const stop = () => {
    shown?.progress.stop();
    shown = undefined;
  };
  const onStep = (step: string, done: number, total: number) => {
    if (shown?.step !== step) {
      stop();
      shown = { step, progress: task.startProgress(step) };
    }
    shown.progress.update(done, total);
  };
  return { onStep, stop };
}
