// A small model, a service of it, and archives made by hand.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { crc32, deflateRawSync } from 'node:zlib';
import { pino } from 'pino';
import { trainRun } from 'pqrst/train';
import { afterAll, onTestFinished } from 'vitest';
import { type Service, type ServiceOptions, startService } from '../dist/index.js';

export const fsHz = 100;
export const seconds = 4;
export const lengthSamples = fsHz * seconds;

/** The body of a request. */
export type Body = NonNullable<RequestInit['body']>;

/** Returns a folder that is deleted at the end of the file. */
export async function fileFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pqrst-service-test-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Trains a small classifier of af and returns its file. */
export async function smallModel(folder: string): Promise<string> {
  const small = { arch: 'lstm', archOptions: { layers: 1, units: 16 }, epochs: 1, validateEvery: 1 };
  const data = { task: 'af', setting: 'syn', fsHz, seconds, syntheticCount: 32, batch: 8 } as const;
  await trainRun({ ...data, ...small }, { out: join(folder, 'run') });
  return join(folder, 'run', 'model.onnx');
}

/** Starts a service that ends with the test, and collects its log. */
export async function testService(
  path: string,
  options: Partial<ServiceOptions> = {},
): Promise<Service & { readonly log: Record<string, unknown>[] }> {
  const log: Record<string, unknown>[] = [];
  const lines = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(JSON.parse(chunk.toString()));
      done();
    },
  });
  const models = [{ name: 'af', path }];
  const service = await startService({ models, port: 0, workers: 1, logger: pino(lines), ...options });
  onTestFinished(() => service.stop());
  return { ...service, log };
}

/** A file of an archive; the stated values may be wrong. */
export interface ZipFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly statedBytes?: number;
  readonly statedCrc?: number;
}

/** Makes an archive. */
export function zipOf(files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, statedBytes = content.length, statedCrc = crc32(content) } of files) {
    const packed = deflateRawSync(content);
    const nameBytes = Buffer.from(name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x800, 2);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(statedCrc, 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(statedBytes, 18);
    facts.writeUInt16LE(nameBytes.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    parts.push(Buffer.from('PK\x03\x04'), facts, nameBytes, packed);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), facts, place, nameBytes);
    at += 30 + nameBytes.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, list, Buffer.from('PK\x05\x06'), end]);
}
