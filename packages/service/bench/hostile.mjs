// Sends hostile requests to a service and watches its memory: truncated and damaged bodies, wrong lengths, slow clients,
// clients that leave, archives that are bombs or lead outside, bodies of a gigabyte, random bytes. Ends with 1 if the
// service crashes, answers 500, stops answering, or holds more memory at the end.
//   node packages/service/bench/hostile.mjs MODEL.onnx [--count 10000] [--seed 1] [--minutes 60]

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { archiveOf } from '../../../test/helpers/archive.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
  },
});
const [modelPath] = positionals;
if (modelPath === undefined) throw new Error('name a model file');
const count = Number(values.count);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let state = Number(values.seed) >>> 0;
/** Returns a random whole number below `limit` (xorshift). */
function random(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}
const pick = (list) => list[random(list.length)];
const randomBytes = (length) => Buffer.alloc(length).map(() => random(256));

const header = Buffer.from('r1 1 100 2000\nr1.dat 16 200 16 0 0 0 0 II\n');
const samples = Buffer.alloc(4000).map((_, n) => 128 + 100 * Math.sin(n / 9));
const goodZip = archiveOf([
  { name: 'r1.hea', content: header },
  { name: 'r1.dat', content: samples },
]);
const bomb = archiveOf([{ name: 'r1.dat', content: Buffer.alloc(300 * 2 ** 20) }]);
const hiddenBomb = archiveOf([{ name: 'r1.dat', content: Buffer.alloc(100 * 2 ** 20), statedBytes: 100 }]);
const csv = Buffer.from(Array.from({ length: 2000 }, (_, n) => Math.sin(n / 9).toFixed(3)).join('\n'));
const edfHead = Buffer.from('0       '.padEnd(512, '9'));

let length = 1000;
const inferBody = () => {
  const raw = Buffer.alloc(4 * length, 1);
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'ecg',
          shape: [1, 1, length],
          datatype: 'FP32',
          parameters: { binary_data_size: raw.length },
        },
      ],
    }),
  );
  return { head: head.length, body: Buffer.concat([head, raw]) };
};

/** Returns `bytes` with some bytes changed, removed or repeated. */
function damage(bytes) {
  const copy = Buffer.from(bytes);
  const kind = random(4);
  if (kind === 0) return copy.subarray(0, random(copy.length));
  if (kind === 1) return Buffer.concat([copy, copy.subarray(random(copy.length))]);
  for (let n = 0; n <= random(20); n++) copy[random(copy.length)] = random(256);
  return copy;
}

const paths = [
  '/v2/models/m/infer',
  '/v1/ecg:classify',
  '/v1/ecg:classify?fsHz=100',
  '/v1/ecg:paper',
  '/v1/ecg:paper?fsHz=100&seconds=20',
];
const post = (path, body, more = '', stated = body.length) =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${stated}\r\n${more}\r\n`,
    ),
    body,
  ]);

/** The kinds of requests, with their weights. */
const kinds = {
  async damagedInfer({ talk }) {
    const { head, body } = inferBody();
    await talk(
      post(
        paths[0],
        damage(body),
        `Inference-Header-Content-Length: ${pick([head, head - 1, 0, 1e12, -1])}\r\n`,
      ),
    );
  },
  async damagedZip({ talk }) {
    await talk(post(pick(paths.slice(1)), damage(goodZip)));
  },
  async damagedCsv({ talk }) {
    await talk(post(pick(paths.slice(1)), damage(csv)));
  },
  async damagedEdf({ talk }) {
    await talk(post(pick(paths.slice(1)), damage(edfHead)));
  },
  async noise({ talk }) {
    await talk(post(pick(paths), randomBytes(random(3000))));
  },
  async json({ talk }) {
    const value = pick([
      '{}',
      '[]',
      '1',
      '"x"',
      'null',
      '{"inputs":[{}]}',
      `{"a":${'['.repeat(5000)}`,
      '{"fsHz":1e308,"leads":["II"],"signals":[[1,2]]}',
      '{"__proto__":{"x":1}}',
      '{"fsHz":100,"leads":["II"],"signals":[[]]}',
    ]);
    await talk(post(pick(paths), Buffer.from(value)));
  },
  async path({ talk }) {
    const path = pick([
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/v2/models/..%2f..%2f',
      '/v2/models/%00/infer',
      `/${'a'.repeat(5000)}`,
      '/docs/static/..%2f..%2f..%2fpackage.json',
      '/v2/models/m/versions/%F0/ready',
      '/?%',
    ]);
    await talk(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
  },
  async method({ talk }) {
    await talk(
      Buffer.from(
        `${pick(['TRACE', 'DELETE', 'PUT', 'OPTIONS', 'FOO', 'CONNECT'])} ${pick(paths)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      ),
    );
  },
  async wire({ talk }) {
    await talk(
      pick([
        randomBytes(200),
        Buffer.from('GET / HTTP/9.9\r\n\r\n'),
        Buffer.from('POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n'),
        Buffer.from('POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
        Buffer.from(`GET / HTTP/1.1\r\nx: ${'y'.repeat(50_000)}\r\n\r\n`),
        Buffer.from(
          'POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
        ),
      ]),
    );
  },
  async leaves({ open }) {
    const { body } = inferBody();
    const socket = await open();
    socket.write(post(pick(paths), body, '', body.length * 2));
    await new Promise((resolve) => setTimeout(resolve, random(20)));
    socket.destroy();
  },
  async truncated({ talk }) {
    const { body } = inferBody();
    await talk(post(pick(paths), body.subarray(0, random(body.length)), '', body.length), true);
  },
};
/** Requests that cost time or memory: one in a hundred. */
const heavy = {
  async bomb({ talk }) {
    await talk(post('/v1/ecg:classify', bomb));
  },
  async hiddenBomb({ talk }) {
    await talk(post('/v1/ecg:classify', hiddenBomb));
  },
  async outside({ talk }) {
    await talk(
      post(
        '/v1/ecg:classify',
        archiveOf([{ name: pick(['../../x', '/tmp/x', 'a/../../x', '..\\x']), content: header }]),
      ),
    );
  },
  async manySamples({ talk }) {
    await talk(
      post(
        '/v1/ecg:classify',
        archiveOf([
          { name: 'r1.hea', content: Buffer.from('r1 1 250 99999999999\nr1.dat 16 200 16 0 0 0 0 II\n') },
        ]),
      ),
    );
  },
  async gigabyteStated({ talk }) {
    await talk(post(pick(paths), Buffer.alloc(1000), '', 2 ** 30));
  },
  async gigabyteSent({ open }) {
    const socket = await open();
    socket.write(`POST ${pick(paths)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(2 ** 20), Buffer.from('\r\n')]);
    let isOpen = true;
    const closed = new Promise((resolve) => {
      socket.once('close', () => {
        isOpen = false;
        resolve();
      });
    });
    for (let n = 0; n < 1024 && isOpen; n++) {
      if (socket.write(chunk)) continue;
      await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
    }
    socket.destroy();
  },
  async slow({ open }) {
    const socket = await open();
    socket.write('POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
    for (let n = 0; n < 50 && !socket.destroyed; n++) {
      socket.write('x');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    socket.destroy();
  },
};

const child = spawn(
  process.execPath,
  [main, '--model', `m=${modelPath}`, '--port', '0', '--workers', '1', '--timeout', '10'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
let ended;
child.on('exit', (code, signal) => {
  ended = `${code ?? signal}`;
});
let log = '';
const url = await new Promise((resolve, reject) => {
  child.on('exit', () => reject(new Error('the service did not start')));
  child.stdout.on('data', (chunk) => {
    if (log.length < 2 ** 22) log += chunk;
    const found = /"url":"([^"]+)"/.exec(log);
    if (found) resolve(new URL(found[1]));
  });
});
const residentMb = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
const openFiles = () => readdirSync(`/proc/${child.pid}/fd`).length;

const statuses = {};
function open() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => resolve(socket));
    socket.on('error', reject);
  });
}
/** Sends bytes, and counts the status of the answer. */
async function talk(bytes, ends = false) {
  const socket = await open();
  let answer = '';
  socket.on('data', (chunk) => {
    if (answer.length < 2000) answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  if (ends) socket.end();
  const closed = new Promise((resolve) => socket.on('close', resolve));
  const late = new Promise((resolve) => setTimeout(resolve, 30_000, 'late'));
  if ((await Promise.race([closed, late])) === 'late') socket.destroy();
  const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'closed';
  statuses[status] = (statuses[status] ?? 0) + 1;
  if (status === '500') console.error(`500: ${bytes.toString('latin1', 0, 300)}\n${answer.slice(0, 500)}`);
}

const facts = await (await fetch(new URL('/v1/models', url))).json();
length = Math.round(facts.models[0].fsHz * facts.models[0].seconds);
const names = Object.keys(kinds);
const heavyNames = Object.keys(heavy);
const counts = {};
const begin = performance.now();
let [sent, peakMb] = [0, 0];
let settledMb;
const client = async () => {
  while (sent < count && ended === undefined && performance.now() < begin + 60_000 * Number(values.minutes)) {
    sent++;
    if (sent % 250 === 0) peakMb = Math.max(peakMb, residentMb());
    if (sent === Math.floor(count / 5) || (settledMb === undefined && sent === 300)) settledMb = residentMb();
    const isHeavy = sent % 100 === 0;
    const name = isHeavy ? heavyNames[(sent / 100) % heavyNames.length] : pick(names);
    counts[name] = (counts[name] ?? 0) + 1;
    await (isHeavy ? heavy : kinds)[name]({ talk, open }).catch((error) => {
      statuses[error.code ?? error.message] = (statuses[error.code ?? error.message] ?? 0) + 1;
    });
  }
};
await Promise.all(Array.from({ length: 8 }, client));
await new Promise((resolve) => setTimeout(resolve, 3000));
const last = ended ?? (await fetch(new URL('/v2/health/ready', url))).status;
const left = readdirSync(tmpdir()).filter(
  (name) => name.startsWith('pqrst-service-') && !name.startsWith('pqrst-service-test-'),
);
const result = {
  ...{ requests: sent, seconds: Math.round((performance.now() - begin) / 1000), counts, statuses, last },
  residentMb: {
    afterAFifth: Math.round(settledMb ?? 0),
    peak: Math.round(peakMb),
    end: Math.round(residentMb()),
  },
  ...{ openFilesAtEnd: openFiles(), foldersLeft: left.length },
};
console.log(JSON.stringify(result, null, 1));
child.kill('SIGTERM');
await new Promise((resolve) => child.on('exit', resolve));
const isGrown = result.residentMb.end > 1.5 * result.residentMb.afterAFifth + 100;
if (last !== 200 || statuses['500'] > 0 || isGrown || left.length > 0) process.exitCode = 1;
