// The routes of the Open Inference Protocol v2, with the binary tensor extension.

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { badRequest, ServiceError } from '../errors.js';
import type { App } from '../http/app.js';
import { bodyStatuses, jsonSchema, refusals } from '../http/schema.js';
import type { FindModel, ServedModel } from '../model.js';
import {
  inferAnswerSchema,
  inferSchema,
  inputName,
  outputNames,
  readInferRequest,
  writeInferAnswer,
} from './tensors.js';

const headHeader = 'inference-header-content-length';

const serverSchema = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });
const tensorSchema = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const modelSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
});
/** Returns the schemas of the parts of a path. */
function pathSchemas(names: readonly string[]) {
  const model = { type: 'string', enum: names, description: 'The name of a model.' };
  const version = { type: 'string', enum: ['1'], description: 'The only version is 1.' };
  return {
    model: { type: 'object', properties: { model } },
    version: { type: 'object', properties: { model, version } },
  };
}

/** Returns the metadata of the server. */
export function serverMetadata(version: string) {
  return { name: 'pqrst', version, extensions: ['binary_tensor_data'] };
}

/** Returns the metadata of a model; -1 is the number of windows. */
export function modelMetadata({ name, version, leads, lengthSamples, outputs }: ServedModel) {
  const shape = outputs.kind === 'binary' ? [-1] : [-1, outputs.count];
  return {
    ...{ name, versions: [version], platform: 'onnxruntime_onnx' },
    inputs: [{ name: inputName, datatype: 'FP32', shape: [-1, leads, lengthSamples] }],
    outputs: outputNames.map((one) => ({ name: one, datatype: 'FP32', shape })),
  };
}

/** Adds the routes. */
export function oipRoutes(
  { server, signalOf }: App,
  find: FindModel,
  {
    names,
    version,
    isReady,
  }: { readonly names: readonly string[]; readonly version: string; readonly isReady: () => boolean },
): void {
  const tags = ['Open Inference Protocol'];
  const paths = pathSchemas(names);
  const open = { open: true, duringStop: true } as const;
  const health = (summary: string) => ({
    tags,
    summary,
    security: [],
    response: { 200: { description: 'Yes.', type: 'object' }, ...refusals() },
  });
  server.get('/v2/health/live', { config: open, schema: health('Does the service run?') }, async () => ({
    live: true,
  }));
  const ready = async (): Promise<{ ready: true }> => {
    if (isReady()) return { ready: true };
    throw new ServiceError(503, 'ERR_STOPPING', 'the service is stopping');
  };
  server.get('/v2/health/ready', { config: open, schema: health('Does the service take requests?') }, ready);
  server.get(
    '/v2',
    {
      schema: {
        tags,
        summary: 'The server',
        response: { 200: { description: 'Its metadata.', ...jsonSchema(serverSchema) }, ...refusals() },
      },
    },
    async () => serverMetadata(version),
  );

  for (const [prefix, params] of [
    ['/v2/models/:model', paths.model],
    ['/v2/models/:model/versions/:version', paths.version],
  ] as const) {
    const found = (request: FastifyRequest) => {
      const { model, version: wanted } = request.params as { model: string; version?: string };
      return find(model, wanted);
    };
    server.get(
      prefix,
      {
        schema: {
          ...{ tags, params, summary: 'A model' },
          response: {
            200: { description: 'Its inputs and outputs.', ...jsonSchema(modelSchema) },
            ...refusals(400, 404),
          },
        },
      },
      async (request) => modelMetadata(found(request)),
    );
    server.get(
      `${prefix}/ready`,
      {
        schema: {
          ...{ tags, params, summary: 'Does the model take requests?' },
          response: { 200: { description: 'Yes.', type: 'object' }, ...refusals(400, 404) },
        },
      },
      async (request) => {
        const { name } = found(request);
        return { name, ...(await ready()) };
      },
    );
    server.post(
      `${prefix}/infer`,
      {
        schema: {
          ...{ tags, params, summary: 'Logits and probabilities for windows [N, C, L]' },
          description:
            'The windows are the input of the model: filtered and scaled as its metadata say. In the binary form the ' +
            'JSON is followed by raw little-endian values, and the header Inference-Header-Content-Length states the ' +
            'bytes of the JSON.',
          headers: {
            type: 'object',
            properties: { 'Inference-Header-Content-Length': { type: 'integer', minimum: 0 } },
          },
          body: {
            content: {
              'application/json': { schema: jsonSchema(inferSchema) },
              'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
            },
          },
          response: {
            200: {
              description: 'The outputs, as JSON or as JSON followed by raw values.',
              content: {
                'application/json': { schema: jsonSchema(inferAnswerSchema) },
                'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
              },
            },
            ...refusals(...bodyStatuses),
          },
        },
      },
      async (request, reply) => {
        const model = found(request);
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const wanted = readInferRequest(body, headBytesOf(request), model);
        const answers = await model.queue.submit(wanted.signals, signalOf(request));
        const { body: answer, headBytes } = writeInferAnswer(answers, wanted, model);
        if (headBytes !== undefined) reply.header(headHeader, String(headBytes));
        return reply
          .type(headBytes === undefined ? 'application/json' : 'application/octet-stream')
          .send(answer);
      },
    );
  }
}

function headBytesOf({ headers }: FastifyRequest): number | undefined {
  const text = headers[headHeader];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^\d{1,12}$/.test(text)) return Number(text);
  throw badRequest(
    `the header Inference-Header-Content-Length is "${String(text).slice(0, 40)}"; expected the bytes of the JSON`,
  );
}
