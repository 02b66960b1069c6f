// Turns failures of object storage into messages that say what to do. An error of the AWS SDK can contain the key, the
// signature or the token of the request, so it is never attached as the cause: only its name and status are.

import { PqrstError } from '../base/errors.js';

/** What the SDK states about a failure. */
interface Failure {
  readonly name: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly attempts: number;
}

/** Returns the name, the code of the system, the HTTP status and the number of attempts of a failure. */
export function failureOf(error: unknown): Failure {
  const { name, code, $metadata } = error as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  };
  return {
    name: typeof name === 'string' ? name : 'Error',
    code: typeof code === 'string' ? code : undefined,
    status: $metadata?.httpStatusCode,
    attempts: $metadata?.attempts ?? 1,
  };
}

const credentialNames: readonly string[] = [
  ...['AccessDenied', 'AccountProblem', 'AllAccessDisabled', 'ExpiredToken', 'ExpiredTokenException'],
  ...['Forbidden', 'InvalidAccessKeyId', 'InvalidToken', 'SignatureDoesNotMatch', 'TokenRefreshRequired'],
];

/** How long a request may take, for messages. */
export interface Limits {
  readonly timeoutMs: number;
}

/**
 * Returns the error about a failed request.
 *
 * @param address - the object, or the store
 * @param bucket - the bucket, for messages about it
 */
export function storeError(
  doing: 'read' | 'write' | 'list' | 'remove',
  address: string,
  bucket: string,
  error: unknown,
  limits: Limits,
): PqrstError {
  if (error instanceof PqrstError) return error;
  const failure = failureOf(error);
  const { name, status, code } = failure;
  const shown = [name, status === undefined ? undefined : `HTTP ${status}`, code === name ? undefined : code];
  const cause = new Error(shown.filter((word) => word !== undefined).join(', '));
  const why = reasonOf(failure, bucket, limits);
  return new PqrstError('ERR_STORE', `could not ${doing} ${address}: ${why}`, { cause });
}

function reasonOf({ name, status, code, attempts }: Failure, bucket: string, { timeoutMs }: Limits): string {
  const tries = attempts > 1 ? ` in ${attempts} attempts` : '';
  if (name === 'NoSuchBucket') {
    return `there is no bucket ${bucket}; create it, or check the address and the account`;
  }
  if (/^CredentialsProviderError$|CredentialsError$|^TokenProviderError$/.test(name)) {
    return 'no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run "aws sso login"';
  }
  if (
    status === 301 ||
    status === 307 ||
    /Redirect$|^AuthorizationHeaderMalformed$|^IllegalLocation/.test(name)
  ) {
    return `the bucket ${bucket} is in another region; set AWS_REGION to its region`;
  }
  if (name === 'RequestTimeTooSkewed') return 'the clock of this machine is wrong; set it';
  if (status === 401 || status === 403 || credentialNames.includes(name)) {
    return `the server refuses the credentials (${name === 'Unknown' ? `HTTP ${status}` : name}); check that they are valid and may use the bucket ${bucket}`;
  }
  if (name === 'TimeoutError' || code === 'ETIMEDOUT') {
    return `the server sent nothing for ${timeoutMs / 1000} s${tries}; check the network, then run the command again`;
  }
  if (status !== undefined && (status >= 500 || status === 429)) {
    return `the server answered ${status} ${name}${tries}; run the command again later`;
  }
  if (/^Region is missing/.test(name) || name === 'RegionMissing') {
    return 'the region is missing; set AWS_REGION';
  }
  if (code !== undefined && status === undefined) {
    return `the server cannot be reached (${code})${tries}; check the network and AWS_ENDPOINT_URL`;
  }
  const answer = status === undefined ? name : `${status} ${name}`;
  return `the server answered ${answer}${tries}; check that it is an S3 server and supports this request`;
}
