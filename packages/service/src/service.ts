// Starts and stops the service: models, HTTP, gRPC.

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type Logger, pino } from 'pino';
import { EcgReaders } from './ecg/readers.js';
import { ecgRoutes } from './ecg/routes.js';
import { ServiceError } from './errors.js';
import { buildApp } from './http/app.js';
import { BodyBudget } from './http/body.js';
import { ApiKeys } from './http/keys.js';
import { plainRoutes } from './http/routes.js';
import type { JobQueue } from './jobs.js';
import { defaultLimits, type Limits } from './limits.js';
import { Metrics } from './metrics.js';
import { type FindModel, type ModelSource, ServedModel } from './model.js';
import { GrpcServer } from './oip/grpc.js';
import { oipRoutes } from './oip/routes.js';

/** Options of `startService`. */
export interface ServiceOptions {
  /** The models, at least one. The first is the default of recordings. */
  readonly models: readonly ModelSource[];
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Port of HTTP; default 8000; 0 takes any free port. */
  readonly port?: number | undefined;
  /** Port of gRPC; default: no gRPC; 0 takes any free port. */
  readonly grpcPort?: number | undefined;
  /** Sessions of each model, each in a thread of its own; default the number of cores. */
  readonly workers?: number | undefined;
  /** Windows of the largest batch; default 64. */
  readonly maxBatch?: number | undefined;
  /** Milliseconds that a window waits for others while a session is free; default 3. */
  readonly maxDelayMs?: number | undefined;
  /** Keys that clients must send; default: no key is needed. */
  readonly apiKeys?: readonly string[] | undefined;
  /** Limits of memory and time. */
  readonly limits?: Partial<Limits> | undefined;
  /** Takes the jobs of `POST /v1/jobs`; without it the route does not exist. */
  readonly jobs?: JobQueue | undefined;
  /** Writes the log; default: JSON lines on stdout. */
  readonly logger?: Logger | undefined;
}

/** A running service. */
export interface Service {
  /** The address of HTTP, such as http://127.0.0.1:8000. */
  readonly url: string;
  /** The port of gRPC; undefined without gRPC. */
  readonly grpcPort: number | undefined;
  /** Refuses new requests with 503, waits for those in flight, and releases everything. */
  stop(): Promise<void>;
}

/** How long a stop waits for requests in flight after their own timeout, in ms. */
const stopMarginMs = 1000;

/**
 * Starts a service and returns when it takes requests.
 *
 * @param options - Models, addresses, batching, keys and limits.
 * @example
 * ```ts
 * import { startService } from '@pqrst/service';
 *
 * const service = await startService({ models: [{ name: 'af', path: 'run/model.onnx' }], port: 8000 });
 * process.once('SIGTERM', () => void service.stop());
 * ```
 * @throws PqrstError The errors of `openModel`.
 * @throws Error: when an option is out of range, or an address cannot be taken.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { host = '127.0.0.1', port = 8000, workers = availableParallelism() } = options;
  const { maxBatch = 64, maxDelayMs = 3, apiKeys = [], logger = pino() } = options;
  const limits = { ...defaultLimits, ...options.limits };
  expectOptions(options, { workers, maxBatch, maxDelayMs });
  const version = await ownVersion();
  const budget = new BodyBudget(limits);
  const models: ServedModel[] = [];
  const metrics = new Metrics(models, budget);
  const keys = new ApiKeys(apiKeys);
  const state = { isStopping: false };
  const readers = new EcgReaders();
  const close = async () => {
    await Promise.all([...models.map((model) => model.close()), readers.close()]);
  };
  try {
    for (const source of options.models) {
      const onBatch = (...facts: Parameters<Metrics['batch']>) => metrics.batch(...facts);
      const running = { workers, maxBatch, maxDelayMs, queueWindows: limits.queueWindows, onBatch };
      models.push(await ServedModel.open(source, running));
    }
    const find: FindModel = (name, wanted) => {
      const model = models.find((one) => one.name === name);
      if (model !== undefined && (wanted === undefined || wanted === '' || wanted === model.version))
        return model;
      const known = models.map((one) => one.name).join(', ');
      const what = model === undefined ? `model "${name}"` : `version "${wanted}" of the model "${name}"`;
      throw new ServiceError(404, 'ERR_NO_ROUTE', `there is no ${what}; the models are ${known}, version 1`);
    };
    const app = await buildApp({ limits, keys, budget, metrics, logger, version, state });
    oipRoutes(app, find, {
      names: models.map(({ name }) => name),
      version,
      isReady: () => !state.isStopping,
    });
    await ecgRoutes(app, { models, find, readers, limits });
    await plainRoutes(app, { models, metrics, jobs: options.jobs });
    const grpc =
      options.grpcPort === undefined
        ? undefined
        : new GrpcServer({ find, keys, limits, budget, metrics, version, state });
    try {
      const url = await app.server.listen({ host, port });
      const grpcPort = await grpc?.listen(host, options.grpcPort!);
      logger.info({ url, grpcPort, models: models.map(({ name }) => name), workers }, 'ready');
      let stopping: Promise<void> | undefined;
      const stop = async () => {
        state.isStopping = true;
        logger.info({ inFlight: app.inFlight() }, 'stopping');
        const end = Date.now() + limits.timeoutS * 1000 + stopMarginMs;
        while (app.inFlight() + (grpc?.inFlight() ?? 0) > 0 && Date.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await Promise.all([app.server.close(), grpc?.close()]);
        await close();
        logger.info('stopped');
      };
      return {
        url,
        grpcPort,
        stop() {
          stopping ??= stop();
          return stopping;
        },
      };
    } catch (error) {
      await app.server.close();
      await grpc?.close();
      throw error;
    }
  } catch (error) {
    await close();
    throw error;
  }
}

function expectOptions(
  { models }: ServiceOptions,
  { workers, maxBatch, maxDelayMs }: { workers: number; maxBatch: number; maxDelayMs: number },
): void {
  if (models.length === 0) throw new Error('the service has no model; name at least one ONNX file');
  const names = models.map(({ name }) => name);
  const wrong = names.find((name, at) => !/^[\w.-]{1,100}$/.test(name) || names.indexOf(name) !== at);
  if (wrong !== undefined) {
    throw new Error(
      `the model name "${wrong}" is used twice, or has other characters than letters, digits, _, - and .`,
    );
  }
  if (!(Number.isInteger(workers) && workers >= 1 && workers <= 256)) {
    throw new Error(`workers is ${workers}; expected a whole number from 1 to 256`);
  }
  if (!(Number.isInteger(maxBatch) && maxBatch >= 1 && maxBatch <= 4096)) {
    throw new Error(`maxBatch is ${maxBatch}; expected a whole number from 1 to 4096`);
  }
  if (!(maxDelayMs >= 0 && maxDelayMs <= 1000)) {
    throw new Error(`maxDelayMs is ${maxDelayMs}; expected milliseconds from 0 to 1000`);
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
