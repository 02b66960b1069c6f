#!/usr/bin/env node

// The command `pqrst-service`.

import { basename, dirname, extname } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import type { Scaling } from 'pqrst/evaluate';
import { readKeys } from './http/keys.js';
import { type OpenJobQueue, openJobQueue } from './job-queue.js';
import type { ModelSource } from './model.js';
import { startService } from './service.js';

const number = (least: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
  throw new InvalidArgumentError(`expected a number from ${least}.`);
};
const collect = (text: string, all: readonly string[]) => [...all, text];

const program = new Command('pqrst-service')
  .description(
    'Offers ECG classifiers (ONNX files) to clients of the Open Inference Protocol v2 (Triton, KServe) and to senders of\n' +
      'recordings, with a page in the browser at /. Not a medical device.',
  )
  .requiredOption('--model <[NAME=]FILE>', 'a model; may be repeated; the first is the default', collect, [])
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <port>', 'port of HTTP', number(0), 8000)
  .option('--grpc-port <port>', 'port of gRPC (default: no gRPC)', number(0))
  .option(
    '--workers <n>',
    'sessions of each model, each in a thread of its own (default: the number of cores)',
    number(1),
  )
  .option('--max-batch <n>', 'windows of the largest batch', number(1), 64)
  .option('--max-delay-ms <ms>', 'how long a window waits for others', number(0), 3)
  .option('--queue <windows>', 'windows that wait for a model before 429', number(1))
  .option('--body-mb <MB>', 'largest request body', number(1))
  .option('--timeout <seconds>', 'time limit of a request', number(0.1))
  .option(
    '--api-keys <file>',
    'file of API keys, one per line (or the variable PQRST_API_KEYS, separated by commas)',
  )
  .option(
    '--jobs <queue>',
    'take jobs for a queue of pqrst work: a folder, redis://, rediss:// or postgres:// (default: no jobs)',
  )
  .option('--jobs-root <dir>', 'the folder that the paths of jobs are relative to and may not leave')
  .option('--fs <Hz>', 'sampling rate of the models, if a file does not state it', number(1))
  .option('--seconds <s>', 'length of a window, if a file does not state it', number(0.1))
  .option('--leads <names>', 'leads of the models such as I,II,V1 or 12, if a file does not state them')
  .option('--classes <names>', 'classes of the models, separated by commas, if a file does not state them')
  .option('--scaling <zscore|none>', 'scaling of the windows, if a file does not state it');

/** What the command line gives. */
interface Flags {
  readonly model: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly grpcPort?: number;
  readonly workers?: number;
  readonly maxBatch: number;
  readonly maxDelayMs: number;
  readonly queue?: number;
  readonly bodyMb?: number;
  readonly timeout?: number;
  readonly apiKeys?: string;
  readonly jobs?: string;
  readonly jobsRoot?: string;
  readonly fs?: number;
  readonly seconds?: number;
  readonly leads?: string;
  readonly classes?: string;
  readonly scaling?: string;
}

/** Returns a model of the command line. A file `model.onnx` of a run has the name of its folder. */
function sourceOf(text: string, { fs, seconds, leads, classes, scaling }: Flags): ModelSource {
  const [, given, path = ''] = /^(?:([\w.-]+)=)?(.+)$/s.exec(text) ?? [];
  const stem = basename(path, extname(path));
  const folder = basename(dirname(path));
  const name = given ?? (stem === 'model' && folder !== '.' && folder !== '' ? folder : stem);
  if (scaling !== undefined && scaling !== 'zscore' && scaling !== 'none') {
    throw new Error(`--scaling is "${scaling}"; expected zscore or none`);
  }
  return {
    ...{ name: name.replace(/[^\w.-]/g, '_'), path, fsHz: fs, seconds, leads },
    classes: classes?.split(','),
    scaling: scaling as Scaling | undefined,
  };
}

/** Opens the queue of the jobs; returns undefined if the command line names none. */
async function jobsOf({ jobs, jobsRoot }: Flags): Promise<OpenJobQueue | undefined> {
  if (jobs === undefined && jobsRoot === undefined) return undefined;
  if (jobs === undefined || jobsRoot === undefined) {
    const [given, missing] = jobs === undefined ? ['--jobs-root', '--jobs'] : ['--jobs', '--jobs-root'];
    throw new Error(`${given} needs ${missing} too: the queue of the jobs and the folder of their files`);
  }
  return openJobQueue({ queue: jobs, root: jobsRoot });
}

async function main(): Promise<void> {
  const flags = program.parse().opts<Flags>();
  const fromVariable = process.env.PQRST_API_KEYS?.split(',').map((key) => key.trim());
  const apiKeys =
    flags.apiKeys === undefined ? (fromVariable ?? []).filter(Boolean) : await readKeys(flags.apiKeys);
  const logger = pino();
  const jobs = await jobsOf(flags);
  const service = await startService({
    models: flags.model.map((text) => sourceOf(text, flags)),
    ...{
      host: flags.host,
      port: flags.port,
      grpcPort: flags.grpcPort,
      workers: flags.workers,
      apiKeys,
      logger,
    },
    ...{ maxBatch: flags.maxBatch, maxDelayMs: flags.maxDelayMs, jobs },
    limits: {
      ...(flags.queue !== undefined && { queueWindows: flags.queue }),
      ...(flags.bodyMb !== undefined && { bodyBytes: flags.bodyMb * 2 ** 20 }),
      ...(flags.timeout !== undefined && { timeoutS: flags.timeout }),
    },
  }).catch(async (error: unknown) => {
    await jobs?.close();
    throw error;
  });
  const stop = async () => {
    await service.stop();
    await jobs?.close();
  };
  const end = () => {
    stop().catch((error: Error) => {
      logger.fatal({ err: error }, 'the stop failed');
      process.exitCode = 1;
    });
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

main().catch((error: Error) => {
  process.stderr.write(`pqrst-service: ${error.message}\n`);
  process.exitCode = 1;
});
