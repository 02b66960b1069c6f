// Tensors of the Open Inference Protocol v2: the JSON of an inference request with the binary tensor extension, and
// its answer. The same checks serve REST and gRPC.
// https://github.com/kserve/open-inference-protocol, and Triton's extension_binary_data.

import type { Answers } from 'pqrst/evaluate';
import { halfToFloat } from 'pqrst/records';
import { z } from 'zod';
import { badRequest, ServiceError } from '../errors.js';
import { jsonBytes, requestValues } from '../limits.js';
import type { ServedModel } from '../model.js';

/** The name of the input: windows [N, C, L]. */
export const inputName = 'ecg';
/** The names of the outputs, [N] or [N, count] each. */
export const outputNames = ['logit', 'probability'] as const;
/** The name of an output. */
export type OutputName = (typeof outputNames)[number];

/** Types of an input, with the bytes of a value. */
const datatypes = { FP16: 2, FP32: 4, FP64: 8 } as const;
type Datatype = keyof typeof datatypes;

/** The parameters that the service reads. Others are ignored, as the protocol says. */
const parameters = z.looseObject({
  binary_data_size: z.int().min(0).optional(),
  binary_data: z.boolean().optional(),
  binary_data_output: z.boolean().optional(),
  classification: z.unknown().optional(),
});

const inputSchema = z.looseObject({
  name: z.string(),
  shape: z.array(z.int().min(1)),
  datatype: z.string(),
  parameters: parameters.optional(),
  data: z.array(z.unknown()).optional().describe('Row-major values, flat or nested.'),
});

const outputSchema = z.looseObject({ name: z.string(), parameters: parameters.optional() });

/** The JSON of an inference request. */
export const inferSchema = z.looseObject({
  id: z.string().optional(),
  parameters: parameters.optional(),
  inputs: z.array(inputSchema).length(1),
  outputs: z.array(outputSchema).optional(),
});

/** The answer, or the JSON of it. */
export const inferAnswerSchema = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(
    z.object({
      name: z.enum(outputNames),
      shape: z.array(z.int()),
      datatype: z.literal('FP32'),
      parameters: z.looseObject({ binary_data_size: z.int().optional() }).optional(),
      data: z.array(z.number().nullable()).optional(),
    }),
  ),
});

/** One requested output. */
export interface WantedOutput {
  readonly name: OutputName;
  readonly isBinary: boolean;
}

/** An inference request. */
export interface InferRequest {
  readonly id: string | undefined;
  /** Windows [N, C, L], all values finite. */
  readonly signals: Float32Array;
  readonly outputs: readonly WantedOutput[];
}

/**
 * Reads a request body: JSON, or JSON followed by raw values.
 *
 * @param headBytes - the bytes of the JSON, from `Inference-Header-Content-Length`; undefined: all of the body.
 * @throws ServiceError ERR_REQUEST: when it is not a request for this model.
 */
export function readInferRequest(
  body: Buffer,
  headBytes: number | undefined,
  model: ServedModel,
): InferRequest {
  const length = headBytes ?? body.length;
  if (length > body.length) {
    throw badRequest(`the header states ${length} bytes of JSON, but the body has ${body.length}`);
  }
  if (length > jsonBytes) {
    throw new ServiceError(
      413,
      'ERR_TOO_LARGE',
      `the JSON has ${length} bytes; at most ${jsonBytes} are read: send the values as a binary tensor`,
    );
  }
  const request = parseJson(body.subarray(0, length));
  const parsed = inferSchema.safeParse(request);
  if (!parsed.success) throw badRequest(`the request is not as documented: ${firstIssue(parsed.error)}`);
  const { id, inputs, outputs, parameters: all } = parsed.data;
  const input = inputs[0]!;
  const raw = body.subarray(length);
  const stated = input.parameters?.binary_data_size;
  const count = checkShape(input, model);
  let signals: Float32Array;
  if (stated === undefined) {
    if (raw.length > 0)
      throw badRequest(`${raw.length} bytes follow the JSON, but no input states binary_data_size`);
    signals = fromJson(input.data, count, input.datatype);
  } else {
    if (input.data !== undefined) throw badRequest('the input has both data and binary_data_size; send one');
    if (raw.length !== stated) {
      throw badRequest(`binary_data_size is ${stated}, but ${raw.length} bytes follow the JSON`);
    }
    signals = fromRaw(raw, count, input.datatype);
  }
  const isBinary = all?.binary_data_output ?? false;
  return {
    id,
    signals: expectFinite(signals, model),
    outputs: wantedOutputs(outputs, ({ parameters }) => (parameters?.binary_data ?? isBinary) === true),
  };
}

/**
 * Returns the number of values of an input.
 *
 * @throws ServiceError ERR_REQUEST: when name, type or shape are not those of the model.
 */
export function checkShape(
  input: { readonly name: string; readonly datatype: string; readonly shape: readonly number[] },
  { leads, lengthSamples }: ServedModel,
): number {
  if (input.name !== inputName)
    throw badRequest(`the input "${input.name}" is unknown; the input is "${inputName}"`);
  if (!(input.datatype in datatypes)) {
    throw badRequest(
      `the datatype "${input.datatype}" is not read; send ${Object.keys(datatypes).join(', ')}`,
    );
  }
  const { shape } = input;
  const [windows = 0, ...rest] = shape;
  const fits =
    (rest.length === 2 && rest[0] === leads && rest[1] === lengthSamples) ||
    (rest.length === 1 && leads === 1 && rest[0] === lengthSamples);
  if (!fits || !(windows >= 1)) {
    const both = leads === 1 ? ` or [N, ${lengthSamples}]` : '';
    throw badRequest(
      `the input has the shape [${shape.slice(0, 8).join(', ')}]; expected [N, ${leads}, ${lengthSamples}]${both}, N from 1`,
    );
  }
  const count = windows * leads * lengthSamples;
  if (count > requestValues) {
    throw new ServiceError(
      413,
      'ERR_TOO_LARGE',
      `the input has ${count} values; at most ${requestValues} are taken at once: divide it`,
    );
  }
  return count;
}

/** Returns raw little-endian values as float32. */
export function fromRaw(raw: Uint8Array, count: number, datatype: string): Float32Array {
  const each = datatypes[datatype as Datatype];
  if (raw.length !== count * each) {
    throw badRequest(`the shape needs ${count * each} bytes of ${datatype}, but ${raw.length} were sent`);
  }
  // A copy starts at a multiple of 8 bytes, which a view of the body may not.
  const bytes = new Uint8Array(raw).buffer;
  if (datatype === 'FP32') return new Float32Array(bytes);
  if (datatype === 'FP64') return Float32Array.from(new Float64Array(bytes));
  return halfToFloat(new Uint16Array(bytes));
}

/** Returns the values of nested or flat lists. */
function fromJson(data: readonly unknown[] | undefined, count: number, datatype: string): Float32Array {
  if (data === undefined)
    throw badRequest('the input has no data; give data, or binary_data_size and the raw values');
  if (datatype === 'FP16') throw badRequest('FP16 has no JSON form; send it as a binary tensor');
  const values = new Float32Array(count);
  let at = 0;
  // A stack of lists and positions instead of recursion: a hostile list may be nested a million times.
  const stack: { list: readonly unknown[]; next: number }[] = [{ list: data, next: 0 }];
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    if (top.next === top.list.length) {
      stack.pop();
      continue;
    }
    const item = top.list[top.next++];
    if (Array.isArray(item)) {
      if (stack.length > 3) throw badRequest('data is nested more than 4 times; the input has 3 dimensions');
      stack.push({ list: item, next: 0 });
    } else if (typeof item !== 'number') {
      throw badRequest(`data holds ${JSON.stringify(item)?.slice(0, 40)}; expected numbers`);
    } else if (at === count) {
      throw badRequest(`data holds more values than the shape states (${count})`);
    } else values[at++] = item;
  }
  if (at !== count) throw badRequest(`data holds ${at} values; the shape states ${count}`);
  return values;
}

/** Returns `signals` if all are finite: a NaN would make the answers of the whole batch NaN. */
export function expectFinite(signals: Float32Array, { leads, lengthSamples }: ServedModel): Float32Array {
  for (let at = 0; at < signals.length; at++) {
    if (!Number.isFinite(signals[at]!)) {
      const window = Math.floor(at / (leads * lengthSamples));
      throw badRequest(`window ${window} of the input holds ${signals[at]}; expected finite values`);
    }
  }
  return signals;
}

/** An output as a request names it. */
interface RequestedOutput {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

/** Returns the requested outputs; both if none is requested. */
export function wantedOutputs(
  outputs: readonly RequestedOutput[] | undefined,
  isBinary: (output: RequestedOutput) => boolean,
): WantedOutput[] {
  const asked: readonly RequestedOutput[] = outputs?.length ? outputs : outputNames.map((name) => ({ name }));
  return asked.map((output) => {
    const name = outputNames.find((one) => one === output.name);
    if (name === undefined) {
      throw badRequest(
        `the output "${output.name}" is unknown; the outputs are ${outputNames.join(' and ')}`,
      );
    }
    if (output.parameters?.classification !== undefined) {
      throw badRequest('the classification extension is not offered; read the classes from /v1/models');
    }
    return { name, isBinary: isBinary(output) };
  });
}

/** Returns the shape of an output for N windows. */
export function outputShape({ outputs }: ServedModel, windows: number): number[] {
  return outputs.kind === 'binary' ? [windows] : [windows, outputs.count];
}

/** Returns the body of an answer, and the bytes of its JSON if raw values follow. */
export function writeInferAnswer(
  answers: Answers,
  { id, outputs }: Pick<InferRequest, 'id' | 'outputs'>,
  model: ServedModel,
): { readonly body: Buffer; readonly headBytes: number | undefined } {
  const shape = outputShape(model, answers.probability.length / model.width);
  const raws: Buffer[] = [];
  const written = outputs.map(({ name, isBinary }) => {
    const values = answers[name];
    // A probability of 0 or 1 of a model without logits has an infinite logit, which JSON lacks.
    if (!isBinary) return { name, shape, datatype: 'FP32', data: Array.from(values, finiteOrNull) };
    const raw = Buffer.from(values.slice().buffer);
    raws.push(raw);
    return { name, shape, datatype: 'FP32', parameters: { binary_data_size: raw.length } };
  });
  const head = Buffer.from(
    JSON.stringify({
      model_name: model.name,
      model_version: model.version,
      ...(id !== undefined && { id }),
      outputs: written,
    }),
  );
  if (raws.length === 0) return { body: head, headBytes: undefined };
  return { body: Buffer.concat([head, ...raws]), headBytes: head.length };
}

const finiteOrNull = (value: number) => (Number.isFinite(value) ? value : null);

/** Parses the JSON of a body. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badRequest(
      'the body is not JSON in UTF-8; a binary tensor needs the header Inference-Header-Content-Length',
    );
  }
}

/** Returns where the first problem of a value is, and what it is. */
export function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  const place = issue?.path.join('.') || 'the body';
  return `${place}: ${issue?.message}`;
}
