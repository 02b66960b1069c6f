// The only error type of the package. Each error has a message for a person and a code for a program.
// The message states the value that was found, what was expected, and what the reader can do.

import { distance } from 'fastest-levenshtein';
import { printable, shortened } from './text.js';

/** Identifies the kind of an error, so that a program does not have to parse the message. */
export type ErrorCode =
  // Usage: an argument or option is wrong. The command line exits with status 2.
  | 'ERR_OPTION'
  | 'ERR_UNKNOWN_CLASS'
  | 'ERR_UNKNOWN_PRESET'
  | 'ERR_UNKNOWN_ARCH'
  | 'ERR_SPEC'
  | 'ERR_CLASS_FILE'
  | 'ERR_RANGE'
  // Input: a file or folder is missing, damaged or of the wrong kind.
  | 'ERR_NOT_FOUND'
  | 'ERR_PATH_OUTSIDE'
  | 'ERR_WFDB_HEADER'
  | 'ERR_WFDB_FORMAT'
  | 'ERR_WFDB_SIGNAL'
  | 'ERR_WFDB_ANNOTATION'
  | 'ERR_EDF'
  | 'ERR_CSV'
  | 'ERR_NPY'
  | 'ERR_HDF5'
  | 'ERR_SIGNAL'
  | 'ERR_DATA_EMPTY'
  | 'ERR_DATA_UNREADABLE'
  | 'ERR_MODEL'
  | 'ERR_CHECKPOINT'
  | 'ERR_CORPUS'
  // Work: an operation failed while it was running.
  | 'ERR_GRAPH'
  | 'ERR_ENGINE'
  | 'ERR_DIVERGED'
  | 'ERR_DEVICE'
  | 'ERR_EXPORT_PARITY'
  | 'ERR_FETCH'
  | 'ERR_STORE'
  | 'ERR_WRITE'
  | 'ERR_QUEUE'
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
  'ERR_CLASS_FILE',
  'ERR_RANGE',
]);

/**
 * Reports every failure that the package expects, with a stable `code`.
 *
 * @example
 * ```js
 * import { PqrstError, resolveArch } from 'pqrst/train';
 * try {
 *   resolveArch('resnet19');
 * } catch (error) {
 *   if (!(error instanceof PqrstError)) throw error;
 *   console.log(error.code, error.isUsage, error.message);
 * }
 * ```
 */
export class PqrstError extends Error {
  /** Always `PqrstError`, which the first line of a stack trace shows. */
  override readonly name = 'PqrstError';
  /** The kind of the error. */
  readonly code: ErrorCode;

  /**
   * Makes an error of the package.
   *
   * @param code - the kind of the error, for a program.
   * @param message - the text for a person: the value that was found, what was expected, and what the reader can do.
   *   Control characters in it are escaped. A word or a quotation of more than 200 characters and a message of more
   *   than 1000 lose their middle, because they may quote a file.
   * @param options - `cause`: the error that led to this one.
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(shortened(printable(message)), options);
    this.code = code;
  }

  /** True if an argument or option of the caller is wrong; false if a file or the machine caused the error. */
  get isUsage(): boolean {
    return usageCodes.has(this.code);
  }
}

/**
 * Returns `; did you mean "aflt"?` if exactly one known name is closest to `given` and close enough, otherwise a list
 * of all known names. A list also answers a tie, because "afib" is as close to "aflt" as to "af".
 */
export function suggest(given: string, known: readonly string[]): string {
  const near = nearest(given, known);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return `; expected ${known.length === 1 ? '' : 'one of '}${known.join(', ')}`;
}

/** Returns the known name that is closest to `given`, if exactly one is and it is close enough. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  // Swapped letters ("alft" for "aflt") count as one change.
  const lettersOf = (word: string) => [...word].sort().join('');
  const distances = known.map((name) => (lettersOf(name) === lettersOf(given) ? 1 : distance(given, name)));
  const least = Math.min(...distances);
  const [found, ...tied] = known.filter((_, at) => distances[at] === least);
  const isNear =
    found !== undefined && least < found.length && least <= Math.max(2, Math.floor(found.length / 3));
  return isNear && tied.length === 0 ? found : undefined;
}
