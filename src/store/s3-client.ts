// Loads the AWS SDK, an optional package, and makes a client with limits of attempts and of silence.

import type * as Sdk from '@aws-sdk/client-s3';
import { PqrstError } from '../base/errors.js';
import type { StoreOptions } from './store.js';

const defaultTimeoutMs = 20_000;
const defaultAttempts = 6;
const sockets = 32;

/** The SDK, a client, and its limits. */
export interface Connection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  readonly timeoutMs: number;
  readonly attempts: number;
}

/**
 * Makes a client. Region, endpoint and credentials come from the SDK's own chain.
 *
 * @throws PqrstError ERR_STORE: when the package is not installed.
 */
export async function connect(options: StoreOptions): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3').catch((cause) => {
    throw new PqrstError(
      'ERR_STORE',
      's3 addresses need the package @aws-sdk/client-s3, which is not installed; run "npm install @aws-sdk/client-s3"',
      { cause },
    );
  });
  const { timeoutMs = defaultTimeoutMs } = options;
  const stated = Number(process.env.AWS_MAX_ATTEMPTS);
  const attempts = options.attempts ?? (stated >= 1 ? Math.floor(stated) : defaultAttempts);
  // Other servers than that of AWS have no host name per bucket.
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const isOther = endpoint !== undefined && endpoint !== '';
  const client = new sdk.S3Client({
    maxAttempts: attempts,
    retryMode: 'standard',
    followRegionRedirects: true,
    requestHandler: {
      connectionTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      httpAgent: { maxSockets: sockets, keepAlive: true },
      httpsAgent: { maxSockets: sockets, keepAlive: true },
    },
    ...(isOther && { forcePathStyle: true }),
    ...(isOther && !hasRegion() && { region: 'us-east-1' }),
  });
  return { sdk, client, timeoutMs, attempts };
}

/** Returns whether the environment states a region. Other servers take any region. */
function hasRegion(): boolean {
  return [process.env.AWS_REGION, process.env.AWS_DEFAULT_REGION, process.env.AWS_PROFILE].some(Boolean);
}
