// A store in a bucket of S3, or of a server that speaks its protocol.

import { setTimeout } from 'node:timers/promises';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { PqrstError } from '../base/errors.js';
import { openFile } from '../base/open-file.js';
import { type BucketAddress, checkName, parseBucketAddress } from './address.js';
import { Budget } from './budget.js';
import { piecesOf } from './content.js';
import { rangeError } from './range.js';
import { type Connection, connect } from './s3-client.js';
import { failureOf, storeError } from './s3-errors.js';
import { partBytesOf, upload } from './s3-upload.js';
import type {
  ByteRange,
  Content,
  ObjectHead,
  PutOptions,
  Store,
  StoredObject,
  StoreOptions,
} from './store.js';

const mostBytesInFlight = 2 ** 26;
const mostRequests = 16;
const mostPauseMs = 5000;

/** A store in a bucket. */
export class S3Store implements Store {
  readonly address: string;
  readonly #place: BucketAddress;
  readonly #connection: Connection;
  readonly #signal: AbortSignal | undefined;
  readonly #budget = new Budget(mostBytesInFlight, mostRequests);

  private constructor(place: BucketAddress, connection: Connection, signal: AbortSignal | undefined) {
    this.address = `s3://${place.bucket}${place.prefix === '' ? '' : `/${place.prefix}`}`;
    this.#place = place;
    this.#connection = connection;
    this.#signal = signal;
  }

  /**
   * Opens the store at `address`, without a request.
   *
   * @throws PqrstError ERR_OPTION, ERR_PATH_OUTSIDE: when the address is not valid.
   * @throws PqrstError ERR_STORE: when the package @aws-sdk/client-s3 is not installed.
   */
  static async open(address: string, options: StoreOptions): Promise<S3Store> {
    const place = parseBucketAddress(address);
    return new S3Store(place, await connect(options), options.signal);
  }

  async put(name: string, content: Content, options: PutOptions = {}): Promise<boolean> {
    const { ifAbsent = false, sha256 } = options;
    const key = this.#keyOf(name);
    const bytes = await sizeOf(content);
    const partBytes = partBytesOf(bytes);
    // An object of many parts would be sent in vain.
    if (ifAbsent && (bytes ?? partBytes) >= partBytes && (await this.head(name)) !== undefined) return false;
    const target = {
      ...{ connection: this.#connection, budget: this.#budget, signal: this.#signal },
      ...{ bucket: this.#place.bucket, key, ifAbsent, sha256 },
    };
    return this.#try('write', name, () => upload(target, piecesOf(content, partBytes)));
  }

  async *get(name: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    const key = this.#keyOf(name);
    let [at, end] = range === undefined ? [0, undefined] : [range.start, range.start + range.count];
    let tag: string | undefined;
    for (let failures = 0; end === undefined || at < end; ) {
      // The SDK repeats a request that fails; a body that breaks off is continued here.
      let isAnswered = false;
      try {
        const answer = await this.#request(key, at, end, tag);
        isAnswered = true;
        tag = answer.ETag;
        const total = sizeOfAnswer(answer);
        if (range !== undefined && range.start + range.count > total) {
          throw rangeError(this.#addressOf(name), range, total);
        }
        end ??= total;
        for await (const piece of this.#bodyOf(answer)) {
          at += piece.length;
          failures = 0;
          yield piece;
        }
        if (at < end) throw Object.assign(new Error('the connection ended early'), { code: 'ECONNRESET' });
        return;
      } catch (error) {
        this.#signal?.throwIfAborted();
        failures++;
        const isOver = !isAnswered || at === end || failures >= this.#connection.attempts;
        if (isOver || !isBroken(error)) throw this.#readError(name, error, range);
        await setTimeout(Math.min(mostPauseMs, 100 * 2 ** failures), undefined, this.#abort());
      }
    }
  }

  async head(name: string): Promise<ObjectHead | undefined> {
    const Key = this.#keyOf(name);
    const { client, sdk } = this.#connection;
    return this.#try('read', name, async () => {
      try {
        const command = new sdk.HeadObjectCommand({ Bucket: this.#place.bucket, Key });
        const { ContentLength = 0, Metadata } = await client.send(command, this.#abortSignal());
        return { name, bytes: ContentLength, sha256: Metadata?.sha256 };
      } catch (error) {
        if (failureOf(error).status === 404) return undefined;
        throw error;
      }
    });
  }

  async *list(prefix = ''): AsyncGenerator<StoredObject, void, undefined> {
    const { client, sdk } = this.#connection;
    const root = this.#place.prefix === '' ? '' : `${this.#place.prefix}/`;
    let ContinuationToken: string | undefined;
    do {
      const { Contents = [], NextContinuationToken } = await this.#try('list', prefix, () => {
        const query = { Bucket: this.#place.bucket, Prefix: `${root}${prefix}`, ContinuationToken };
        return client.send(new sdk.ListObjectsV2Command(query), this.#abortSignal());
      });
      for (const { Key, Size = 0 } of Contents) yield { name: Key!.slice(root.length), bytes: Size };
      ContinuationToken = NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async remove(name: string): Promise<void> {
    const Key = this.#keyOf(name);
    const { client, sdk } = this.#connection;
    await this.#try('remove', name, () => {
      const command = new sdk.DeleteObjectCommand({ Bucket: this.#place.bucket, Key });
      return this.#budget.run(0, () => client.send(command, this.#abortSignal()));
    });
  }

  close(): void {
    this.#connection.client.destroy();
  }

  #keyOf(name: string): string {
    this.#signal?.throwIfAborted();
    checkName(name, this.address);
    return this.#place.prefix === '' ? name : `${this.#place.prefix}/${name}`;
  }

  #addressOf(name: string): string {
    return name === '' ? this.address : `${this.address}/${name}`;
  }

  /** Requests the bytes from `at` to `end` - 1 of the version `tag` of an object. */
  #request(
    Key: string,
    at: number,
    end: number | undefined,
    tag: string | undefined,
  ): Promise<GetObjectCommandOutput> {
    const { client, sdk } = this.#connection;
    const isPart = at > 0 || end !== undefined;
    const command = new sdk.GetObjectCommand({
      ...{ Bucket: this.#place.bucket, Key },
      ...(isPart && { Range: `bytes=${at}-${end === undefined ? '' : end - 1}` }),
      ...(tag !== undefined && { IfMatch: tag }),
    });
    return client.send(command, this.#abortSignal());
  }

  /** Yields the body of an answer; an abort ends it. */
  async *#bodyOf({ Body }: GetObjectCommandOutput): AsyncGenerator<Uint8Array, void, undefined> {
    const body = Body as NodeJS.ReadableStream & { destroy(error?: Error): void };
    const stop = () => body.destroy(new Error('aborted'));
    this.#signal?.addEventListener('abort', stop, { once: true });
    try {
      for await (const piece of body) yield piece as Buffer;
    } finally {
      this.#signal?.removeEventListener('abort', stop);
    }
  }

  #readError(name: string, error: unknown, range: ByteRange | undefined): PqrstError {
    if (error instanceof PqrstError) return error;
    const { name: reason, status } = failureOf(error);
    const address = this.#addressOf(name);
    if (reason === 'NoSuchKey' || reason === 'NotFound') {
      return new PqrstError(
        'ERR_NOT_FOUND',
        `could not read ${address}: there is no such object; check the address`,
      );
    }
    if (status === 416 && range !== undefined) return rangeError(address, range, 0);
    if (status === 412) {
      return new PqrstError(
        'ERR_STORE',
        `could not read ${address}: it was replaced while it was read; run the command again`,
      );
    }
    return storeError('read', address, this.#place.bucket, error, this.#connection);
  }

  async #try<T>(
    doing: 'read' | 'write' | 'list' | 'remove',
    name: string,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (error instanceof Error && 'syscall' in error && 'path' in error) throw error; // A file of this machine.
      throw storeError(doing, this.#addressOf(name), this.#place.bucket, error, this.#connection);
    }
  }

  #abort(): { signal?: AbortSignal } {
    return this.#signal === undefined ? {} : { signal: this.#signal };
  }

  #abortSignal(): { abortSignal?: AbortSignal } {
    return this.#signal === undefined ? {} : { abortSignal: this.#signal };
  }
}

/** Returns the size of a content; of a stream it is not known. */
async function sizeOf(content: Content): Promise<number | undefined> {
  if (content instanceof Uint8Array) return content.length;
  if (!('path' in content)) return undefined;
  const { file, found } = await openFile(content.path);
  await file.close();
  return found.size;
}

/** Returns the size of the whole object. */
function sizeOfAnswer({ ContentRange, ContentLength = 0 }: GetObjectCommandOutput): number {
  const total = ContentRange?.split('/')[1];
  return total === undefined ? ContentLength : Number(total);
}

/** Returns whether a body ended because of the connection, so that its rest can be requested. */
function isBroken(error: unknown): boolean {
  const { name, code, status } = failureOf(error);
  if (error instanceof PqrstError || status !== undefined) return false;
  return name === 'TimeoutError' || code !== undefined || (error as Error).message === 'aborted';
}
