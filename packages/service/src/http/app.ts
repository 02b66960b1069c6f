// The HTTP server: limits, keys, cancelling, errors, logs, metrics and the OpenAPI page. The routes are in files of
// their own.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { refusalOf, ServiceError } from '../errors.js';
import type { Limits } from '../limits.js';
import type { Metrics } from '../metrics.js';
import { notice } from '../notice.js';
import type { BodyBudget } from './body.js';
import type { ApiKeys } from './keys.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route answers without a key. */
    open?: true;
    /** The route answers while the service stops. */
    duringStop?: true;
  }
}

/** What the server needs. */
export interface AppParts {
  readonly limits: Limits;
  readonly keys: ApiKeys;
  readonly budget: BodyBudget;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly version: string;
  /** The state of the service. */
  readonly state: { isStopping: boolean };
}

/** The state of one request. */
interface Flight {
  readonly abort: AbortController;
  readonly timer: NodeJS.Timeout;
  heldBytes: number;
}

/** The server with its count of requests. */
export interface App {
  readonly server: FastifyInstance;
  /** Returns the signal that aborts when the client leaves or the time is over. */
  signalOf(request: FastifyRequest): AbortSignal;
  /** Takes bytes of a request from the budget until its answer is sent. */
  hold(request: FastifyRequest, bytes: number): void;
  /** Requests without an answer. */
  inFlight(): number;
}

/** Builds the server without its routes. */
export async function buildApp(parts: AppParts): Promise<App> {
  const { limits, keys, budget, metrics, logger, state } = parts;
  const ms = limits.timeoutS * 1000;
  const server: FastifyInstance = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: ms,
    connectionTimeout: 2 * ms,
    keepAliveTimeout: 10_000,
    http: { headersTimeout: Math.min(ms, 10_000), connectionsCheckingInterval: 1000 },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    clientErrorHandler: refuseBroken,
  });
  server.server.maxConnections = limits.connections;
  const flights = new WeakMap<FastifyRequest, Flight>();
  const routes: { readonly method: string; readonly pattern: RegExp }[] = [];
  let count = 0;

  // The handlers check what they read, with the schemas from which the OpenAPI page is made.
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
    budget.read(payload, (bytes) => {
      flights.get(request)!.heldBytes += bytes;
    }),
  );

  server.addHook('onRoute', ({ method, url }) => {
    const escaped = url.replaceAll('::', '\0').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const pattern = new RegExp(`^${escaped.replace(/:\w+/g, '[^/]+').replaceAll('\0', ':')}$`);
    for (const one of [method].flat()) routes.push({ method: one, pattern });
  });

  server.addHook('onRequest', async (request, reply) => {
    count++;
    const abort = new AbortController();
    const late = new ServiceError(
      504,
      'ERR_TIMEOUT',
      `the answer took more than ${limits.timeoutS} s; send less`,
    );
    const flight: Flight = { abort, timer: setTimeout(() => abort.abort(late), ms), heldBytes: 0 };
    flights.set(request, flight);
    reply.raw.once('close', () => {
      count--;
      clearTimeout(flight.timer);
      budget.give(flight.heldBytes);
      flight.heldBytes = 0;
      if (!reply.raw.writableFinished) {
        abort.abort(new ServiceError(499, 'ERR_CANCELLED', 'the client left before its answer'));
      }
    });
    if (request.is404) refuseMethod(request, reply, routes);
    const { config } = request.routeOptions;
    if (state.isStopping && config.duringStop !== true) {
      reply.header('connection', 'close');
      throw new ServiceError(
        503,
        'ERR_STOPPING',
        'the service is stopping; send the request to another instance',
        1,
      );
    }
    if (config.open !== true && !request.is404) {
      const key = request.headers['x-api-key'];
      keys.check(request.headers.authorization, Array.isArray(key) ? key[0] : key);
    }
  });

  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.request('http', route, reply.statusCode, reply.elapsedTime / 1000);
    const { method } = request;
    logger.info({ method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
  });

  server.setNotFoundHandler((_request, reply) => {
    return refuse(
      reply,
      new ServiceError(404, 'ERR_NO_ROUTE', 'there is no such path; /docs lists the paths'),
    );
  });

  server.setErrorHandler((error: Error & { readonly statusCode?: number }, _request, reply) => {
    const own = error.statusCode;
    const known =
      own !== undefined && own >= 400 && own < 500
        ? new ServiceError(own, 'ERR_REQUEST', error.message)
        : error;
    // The message may quote a request, so only errors that the service did not expect are logged with it.
    const { status, code } = refusalOf(known);
    if (code === 'ERR_INTERNAL') logger.error({ err: error }, 'failed');
    else if (status === 500) logger.error({ code }, 'failed');
    return refuse(reply, known);
  });

  server.addHook('onRoute', (route) => {
    if (route.url.startsWith('/docs')) route.config = { ...route.config, open: true };
  });

  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'pqrst service',
        version: parts.version,
        description: `ECG classifiers by the Open Inference Protocol v2, and recordings as files. ${notice}`,
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
      ...(keys.areNeeded && { security: [{ bearer: [] }, { header: [] }] }),
    },
  });
  await server.register(swaggerUi, { routePrefix: '/docs' });

  return {
    server,
    signalOf: (request) => flights.get(request)!.abort.signal,
    hold(request, bytes) {
      budget.take(bytes);
      flights.get(request)!.heldBytes += bytes;
    },
    inFlight: () => count,
  };
}

/** Refuses a method that a path does not have. This comes before the body is looked at. */
function refuseMethod(
  { url, method }: FastifyRequest,
  reply: FastifyReply,
  routes: readonly { readonly method: string; readonly pattern: RegExp }[],
): void {
  const [path = ''] = url.split('?');
  const methods = routes.filter(({ pattern }) => pattern.test(path)).map((route) => route.method);
  if (methods.length === 0) return;
  const allowed = [...new Set(methods)].join(', ');
  reply.header('allow', allowed);
  throw new ServiceError(405, 'ERR_METHOD', `the method ${method} has no use here; use ${allowed}`);
}

function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  const { status, code, message, retryAfterS } = refusalOf(error);
  if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  // The rest of a refused body is not read.
  if (!reply.request.raw.complete) reply.header('connection', 'close');
  return reply
    .code(status === 499 ? 503 : status)
    .type('application/json')
    .send({ error: message, code });
}

/** Answers bytes that are not HTTP, and requests that arrive too slowly. */
function refuseBroken(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'ERR_TIMEOUT']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'ERR_REQUEST']
        : ['400 Bad Request', 'ERR_REQUEST'];
  const body = JSON.stringify({ error: 'the bytes are not an HTTP request, or came too slowly', code });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
