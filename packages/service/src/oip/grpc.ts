// The gRPC service of the Open Inference Protocol v2: the same checks, queue and answers as REST.

import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { badRequest, refusalOf, ServiceError } from '../errors.js';
import type { BodyBudget } from '../http/body.js';
import type { ApiKeys } from '../http/keys.js';
import { grpcBytes, grpcStreams, type Limits } from '../limits.js';
import type { Metrics } from '../metrics.js';
import type { FindModel, ServedModel } from '../model.js';
import { modelMetadata, serverMetadata } from './routes.js';
import { checkShape, expectFinite, fromRaw, outputShape, wantedOutputs } from './tensors.js';

interface NameRequest {
  readonly name: string;
  readonly version: string;
}

interface Contents {
  readonly fp32_contents: readonly number[];
  readonly fp64_contents: readonly number[];
}

interface GrpcInferRequest {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly string[];
    readonly contents: Contents | null;
  }[];
  readonly outputs: readonly { readonly name: string; readonly parameters: Record<string, unknown> }[];
  readonly raw_input_contents: readonly Buffer[];
}

/** What the server needs. */
export interface GrpcParts {
  readonly find: FindModel;
  readonly keys: ApiKeys;
  readonly limits: Limits;
  readonly budget: BodyBudget;
  readonly metrics: Metrics;
  readonly version: string;
  readonly state: { readonly isStopping: boolean };
}

const protoPath = fileURLToPath(new URL('../../proto/open_inference_grpc.proto', import.meta.url));

/** The status of gRPC for a status of HTTP. */
const codes: Readonly<Record<number, grpc.status>> = {
  400: grpc.status.INVALID_ARGUMENT,
  401: grpc.status.UNAUTHENTICATED,
  404: grpc.status.NOT_FOUND,
  413: grpc.status.INVALID_ARGUMENT,
  422: grpc.status.INVALID_ARGUMENT,
  429: grpc.status.RESOURCE_EXHAUSTED,
  499: grpc.status.CANCELLED,
  503: grpc.status.UNAVAILABLE,
  504: grpc.status.DEADLINE_EXCEEDED,
};

type Call = grpc.ServerUnaryCall<unknown, unknown>;

/** The gRPC server. */
export class GrpcServer {
  readonly #parts: GrpcParts;
  readonly #server: grpc.Server;
  #inFlight = 0;

  constructor(parts: GrpcParts) {
    this.#parts = parts;
    const { find, version, state, limits } = parts;
    this.#server = new grpc.Server({
      'grpc.max_receive_message_length': Math.min(limits.bodyBytes, grpcBytes),
      'grpc.max_send_message_length': limits.bodyBytes,
      'grpc.max_concurrent_streams': grpcStreams,
    });
    const definition = loadSync(protoPath, { keepCase: true, longs: String, defaults: true });
    const loaded = grpc.loadPackageDefinition(definition) as unknown as {
      inference: { GRPCInferenceService: { service: grpc.ServiceDefinition } };
    };
    const isReady = () => !state.isStopping;
    this.#server.addService(loaded.inference.GRPCInferenceService.service, {
      ServerLive: this.#unary('ServerLive', true, async () => ({ live: true })),
      ServerReady: this.#unary('ServerReady', true, async () => ({ ready: isReady() })),
      ModelReady: this.#unary('ModelReady', false, async (call) => {
        const { name, version: wanted } = call.request as NameRequest;
        find(name, wanted);
        return { ready: isReady() };
      }),
      ServerMetadata: this.#unary('ServerMetadata', false, async () => serverMetadata(version)),
      ModelMetadata: this.#unary('ModelMetadata', false, async (call) => {
        const { name, version: wanted } = call.request as NameRequest;
        return modelMetadata(find(name, wanted));
      }),
      ModelInfer: this.#unary('ModelInfer', false, (call, abort) =>
        this.#infer(call.request as GrpcInferRequest, abort),
      ),
    });
  }

  /** Calls without an answer. */
  inFlight(): number {
    return this.#inFlight;
  }

  /** Takes an address and returns its port. */
  listen(host: string, port: number): Promise<number> {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }

  /** Closes all connections. */
  close(): Promise<void> {
    this.#server.forceShutdown();
    return Promise.resolve();
  }

  /** Returns the handler of a method: keys, stop, time limit, cancelling, errors and metrics. */
  #unary(
    method: string,
    isOpen: boolean,
    work: (call: Call, abort: AbortSignal) => Promise<unknown>,
  ): grpc.handleUnaryCall<unknown, unknown> {
    const { keys, metrics, limits, state } = this.#parts;
    return (call, callback) => {
      const start = performance.now();
      const abort = new AbortController();
      const late = new ServiceError(
        504,
        'ERR_TIMEOUT',
        `the answer took more than ${limits.timeoutS} s; send less`,
      );
      const timer = setTimeout(() => abort.abort(late), limits.timeoutS * 1000);
      call.on('cancelled', () => abort.abort(new ServiceError(499, 'ERR_CANCELLED', 'the client left')));
      this.#inFlight++;
      const answer = async () => {
        if (!isOpen) {
          const header = (name: string) => call.metadata.get(name)[0]?.toString();
          keys.check(header('authorization'), header('x-api-key'));
          if (state.isStopping) throw new ServiceError(503, 'ERR_STOPPING', 'the service is stopping');
        }
        return work(call, abort.signal);
      };
      const end = (code: grpc.status) => {
        clearTimeout(timer);
        this.#inFlight--;
        metrics.request('grpc', method, code, (performance.now() - start) / 1000);
      };
      answer().then(
        (value) => {
          end(grpc.status.OK);
          callback(null, value);
        },
        (error: unknown) => {
          const { status, message } = refusalOf(error);
          const code = codes[status] ?? grpc.status.INTERNAL;
          end(code);
          callback({ code, details: message });
        },
      );
    };
  }

  async #infer(request: GrpcInferRequest, abort: AbortSignal): Promise<unknown> {
    const { find, budget } = this.#parts;
    const model = find(request.model_name, request.model_version);
    const signals = expectFinite(readSignals(request, model), model);
    const outputs = wantedOutputs(
      request.outputs.map(({ name, parameters }) => ({ name, parameters })),
      () => true,
    );
    budget.take(signals.byteLength);
    try {
      const answers = await model.queue.submit(signals, abort);
      const shape = outputShape(model, answers.probability.length / model.width);
      return {
        model_name: model.name,
        model_version: model.version,
        id: request.id,
        outputs: outputs.map(({ name }) => ({ name, datatype: 'FP32', shape })),
        raw_output_contents: outputs.map(({ name }) => Buffer.from(answers[name].slice().buffer)),
      };
    } finally {
      budget.give(signals.byteLength);
    }
  }
}

function readSignals(request: GrpcInferRequest, model: ServedModel): Float32Array {
  const [input] = request.inputs;
  if (input === undefined || request.inputs.length > 1) {
    throw badRequest(`the request has ${request.inputs.length} inputs; expected one`);
  }
  const { name, datatype, contents } = input;
  const count = checkShape({ name, datatype, shape: input.shape.map(Number) }, model);
  const [raw] = request.raw_input_contents;
  if (raw !== undefined) {
    if (request.raw_input_contents.length > 1)
      throw badRequest('the request has several raw_input_contents; expected one');
    return fromRaw(raw, count, datatype);
  }
  if (datatype === 'FP16') throw badRequest('FP16 is read from raw_input_contents alone');
  const values = (datatype === 'FP64' ? contents?.fp64_contents : contents?.fp32_contents) ?? [];
  if (values.length !== count) {
    throw badRequest(`the contents hold ${values.length} values of ${datatype}; the shape states ${count}`);
  }
  return Float32Array.from(values);
}
