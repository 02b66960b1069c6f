// The answer of `pqrst info PATH`, before it is printed.

import { PqrstError } from '../base/errors.js';

/** What a path is. */
export interface Found {
  /** One sentence without its subject: `a corpus of pqrst synth`. */
  readonly what: string;
  readonly facts: Readonly<Record<string, string | number>>;
  /** The commands that take it. */
  readonly next: readonly string[];
  /** What is wrong with it; absent if the check found nothing. `info` then exits with 1. */
  readonly damage?: string;
}

/** Returns the message of a check of a file that pqrst refuses; undefined if the check passes. */
export async function damageOf(check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof PqrstError) return error.message;
    throw error;
  }
}

/** Returns a path as a shell takes it. */
export function word(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
