// The interface between `main` and a command: the input of a command and its result.

import type { Command } from 'commander';

/** The part of a writable stream that the command line needs. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Shows how far a command is. */
export interface Progress {
  update(done: number, total: number): void;
  /** Writes a line about the work so far. */
  note(text: string): void;
  /** States what the work does now. The bar or the next line shows it. */
  activity(text: string): void;
  /** Ends the bar, so that the next text starts on a new line. */
  stop(): void;
}

/** What a command receives from `main`. */
export interface Task {
  /** Aborted when the user interrupts the command (Ctrl-C). */
  readonly signal: AbortSignal;
  startProgress(label: string): Progress;
  /** Writes a line for the reader to stderr, beside the result. */
  say(text: string): void;
}

/** The result of a command: the same facts for a program (--json) and for a reader. */
export interface Result {
  readonly json: unknown;
  readonly text: string;
  /** 0 (default), 1 if the command ran and its answer is negative, or 3 if it skipped records that cannot be read. */
  readonly exitCode?: 0 | 1 | 3;
}

/** Turns a command's work into a commander action. */
export type Runner = <Options>(
  work: (options: Options, task: Task) => Promise<Result>,
) => (options: Options) => Promise<void>;

/** Adds a command to the program. */
export type Register = (program: Command, run: Runner) => void;
