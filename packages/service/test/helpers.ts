// A small model, and a service of it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
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
