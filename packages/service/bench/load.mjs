// Measures a service on loopback with one model: throughput beside `evaluate` and a bare session, in turns, and the
// latency at half of the measured load. Prints JSON.
//   node packages/service/bench/load.mjs MODEL.onnx [--windows 20000] [--turns 3] [--workers 2]
// The service runs in a process of its own, so that its CPU seconds can be read from /proc without those of the client.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeCorpus } from 'pqrst/corpus';
import { openEngine, openModel } from 'pqrst/evaluate';
import { Synthesizer } from 'pqrst/synth';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    windows: { type: 'string', default: '20000' },
    turns: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '10' },
  },
});
const [modelPath] = positionals;
if (modelPath === undefined) throw new Error('name a model file');
const [windows, turns, workers, latencyS] = [
  values.windows,
  values.turns,
  values.workers,
  values.seconds,
].map(Number);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const hz = 100;

/** Returns the CPU seconds that a process has used, with its threads. */
function cpuS(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / hz;
}

/** Starts the service and returns its address. */
async function start() {
  const words = [main, '--model', `m=${modelPath}`, '--port', '0', '--workers', String(workers)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  const url = await new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the service ended with ${code}`)));
    child.stdout.on('data', (chunk) => {
      if (text.length < 10_000) text += chunk;
      const found = /"url":"([^"]+)"/.exec(text);
      if (found) resolve(found[1]);
    });
  });
  return { url: new URL(url), child };
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Sends one request and returns its milliseconds. */
function send({ hostname, port }, body, headBytes) {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': body.length, 'inference-header-content-length': headBytes };
    const sent = request(
      { hostname, port, path: '/v2/models/m/infer', method: 'POST', agent, headers },
      (answer) => {
        answer.resume();
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(performance.now() - begin);
          else reject(new Error(`status ${answer.statusCode}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Returns the binary body of a request for some windows. */
function bodyOf(signals, count, length) {
  const raw = Buffer.from(signals.buffer, signals.byteOffset, count * length * 4);
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'ecg',
          shape: [count, 1, length],
          datatype: 'FP32',
          parameters: { binary_data_size: raw.length },
        },
      ],
      outputs: [{ name: 'probability', parameters: { binary_data: true } }],
    }),
  );
  return { body: Buffer.concat([head, raw]), headBytes: head.length };
}

/** Sends `windows` windows, `each` in a request, with `clients` requests at a time. */
async function flood(service, { body, headBytes }, each, clients) {
  const [cpu, begin] = [cpuS(service.child.pid), performance.now()];
  let left = Math.ceil(windows / each);
  const total = left * each;
  const worker = async () => {
    while (left > 0) {
      left--;
      await send(service.url, body, headBytes);
    }
  };
  await Promise.all(Array.from({ length: clients }, worker));
  const wallS = (performance.now() - begin) / 1000;
  return { cpuMsPer1000: (1e6 * (cpuS(service.child.pid) - cpu)) / total, perS: total / wallS };
}

/** Runs the whole command evaluate on a corpus, and returns its CPU and wall time. */
async function evaluateOnce(folder) {
  const [begin, words] = [
    performance.now(),
    [cli, 'evaluate', '--model', modelPath, '--data', `corpus:${folder}`, '--device', 'cpu'],
  ];
  const script = `process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error('CPU ' + (user + system)); });`;
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(script)}`, ...words],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const cpu = /CPU (\d+)/.exec(text);
  if (code !== 0 || cpu === null) throw new Error(`evaluate ended with ${code}: ${text}`);
  return { cpuMsPer1000: Number(cpu[1]) / windows, perS: windows / ((performance.now() - begin) / 1000) };
}

/** Runs batches in a session of this process's own engine. */
async function bareOnce(model, signals, batch) {
  const [cpu, begin] = [process.cpuUsage(), performance.now()];
  const ms = [];
  const rounds = Math.ceil(windows / batch);
  for (let n = 0; n < rounds; n++) {
    const before = performance.now();
    await model.answer(signals.subarray(0, batch * model.lengthSamples));
    ms.push(performance.now() - before);
  }
  const { user, system } = process.cpuUsage(cpu);
  const total = rounds * batch;
  return {
    cpuMsPer1000: (user + system) / total,
    perS: total / ((performance.now() - begin) / 1000),
    batchMs: quantiles(ms),
  };
}

function quantiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) =>
    Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(2));
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const folder = await mkdtemp(join(tmpdir(), 'pqrst-bench-'));
const engine = await openEngine({ device: 'cpu' });
const model = await openModel(modelPath, { engine, threads: 1 });
const { lengthSamples, metadata } = model;
const shape = { fsHz: metadata.fsHz, seconds: lengthSamples / metadata.fsHz };
const service = await start();
try {
  await writeCorpus(join(folder, 'corpus'), {
    format: 'npy',
    count: windows,
    classes: { normal: 1, af: 1 },
    ...shape,
    seed: 1,
  });
  const synth = new Synthesizer({ preset: 'paper', ...shape, seed: 1, unit: 'zscore' });
  const { signals } = await synth.batch({ classes: ['normal', 'af'], count: 256 });
  const cases = [
    [
      'service, 64 windows in a request, 8 clients',
      () => flood(service, bodyOf(signals, 64, lengthSamples), 64, 8),
    ],
    [
      'service, 1 window in a request, 64 clients',
      () => flood(service, bodyOf(signals, 1, lengthSamples), 1, 64),
    ],
    ['evaluate', () => evaluateOnce(join(folder, 'corpus'))],
    ['bare session, batch 64', () => bareOnce(model, signals, 64)],
    ['bare session, batch 256', () => bareOnce(model, signals, 256)],
  ];
  const found = Object.fromEntries(cases.map(([name]) => [name, []]));
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, run] of cases) {
      const one = await run();
      found[name].push(one);
      console.error(
        `${name}: ${one.cpuMsPer1000.toFixed(1)} CPU ms per 1,000 windows, ${one.perS.toFixed(0)} per s`,
      );
    }
  }
  const medians = Object.fromEntries(
    cases.map(([name]) => [
      name,
      {
        cpuMsPer1000: Number(median(found[name].map((one) => one.cpuMsPer1000)).toFixed(1)),
        windowsPerS: Math.round(median(found[name].map((one) => one.perS))),
      },
    ]),
  );
  // Half of the load: requests start at fixed times, whether others have ended or not.
  const rate = medians[cases[1][0]].windowsPerS / 2;
  const one = bodyOf(signals, 1, lengthSamples);
  const latencies = [];
  const pending = [];
  const begin = performance.now();
  for (let n = 0; n < rate * latencyS; n++) {
    const due = begin + (1000 * n) / rate;
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
    pending.push(send(service.url, one.body, one.headBytes).then((ms) => latencies.push(ms)));
  }
  await Promise.all(pending);
  const bare = await bareOnce(model, signals, 64);
  console.log(
    JSON.stringify(
      {
        medians,
        turns: found,
        halfLoad: {
          requestsPerS: Math.round(rate),
          latencyMs: quantiles(latencies),
          bareBatch64Ms: bare.batchMs,
        },
      },
      null,
      1,
    ),
  );
} finally {
  service.child.kill('SIGTERM');
  await model.close();
  await engine.close();
  agent.destroy();
  await rm(folder, { recursive: true, force: true });
}
