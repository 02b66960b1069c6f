import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashObject } from '#lib/store/copy.js';
import { openStore } from '#lib/store/store.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { hasMoto, type Moto, startMoto } from '../helpers/moto.js';
import { testStore } from '../helpers/store-contract.js';

/** Returns the uploads in parts that are not finished. */
async function uploadsOf(bucket: string): Promise<unknown[]> {
  const client = new S3Client({ forcePathStyle: true });
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  client.destroy();
  return Uploads;
}

describe.runIf(hasMoto)('a store in a bucket of moto', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());

  testStore(async () => openStore(`s3://${await moto.newBucket()}/some/prefix`));

  it('puts and gets a large file in parts, once', async () => {
    const bucket = await moto.newBucket();
    const store = await openStore(`s3://${bucket}`);
    const bytes = randomBytes(2 ** 24 + 12345);
    const path = join(await temporaryFolder(), 'large');
    await writeFile(path, bytes);
    const sha256 = 'f'.repeat(64);
    expect(await store.put('large', { path }, { ifAbsent: true, sha256 })).toBe(true);
    expect(await store.put('large', { path }, { ifAbsent: true, sha256 })).toBe(false);
    expect(await store.head('large')).toEqual({ name: 'large', bytes: bytes.length, sha256 });
    const pieces: Uint8Array[] = [];
    for await (const piece of store.get('large', { start: 2 ** 24 - 5, count: 10 })) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(bytes.subarray(2 ** 24 - 5, 2 ** 24 + 5))).toBe(true);
    async function* stream() {
      for (let at = 0; at < bytes.length; at += 1_000_003) yield bytes.subarray(at, at + 1_000_003);
    }
    // Neither finds the object before it sends its parts. (moto, unlike S3, takes the second completion too.)
    const both = [1, 2].map(() => store.put('stream', stream(), { ifAbsent: true }));
    expect(await Promise.all(both)).toContain(true);
    expect(await hashObject(store, 'stream')).toEqual(await hashObject(store, 'large'));
    expect(await uploadsOf(bucket)).toEqual([]);
  });

  it('removes the parts of an upload that fails', async () => {
    const bucket = await moto.newBucket();
    const store = await openStore(`s3://${bucket}`);
    async function* failing() {
      yield randomBytes(2 * 2 ** 24);
      throw new Error('the source failed');
    }
    expect(await errorOf(store.put('x', failing()))).toMatch(/^ERR_STORE: could not write/);
    expect(await store.head('x')).toBeUndefined();
    expect(await uploadsOf(bucket)).toEqual([]);
  });

  it('reports a missing bucket', async () => {
    const store = await openStore('s3://no-such-bucket/x');
    expect(await errorOf(store.put('a', new Uint8Array(1)))).toMatch(
      /^ERR_STORE: could not write s3:\/\/no-such-bucket\/x\/a: there is no bucket no-such-bucket; create it/,
    );
    expect(await errorOf(store.get('a').next())).toMatch(/there is no bucket no-such-bucket/);
    expect(await errorOf(store.list().next())).toMatch(/there is no bucket no-such-bucket/);
  });
});
