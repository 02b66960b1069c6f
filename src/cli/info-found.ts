// The answer of `pqrst info PATH`, before it is printed.

/** What a path is. */
export interface Found {
  /** One sentence without its subject: `a corpus of pqrst synth`. */
  readonly what: string;
  readonly facts: Readonly<Record<string, string | number>>;
  /** The commands that take it. */
  readonly next: readonly string[];
}

/** Returns a path as a shell takes it. */
export function word(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
