// Parses the addresses of stores: a folder (`corpus`, `file:corpus`, `file:///data/corpus`) or `s3://bucket/prefix`; and
// checks the names of the objects in them. An address never contains credentials. Opens no file.

import { fileURLToPath } from 'node:url';
import { PqrstError } from '../base/errors.js';

/** A bucket, and the prefix that all names in it begin with; '' for the whole bucket. */
export interface BucketAddress {
  readonly bucket: string;
  /** Without `/` at its ends. */
  readonly prefix: string;
}

/** S3 takes keys of at most this many bytes. */
const mostNameBytes = 1024;
const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Returns whether a text is an address in object storage and not the path of a file or folder. */
export function isRemote(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/** Returns the path that a text names: the text itself, or the path of a `file:` address. */
export function localPath(text: string): string {
  if (!/^file:/i.test(text)) return text;
  const rest = text.slice('file:'.length);
  if (!rest.startsWith('//')) return rest;
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw new PqrstError(
      'ERR_OPTION',
      `${text} is not the address of a folder of this machine; write file:///absolute/path or file:relative/path`,
      { cause },
    );
  }
}

/**
 * Parses `s3://bucket/prefix`.
 *
 * @throws PqrstError ERR_OPTION: when it is not an address. The message does not repeat an address that may contain
 *   credentials.
 * @throws PqrstError ERR_PATH_OUTSIDE: when the prefix leads outside itself.
 */
export function parseBucketAddress(text: string): BucketAddress {
  const rest = text.slice('s3://'.length);
  if (/[@?#]/.test(rest)) {
    throw new PqrstError(
      'ERR_OPTION',
      'an s3 address has no "@", "?" or "#"; write s3://bucket/prefix, and give credentials by the environment or the ' +
        'AWS profile',
    );
  }
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const prefix = slash < 0 ? '' : rest.slice(slash + 1).replace(/\/$/, '');
  if (!bucketPattern.test(bucket)) {
    throw new PqrstError(
      'ERR_OPTION',
      `"${text}" names no bucket; write s3://bucket/prefix, with 3 to 63 lower-case letters, digits, dots or hyphens`,
    );
  }
  if (prefix !== '') checkName(prefix, `s3://${bucket}`);
  return { bucket, prefix };
}

/**
 * Checks the name of an object: words with `/` between them.
 *
 * @throws PqrstError ERR_PATH_OUTSIDE: when it is absolute, contains `..`, an empty word or a control character, or is
 *   too long.
 */
export function checkName(name: string, address: string): void {
  const words = name.split('/');
  const isRefused =
    words.some((word) => word === '' || word === '.' || word === '..') ||
    /[\\\p{Cc}]/u.test(name) ||
    /^[A-Za-z]:/.test(name) ||
    Buffer.byteLength(name) > mostNameBytes;
  if (!isRefused) return;
  throw new PqrstError(
    'ERR_PATH_OUTSIDE',
    `"${name}" is not a name inside ${address}; names are relative, without "..", "\\" and empty words`,
  );
}
