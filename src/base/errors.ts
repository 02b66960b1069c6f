// The one error type of the toolkit: a sentence for a person, a code for a program.
// The sentence names the offending value, what was expected and what to do.

import { distance } from 'fastest-levenshtein';

/** What kind of error occurred. The command line exits with 2 for the codes of invalid requests. */
export type ErrorCode =
  // usage: the caller's words are off (the command line exits 2 on these)
  | 'ERR_OPTION'
  | 'ERR_UNKNOWN_CLASS'
  | 'ERR_UNKNOWN_PRESET'
  | 'ERR_UNKNOWN_ARCH'
  | 'ERR_SPEC'
  | 'ERR_RANGE'
  // input: a file or folder is not what it should be
  | 'ERR_NOT_FOUND'
  | 'ERR_PATH_OUTSIDE'
  | 'ERR_WFDB_HEADER'
  | 'ERR_WFDB_FORMAT'
  | 'ERR_WFDB_SIGNAL'
  | 'ERR_WFDB_ANNOTATION'
  | 'ERR_CSV'
  | 'ERR_NPY'
  | 'ERR_SIGNAL'
  | 'ERR_DATA_EMPTY'
  | 'ERR_MODEL'
  | 'ERR_CHECKPOINT'
  | 'ERR_CORPUS'
  // work: something failed while it was being done
  | 'ERR_GRAPH'
  | 'ERR_ENGINE'
  | 'ERR_DIVERGED'
  | 'ERR_DEVICE'
  | 'ERR_EXPORT_PARITY'
  | 'ERR_FETCH'
  | 'ERR_WRITE'
  | 'ERR_INTERRUPTED'
  | 'ERR_NATIVE_LOAD'
  | 'ERR_NATIVE'
  | 'ERR_RING';

const usageCodes: ReadonlySet<ErrorCode> = new Set([
  'ERR_OPTION',
  'ERR_UNKNOWN_CLASS',
  'ERR_UNKNOWN_PRESET',
  'ERR_UNKNOWN_ARCH',
  'ERR_SPEC',
  'ERR_RANGE',
]);

/**
 * Reports every failure of the toolkit: a message for a person, and a code for a program.
 *
 * @example
 * ```ts
 * import { PqrstError, Synthesizer } from 'pqrst/synth';
 *
 * try {
 *   new Synthesizer({ preset: 'papre', fsHz: 250, seconds: 10, seed: 1 });
 * } catch (error) {
 *   if (error instanceof PqrstError) console.log(error.code); // ERR_UNKNOWN_PRESET
 * }
 * ```
 */
export class PqrstError extends Error {
  override readonly name = 'PqrstError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True where the caller's own words are at fault, not a file and not the machine. */
  get isUsage(): boolean {
    return usageCodes.has(this.code);
  }
}

/** `; did you mean "aflt"?` for a near miss, else the list of what there is. */
export function suggest(given: string, known: readonly string[]): string {
  // Of equally near ones that of like length: letters swapped ("alft") count as two changes.
  const far = (name: string) => distance(given, name) + Math.abs(name.length - given.length) / 100;
  const nearest = [...known].sort((a, b) => far(a) - far(b))[0] ?? '';
  const near = nearest !== '' && distance(given, nearest) <= Math.max(2, Math.floor(nearest.length / 3));
  return near ? `; did you mean "${nearest}"?` : `; expected one of ${known.join(', ')}`;
}
