// An S3 server for tests: moto (`pip install 'moto[server]'`), which knows conditional writes and ranges.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { setAwsEnvironment } from './aws-environment.js';
import { pythonWith } from './python.js';

const python = pythonWith('moto', 'flask');
const startMs = 60_000;

/** Whether moto is installed. A test without it is skipped with this line. */
export const hasMoto = python !== undefined;
if (!hasMoto)
  console.log("skip: moto is not installed (pip install 'moto[server]'); no test against an S3 server");

/** A running server. */
export interface Moto {
  readonly url: string;
  /** The environment of a client of this server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes a new bucket, and returns its name. */
  newBucket(): Promise<string>;
  /** Returns the SHA-256 of each object whose key begins with `prefix`, by the rest of its key. */
  hashesOf(bucket: string, prefix: string): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts a server, and directs the clients of this process to it until it is stopped. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(python!, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  await whenAnswering(url, server);
  const { environment, restore } = setAwsEnvironment(url);
  const client = new S3Client({ region: 'us-east-1', forcePathStyle: true });
  let buckets = 0;
  return {
    url,
    environment,
    async newBucket() {
      const bucket = `bucket-${buckets++}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return bucket;
    },
    async hashesOf(bucket, prefix) {
      const hashes: Record<string, string> = {};
      let ContinuationToken: string | undefined;
      do {
        const found = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }),
        );
        for (const { Key } of found.Contents ?? []) {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
          const bytes = await Body!.transformToByteArray();
          hashes[Key!.slice(prefix.length)] = createHash('sha256').update(bytes).digest('hex');
        }
        ContinuationToken = found.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return hashes;
    },
    async stop() {
      client.destroy();
      restore();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function whenAnswering(url: string, server: ChildProcess): Promise<void> {
  for (const end = performance.now() + startMs; performance.now() < end; await setTimeout(100)) {
    if (server.exitCode !== null) throw new Error(`moto ended with ${server.exitCode}`);
    if (
      await fetch(`${url}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
  }
  throw new Error(`moto did not start within ${startMs / 1000} s`);
}
