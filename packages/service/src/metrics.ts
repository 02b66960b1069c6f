// The Prometheus metrics of the service. Labels are routes, models and codes, never names from requests.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BodyBudget } from './http/body.js';
import type { ServedModel } from './model.js';

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The metrics of one service. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Counter;
  readonly #seconds: Histogram;
  readonly #windows: Counter;
  readonly #batch: Histogram;
  readonly #batchSeconds: Histogram;

  constructor(models: readonly ServedModel[], budget: BodyBudget) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Counter({
      name: 'pqrst_requests_total',
      help: 'Answered requests',
      labelNames: ['protocol', 'route', 'status'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'pqrst_request_seconds',
      help: 'Time from the first byte of a request to the end of its answer',
      labelNames: ['protocol', 'route'],
      buckets: requestBuckets,
      registers,
    });
    this.#windows = new Counter({
      name: 'pqrst_windows_total',
      help: 'Windows that a model answered',
      labelNames: ['model'],
      registers,
    });
    this.#batch = new Histogram({
      name: 'pqrst_batch_windows',
      help: 'Windows per batch',
      labelNames: ['model'],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    });
    this.#batchSeconds = new Histogram({
      name: 'pqrst_batch_seconds',
      help: 'Time of a batch in its session',
      labelNames: ['model'],
      buckets: requestBuckets,
      registers,
    });
    new Gauge({
      name: 'pqrst_queue_windows',
      help: 'Windows that wait for a session',
      labelNames: ['model'],
      registers,
      collect() {
        for (const { name, queue } of models) this.set({ model: name }, queue.queued);
      },
    });
    new Gauge({
      name: 'pqrst_body_bytes',
      help: 'Bytes of request bodies in memory',
      registers,
      collect() {
        this.set(budget.held);
      },
    });
  }

  /** Counts a request. `status` is that of HTTP or gRPC. */
  request(protocol: 'http' | 'grpc', route: string, status: number, seconds: number): void {
    this.#requests.inc({ protocol, route, status });
    this.#seconds.observe({ protocol, route }, seconds);
  }

  /** Counts a batch. */
  batch(model: string, windows: number, ms: number): void {
    this.#windows.inc({ model }, windows);
    this.#batch.observe({ model }, windows);
    this.#batchSeconds.observe({ model }, ms / 1000);
  }
}
