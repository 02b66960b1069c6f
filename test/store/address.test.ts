import { describe, expect, it } from 'vitest';
import { isRemote, localPath, parseBucketAddress } from '#lib/store/address.js';
import { errorOf } from '../helpers/folder.js';

describe('addresses', () => {
  it('distinguishes buckets from folders', () => {
    expect(isRemote('s3://bucket/x')).toBe(true);
    for (const local of ['corpus', 'file:corpus', './s3:/x', '/s3']) expect(isRemote(local)).toBe(false);
    expect(localPath('corpus')).toBe('corpus');
    expect(localPath('file:a/b')).toBe('a/b');
    expect(localPath('file:///a/b%20c')).toBe('/a/b c');
  });

  it('reads bucket and prefix', () => {
    expect(parseBucketAddress('s3://bucket')).toEqual({ bucket: 'bucket', prefix: '' });
    expect(parseBucketAddress('s3://my.bucket-1/a/b/')).toEqual({ bucket: 'my.bucket-1', prefix: 'a/b' });
  });

  it.each(['s3://', 's3://a', 's3:///prefix', 's3://Bucket/x', 's3://bu_cket/x'])(
    'refuses %s, which names no bucket',
    async (text) => {
      expect(await errorOf(() => parseBucketAddress(text))).toMatch(/^ERR_OPTION: .* names no bucket/);
    },
  );

  it.each(['s3://bucket/../x', 's3://bucket//x', 's3://bucket/a/./b'])('refuses %s', async (text) => {
    expect(await errorOf(() => parseBucketAddress(text))).toMatch(/^ERR_PATH_OUTSIDE: /);
  });

  it.each(['s3://KEY:SECRET@bucket/x', 's3://bucket/x?X-Amz-Signature=SECRET'])(
    'does not repeat an address with credentials: %s',
    async (text) => {
      const message = await errorOf(() => parseBucketAddress(text));
      expect(message).toMatch(/^ERR_OPTION: an s3 address has no "@"/);
      expect(message).not.toContain('SECRET');
    },
  );
});
