// Puts one object into a bucket: in one request, or for a large object in several parts, of which only a few are in
// memory. A failed upload leaves no object, and its parts are removed.

import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { CompletedPart, PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { Budget } from './budget.js';
import type { Connection } from './s3-client.js';
import { failureOf } from './s3-errors.js';

/** An upload in several parts takes at most this many. */
const mostParts = 10_000;
const conflictPauseMs = 200;
/** A larger object is sent in parts of this size. */
const leastPartBytes = 2 ** 24;

/** Where an object is put, and how. */
export interface Target {
  readonly connection: Connection;
  readonly budget: Budget;
  readonly bucket: string;
  readonly key: string;
  readonly ifAbsent: boolean;
  readonly sha256: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Returns the size of the parts of an object; the size of a stream is not known. */
export function partBytesOf(bytes = 0): number {
  return Math.max(leastPartBytes, Math.ceil(bytes / mostParts));
}

/** Puts the pieces as one object. Returns false if it must be absent and exists. */
export async function upload(
  target: Target,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): Promise<boolean> {
  try {
    const first = (await pieces.next()).value!;
    const second = await pieces.next();
    if (second.done) return await putWhole(target, first);
    return await putParts(target, following([first, second.value], pieces));
  } finally {
    await pieces.return();
  }
}

async function* following(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>) {
  yield* first;
  yield* rest;
}

async function putWhole(target: Target, bytes: Uint8Array): Promise<boolean> {
  const sha256 = target.sha256 ?? createHash('sha256').update(bytes).digest('hex');
  const { client, sdk } = target.connection;
  const command = { ...placeOf(target), ...conditionOf(target), Body: bytes, Metadata: { sha256 } };
  return unlessPresent(target, () =>
    target.budget.run(bytes.length, () => client.send(new sdk.PutObjectCommand(command), optionsOf(target))),
  );
}

async function putParts(target: Target, pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  const { connection, sha256 } = target;
  const { client, sdk } = connection;
  const place = placeOf(target);
  const started = await client.send(
    new sdk.CreateMultipartUploadCommand({ ...place, ...(sha256 && { Metadata: { sha256 } }) }),
    optionsOf(target),
  );
  const upload = { ...place, UploadId: started.UploadId };
  try {
    const parts = await sendParts(target, upload, pieces);
    const command = { ...upload, ...conditionOf(target), MultipartUpload: { Parts: parts } };
    const isWritten = await unlessPresent(target, () =>
      client.send(new sdk.CompleteMultipartUploadCommand(command), optionsOf(target)),
    );
    if (!isWritten) await abandon(target, upload);
    return isWritten;
  } catch (error) {
    if (failureOf(error).name === 'NoSuchUpload' && (await isStored(target))) return true;
    await abandon(target, upload);
    throw error;
  }
}

/** Returns whether the object is there: its upload was completed, but the answer was lost and the request repeated. */
async function isStored(target: Target): Promise<boolean> {
  const { client, sdk } = target.connection;
  const [found] = await Promise.allSettled([
    client.send(new sdk.HeadObjectCommand(placeOf(target)), optionsOf(target)),
  ]);
  const { sha256 } = target;
  return found.status === 'fulfilled' && sha256 !== undefined && found.value.Metadata?.sha256 === sha256;
}

async function sendParts(
  target: Target,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
  pieces: AsyncIterable<Uint8Array>,
): Promise<CompletedPart[]> {
  const { budget, connection } = target;
  const { client, sdk } = connection;
  const parts: CompletedPart[] = [];
  const sending = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  for await (const piece of pieces) {
    const number = parts.push({ PartNumber: parts.length + 1 });
    if (number > mostParts)
      throw new Error(`the stream is longer than ${mostParts} parts of ${piece.length} bytes`);
    await new Promise<void>((taken) => {
      const sent = budget
        .run(piece.length, () => {
          // The next piece is read as soon as this one has its room.
          taken();
          const command = { ...upload, PartNumber: number, Body: piece };
          return client.send(new sdk.UploadPartCommand(command), optionsOf(target));
        })
        .then(
          ({ ETag, ChecksumCRC32, ChecksumCRC64NVME }) => {
            parts[number - 1] = { PartNumber: number, ETag, ChecksumCRC32, ChecksumCRC64NVME };
          },
          (error: unknown) => {
            failure ??= { error };
          },
        )
        .finally(() => sending.delete(sent));
      sending.add(sent);
    });
    if (failure !== undefined) break;
  }
  await Promise.all(sending);
  if (failure !== undefined) throw failure.error;
  return parts;
}

/** Removes the parts of an upload that is not completed; also after an abort. A bucket's rule removes what remains. */
async function abandon(
  { connection: { client, sdk } }: Target,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
): Promise<void> {
  // The failure of the upload itself is reported, also where the server cannot be reached for this.
  await Promise.allSettled([client.send(new sdk.AbortMultipartUploadCommand(upload))]);
}

/** Two processes that put the same object at the same moment get 409; the request is then sent again. */
async function unlessPresent(target: Target, request: () => Promise<unknown>): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await request();
      return true;
    } catch (error) {
      const { status } = failureOf(error);
      if (target.ifAbsent && status === 412) return false;
      if (!(target.ifAbsent && status === 409) || attempt >= target.connection.attempts) throw error;
      await setTimeout(conflictPauseMs * attempt);
    }
  }
}

function placeOf({ bucket, key }: Target): { readonly Bucket: string; readonly Key: string } {
  return { Bucket: bucket, Key: key };
}

function conditionOf({ ifAbsent }: Target): Pick<PutObjectCommandInput, 'IfNoneMatch'> {
  return ifAbsent ? { IfNoneMatch: '*' } : {};
}

function optionsOf({ signal }: Target): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
