// The routes that run no model: the page, its files, the list of models, metrics, the OpenAPI document, and jobs.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { badRequest, ServiceError } from '../errors.js';
import { type JobQueue, jobSchema, jobStatusSchema } from '../jobs.js';
import type { Metrics } from '../metrics.js';
import type { ServedModel } from '../model.js';
import { firstIssue, parseJson } from '../oip/tensors.js';
import type { App } from './app.js';
import { jsonSchema, refusals } from './schema.js';

/** What clients learn about a model besides its tensors. */
export const modelFacts = z.object({
  name: z.string(),
  version: z.string(),
  classes: z.array(z.string()),
  fsHz: z.number().nullable(),
  seconds: z.number().nullable(),
  leads: z.array(z.string()).nullable(),
  filter: z.string().nullable(),
  scaling: z.string().nullable(),
  threshold: z.number(),
});

/** Returns the facts of a model. */
export function factsOf({
  name,
  version,
  metadata,
  lengthSamples,
  outputs,
}: ServedModel): z.output<typeof modelFacts> {
  const { fsHz, leads, filter, scaling, threshold = 0.5, classes } = metadata;
  const count = outputs.kind === 'binary' ? 2 : outputs.count;
  const unnamed =
    outputs.kind === 'binary'
      ? ['negative', 'positive']
      : Array.from({ length: count }, (_, n) => `class ${n}`);
  return {
    ...{ name, version, threshold },
    classes: classes?.length === count ? [...classes] : unnamed,
    fsHz: fsHz ?? null,
    seconds: fsHz === undefined ? null : lengthSamples / fsHz,
    leads: leads === undefined ? null : [...leads],
    filter: filter ?? null,
    scaling: scaling ?? null,
  };
}

const pageFiles = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
] as const;
/** The page runs its own script alone, and shows drawings that it fetched. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface Parts {
  readonly models: readonly ServedModel[];
  readonly metrics: Metrics;
  readonly jobs: JobQueue | undefined;
}

/** Adds the routes. */
export async function plainRoutes(app: App, { models, metrics, jobs }: Parts): Promise<void> {
  const { server } = app;
  for (const [url, file, type] of pageFiles) {
    const content = await readFile(new URL(`../../page/${file}`, import.meta.url));
    server.get(url, { config: { open: true }, schema: { hide: true } }, async (_request, reply) =>
      reply
        .type(type)
        .headers({ 'content-security-policy': pagePolicy, 'x-content-type-options': 'nosniff' })
        .send(content),
    );
  }
  server.get('/openapi.json', { config: { open: true }, schema: { hide: true } }, async () =>
    server.swagger(),
  );
  server.get(
    '/metrics',
    {
      config: { duringStop: true },
      schema: {
        tags: ['Operation'],
        summary: 'Prometheus metrics',
        response: {
          200: { description: 'Text.', content: { 'text/plain': { schema: { type: 'string' } } } },
          ...refusals(),
        },
      },
    },
    async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  server.get(
    '/v1/models',
    {
      schema: {
        tags: ['Recordings'],
        summary: 'The models, with their classes, rate, length and leads',
        response: {
          200: { description: 'The models.', ...jsonSchema(z.object({ models: z.array(modelFacts) })) },
          ...refusals(),
        },
      },
    },
    async () => ({ models: models.map(factsOf) }),
  );
  if (jobs !== undefined) jobRoutes(app, jobs);
}

function jobRoutes({ server }: App, jobs: JobQueue): void {
  const idSchema = z.object({ id: z.string() });
  server.post(
    '/v1/jobs',
    {
      schema: {
        tags: ['Jobs'],
        summary: 'Hands long work to the queue',
        body: { content: { 'application/json': { schema: jsonSchema(jobSchema) } } },
        response: {
          202: { description: 'The name of the job.', ...jsonSchema(idSchema) },
          ...refusals(400, 408, 413, 415, 504),
        },
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const job = jobSchema.safeParse(parseJson(body));
      if (!job.success) throw badRequest(`the job is not as documented: ${firstIssue(job.error)}`);
      const id = await jobs.submit(job.data);
      return reply.code(202).send({ id });
    },
  );
  server.get(
    '/v1/jobs/:id',
    {
      schema: {
        tags: ['Jobs'],
        summary: 'The state of a job',
        params: { type: 'object', properties: { id: { type: 'string' } } },
        response: {
          200: { description: 'Its state.', ...jsonSchema(jobStatusSchema) },
          ...refusals(400, 404),
        },
      },
    },
    async (request) => {
      const { id } = request.params as { id: string };
      const status = await jobs.status(id);
      if (status === undefined) throw new ServiceError(404, 'ERR_NO_ROUTE', 'there is no job of this name');
      return status;
    },
  );
}
