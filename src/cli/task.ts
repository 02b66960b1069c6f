// What a command gets from main and gives back.

import type { Command } from 'commander';

export interface Progress {
  update(done: number, total: number): void;
  /** A line about the work so far. */
  note(text: string): void;
  /** Ends the bar; the next line of text starts afresh. */
  stop(): void;
}

export interface Task {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  startProgress(label: string): Progress;
  /** A line to a person, beside the result. */
  say(text: string): void;
}

/** A finished command: the same facts for a machine (--json) and for a person. */
export interface Result {
  readonly json: unknown;
  readonly text: string;
}

/** Turns a command's work into a commander action. */
export type Runner = <Options>(
  work: (options: Options, task: Task) => Promise<Result>,
) => (options: Options) => Promise<void>;

export type Register = (program: Command, run: Runner) => void;
