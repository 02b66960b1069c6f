// JSON schemas of the OpenAPI page, made from the schemas that check the requests.

import { z } from 'zod';

/** Returns the JSON schema of a zod schema. */
export function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

const refusal = jsonSchema(
  z.object({
    error: z.string().describe('What was found, what was expected, and what to do.'),
    code: z.string().describe('The kind of the error, for a program.'),
  }),
);

const words = {
  400: 'The request is not as documented, or the recording cannot be read.',
  401: 'The API key is missing or wrong.',
  404: 'There is no such model or path.',
  405: 'The path has other methods.',
  408: 'The request did not arrive in time.',
  413: 'The request is too large.',
  415: 'The encoding of the body is not read.',
  422: 'The model cannot answer for these signals.',
  429: 'The queue is full. Try again after the seconds of Retry-After.',
  431: 'The address or the headers are too long.',
  500: 'The service failed.',
  503: 'The service is stopping, or the queue of jobs does not answer.',
  504: 'The answer took too long.',
} as const;

/** A status of a refusal. */
export type RefusalStatus = keyof typeof words;

/** Returns the responses of refusals for a route. */
export function refusals(...statuses: readonly RefusalStatus[]): Record<number, unknown> {
  const all: RefusalStatus[] = [...statuses, 401, 405, 429, 431, 500, 503];
  return Object.fromEntries(all.map((status) => [status, { description: words[status], ...refusal }]));
}

/** The refusals of a route that takes a body and runs a model. */
export const bodyStatuses: readonly RefusalStatus[] = [400, 404, 408, 413, 415, 422, 504];
