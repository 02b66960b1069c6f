// API keys. A key is compared by its hash and in constant time, so that the time of a refusal says nothing about it.

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ServiceError } from '../errors.js';

const hashOf = (text: string) => createHash('sha256').update(text).digest();

/** The keys that the service accepts. */
export class ApiKeys {
  readonly #hashes: readonly Buffer[];

  /** @param keys - the accepted keys; none: every request is accepted. */
  constructor(keys: readonly string[]) {
    this.#hashes = keys.map(hashOf);
  }

  /** True if requests need a key. */
  get areNeeded(): boolean {
    return this.#hashes.length > 0;
  }

  /**
   * Checks the key of a request: `Authorization: Bearer KEY`, or `X-API-Key: KEY`.
   *
   * @throws ServiceError ERR_KEY: when it is missing or wrong.
   */
  check(authorization: string | undefined, apiKey: string | undefined): void {
    if (!this.areNeeded) return;
    const given = hashOf(/^Bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? apiKey ?? '');
    // All hashes are compared, also after one that fits.
    const fits = this.#hashes.map((hash) => timingSafeEqual(hash, given));
    if (fits.includes(true)) return;
    throw new ServiceError(
      401,
      'ERR_KEY',
      'the API key is missing or wrong; send the header "Authorization: Bearer KEY"',
    );
  }
}

/**
 * Reads keys from a file, one per line; empty lines and lines that start with # are skipped.
 *
 * @throws Error: when the file cannot be read or holds no key.
 */
export async function readKeys(path: string): Promise<string[]> {
  const keys = (await readFile(path, 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw new Error(`the file of API keys ${path} holds no key; write one key per line`);
  return keys;
}
