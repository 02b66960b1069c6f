// The routes for recordings: classification of each window, and a drawing on ECG paper.

import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { badRequest, ServiceError } from '../errors.js';
import type { App } from '../http/app.js';
import { bodyStatuses, jsonSchema, refusals } from '../http/schema.js';
import type { Limits } from '../limits.js';
import type { FindModel, ServedModel } from '../model.js';
import { firstIssue } from '../oip/tensors.js';
import { answerFor, classifyAnswer } from './answer.js';
import type { EcgReaders } from './readers.js';
import { classifyQuery, paperQuery, recordingSchema, type Upload, type WindowShape } from './recording.js';

const mostFiles = 30;
const binary = { schema: { type: 'string', format: 'binary' } };
const uploadBody = {
  content: {
    'application/zip': binary,
    'application/octet-stream': binary,
    'text/csv': binary,
    'application/json': { schema: jsonSchema(recordingSchema) },
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: { file: { type: 'array', items: { type: 'string', format: 'binary' } } },
      },
    },
  },
};

interface Parts {
  readonly models: readonly ServedModel[];
  readonly find: FindModel;
  readonly readers: EcgReaders;
  readonly limits: Limits;
}

/** Adds the routes. */
export async function ecgRoutes(app: App, { models, find, readers, limits }: Parts): Promise<void> {
  const { server, signalOf } = app;
  await server.register(multipart);

  server.post(
    '/v1/ecg::classify',
    {
      schema: {
        tags: ['Recordings'],
        summary: 'Probabilities of each window of a recording, and of the recording',
        description:
          'The body is a ZIP of WFDB or EDF files, an EDF file, a CSV table, a .npy array or JSON; or a form with the ' +
          'files of one recording. The service takes the leads of the model, resamples, cuts, filters and scales.',
        querystring: jsonSchema(classifyQuery),
        body: uploadBody,
        response: {
          200: { description: 'The answer.', ...jsonSchema(classifyAnswer) },
          ...refusals(...bodyStatuses),
        },
      },
    },
    async (request) => {
      const { model: name, ...query } = parseQuery(classifyQuery, request);
      const model = name === undefined ? models[0]! : find(name);
      const shape = windowShape(model, limits);
      const files = await uploadsOf(app, request, limits);
      const read = await readers.read(files, { query, work: { kind: 'windows', shape } }, signalOf(request));
      if (read.kind !== 'windows') throw new Error('the reader answered another task');
      const { signals, recordings } = read;
      if (signals.length === 0) return answerFor(model, recordings, undefined);
      app.hold(request, signals.byteLength);
      return answerFor(model, recordings, await model.queue.submit(signals, signalOf(request)));
    },
  );

  server.post(
    '/v1/ecg::paper',
    {
      schema: {
        tags: ['Recordings'],
        summary: 'A stretch of one lead on ECG paper, as SVG',
        querystring: jsonSchema(paperQuery),
        body: uploadBody,
        response: {
          200: { description: 'The drawing.', content: { 'image/svg+xml': { schema: { type: 'string' } } } },
          ...refusals(...bodyStatuses),
        },
      },
    },
    async (request, reply) => {
      const { startS = 0, seconds = 10, leads: lead, ...query } = parseQuery(paperQuery, request);
      const files = await uploadsOf(app, request, limits);
      const work = { kind: 'paper', startS, seconds, lead } as const;
      const read = await readers.read(files, { query, work }, signalOf(request));
      if (read.kind !== 'paper') throw new Error('the reader answered another task');
      return reply.type('image/svg+xml').header('x-content-type-options', 'nosniff').send(read.svg);
    },
  );
}

function parseQuery<Schema extends z.ZodType>(schema: Schema, { query }: FastifyRequest): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw badRequest(`the query is not as documented: ${firstIssue(parsed.error)}`);
}

/** Returns the windows that a model takes. */
function windowShape(
  { name, metadata, leads, lengthSamples, scaling }: ServedModel,
  limits: Limits,
): WindowShape {
  const { fsHz, filter } = metadata;
  if (fsHz === undefined || scaling === undefined) {
    const missing = fsHz === undefined ? 'sampling rate' : 'scaling';
    throw new ServiceError(
      422,
      'ERR_MODEL',
      `the model ${name} states no ${missing}; the operator gives it when the service starts, or send tensors`,
    );
  }
  if (leads > 1 && metadata.leads === undefined) {
    throw new ServiceError(
      422,
      'ERR_MODEL',
      `the model ${name} does not name its ${leads} leads; send tensors`,
    );
  }
  return { fsHz, lengthSamples, leads: metadata.leads, filter, scaling, mostWindows: limits.queueWindows };
}

/** Returns the files of a request: its body, or the files of a form. */
async function uploadsOf(app: App, request: FastifyRequest, limits: Limits): Promise<Upload[]> {
  if (!request.isMultipart()) {
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    return [{ name: undefined, bytes }];
  }
  const files: Upload[] = [];
  let length = 0;
  const parts = request.parts({
    limits: { files: mostFiles, fields: 0, parts: mostFiles, fileSize: limits.bodyBytes, headerPairs: 20 },
  });
  try {
    for await (const part of parts) {
      if (part.type !== 'file') continue;
      const chunks: Buffer[] = [];
      for await (const chunk of part.file as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > limits.bodyBytes) {
          throw new ServiceError(
            413,
            'ERR_TOO_LARGE',
            `the form has more than ${limits.bodyBytes} bytes; divide it`,
          );
        }
        app.hold(request, chunk.length);
        chunks.push(chunk);
      }
      files.push({ name: part.filename, bytes: Buffer.concat(chunks) });
    }
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`the form cannot be read (${why.slice(0, 100)}); send it as multipart/form-data`);
  }
  return files;
}
