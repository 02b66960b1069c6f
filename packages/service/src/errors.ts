// Errors of the service with their HTTP status, and the status of an error of the library.

import { type ErrorCode, PqrstError } from 'pqrst/evaluate';

/** The code of an error in an answer. */
export type ServiceCode =
  | ErrorCode
  | 'ERR_REQUEST'
  | 'ERR_KEY'
  | 'ERR_NO_ROUTE'
  | 'ERR_METHOD'
  | 'ERR_TOO_LARGE'
  | 'ERR_BUSY'
  | 'ERR_STOPPING'
  | 'ERR_TIMEOUT'
  | 'ERR_CANCELLED'
  | 'ERR_INTERNAL';

/** A request that the service refuses. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  /** The HTTP status of the answer. */
  readonly status: number;
  /** The kind of the error, for a program. */
  readonly code: ServiceCode;
  /** Seconds after which the client may try again. */
  readonly retryAfterS: number | undefined;

  /**
   * @param status - the HTTP status of the answer.
   * @param code - the kind of the error, for a program.
   * @param message - the text for a person: what was found, what was expected, and what to do.
   * @param retryAfterS - seconds after which the client may try again.
   */
  constructor(status: number, code: ServiceCode, message: string, retryAfterS?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

/** Returns a refusal of a request that is not as documented. */
export function badRequest(message: string): ServiceError {
  return new ServiceError(400, 'ERR_REQUEST', message);
}

/** Codes of the library that blame the recording, the options or the job of the client. */
const clientCodes: ReadonlySet<ErrorCode> = new Set([
  ...(['ERR_OPTION', 'ERR_RANGE', 'ERR_NOT_FOUND', 'ERR_PATH_OUTSIDE', 'ERR_SIGNAL'] as const),
  ...(['ERR_WFDB_HEADER', 'ERR_WFDB_FORMAT', 'ERR_WFDB_SIGNAL', 'ERR_WFDB_ANNOTATION'] as const),
  ...(['ERR_EDF', 'ERR_CSV', 'ERR_NPY', 'ERR_HDF5', 'ERR_DATA_EMPTY', 'ERR_DATA_UNREADABLE'] as const),
  ...(['ERR_UNKNOWN_PRESET', 'ERR_UNKNOWN_CLASS', 'ERR_SPEC', 'ERR_CLASS_FILE', 'ERR_CORPUS'] as const),
]);

/** An error as the client gets it. */
export interface Refusal {
  readonly status: number;
  readonly code: ServiceCode;
  readonly message: string;
  readonly retryAfterS?: number | undefined;
}

/** Returns what the client gets for an error. Unexpected errors give no details. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof ServiceError) return error;
  if (error instanceof PqrstError) {
    const { code, message } = error;
    // A model answers NaN or a value outside [0, 1] for signals that it cannot take.
    if (code === 'ERR_MODEL') return { status: 422, code, message };
    if (code === 'ERR_QUEUE') return { status: 503, code, message };
    return { status: clientCodes.has(code) ? 400 : 500, code, message };
  }
  return { status: 500, code: 'ERR_INTERNAL', message: 'the service failed; its log says why' };
}
