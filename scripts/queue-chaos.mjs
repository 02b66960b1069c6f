// Disturbs the workers of a queue and compares the corpus that they make with that of an undisturbed run, byte for byte.
// Starts its own Redis (with its log of changes on disk) or PostgreSQL on a free port, or uses a folder as the queue.
//   node scripts/queue-chaos.mjs [--queue redis|postgres|folder] [--phases kills,stop,restart,cut,disk,speed]
//     [--workers 2,4] [--kills 20] [--parts 60] [--seed 1]
// Phases: `kills` kills workers by SIGKILL while they run a part, and measures when the part starts again; `stop` suspends
// a worker with its part for 12 s; `restart` kills the server and starts it again; `cut` cuts the network of one worker
// for 20 s; `disk` gives one worker a limit on the size of files, and then fills the disk of all workers (as root); `speed`
// compares one worker with two, each on a core of its own. A phase that the machine cannot do is skipped with a line.
// Needs the build (npm run setup). Ends with exit code 1 if a byte differs or a part starts again later than after 10 s.
// More than 300 lines: each phase needs its own disturbance.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomStream } from '../dist/base/random.js';

const mainScript = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
/** The limit of the time until a killed worker's part starts again. */
const mostRestartMs = 10_000;
const longestPhaseMs = 600_000;

const { values } = parseArgs({
  options: {
    queue: { type: 'string', default: 'redis' },
    phases: { type: 'string', default: 'kills,stop,restart,cut,disk,speed' },
    workers: { type: 'string', default: '2,4' },
    kills: { type: 'string', default: '20' },
    parts: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});
const parts = Number(values.parts);
const random = randomStream(Number(values.seed), 'queue-chaos');
const folder = await mkdtemp(join(tmpdir(), 'pqrst-chaos-'));
const say = (text) => process.stdout.write(`${text}\n`);
let problems = 0;
const problem = (text) => {
  problems++;
  say(`PROBLEM: ${text}`);
};

/** The records: 200 per part, so that a part takes about a second. */
const records = [
  '--count',
  String(200 * parts),
  '--classes',
  'normal:2,af:1',
  '--seed',
  '7',
  '--format',
  'npy',
];
const request = [...records, '--noise', 'muscle=10..20dB,wander=0.2mV'];

/** Runs the command line and returns its JSON. */
function pqrst(words, { code = 0 } = {}) {
  const done = spawnSync(process.execPath, [mainScript, ...words, '--json'], { encoding: 'utf8' });
  if (done.status !== code) throw new Error(`pqrst ${words.join(' ')}: exit ${done.status}: ${done.stderr}`);
  return JSON.parse(done.stdout);
}

/** Returns the SHA-256 of each file of a folder by its relative path. */
async function hashesOf(path) {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const hashes = [];
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const file = join(entry.parentPath, entry.name);
    hashes.push([
      relative(path, file),
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ]);
  }
  return new Map(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A worker process, with the times at which it started and ended parts. */
class Worker {
  constructor(queue, { before = '', core } = {}) {
    const words = [process.execPath, mainScript, 'work', '--queue', queue, '--root', folder];
    const pinned = core === undefined ? words : ['taskset', '-c', String(core), ...words];
    this.child = spawn('sh', ['-c', `${before} exec "$@"`, 'sh', ...pinned], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // The worker and its part are a group of their own.
      detached: true,
    });
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
    this.log = '';
    this.current = undefined;
    this.events = [];
    let rest = '';
    this.child.stderr.on('data', (chunk) => {
      this.log += chunk;
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop();
      for (const line of lines) this.read(line);
    });
  }

  read(line) {
    const [, name, what] = /^(synth-\S+): (started|done|failed|given back|another)/.exec(line) ?? [];
    if (name === undefined) return;
    this.events.push({ name, what, atMs: performance.now() });
    this.current = what === 'started' ? name : undefined;
  }

  kill(signal) {
    this.child.kill(signal);
  }

  /** Sends a signal to the worker and its part. */
  killGroup(signal) {
    process.kill(-this.child.pid, signal);
  }
}

async function until(what, isTrue, limitMs = longestPhaseMs, everyMs = 50) {
  const end = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${limitMs / 1000} s`);
    await sleep(everyMs);
  }
}

/** A server of a queue on a free port. */
class Server {
  static async start(kind) {
    const server = new Server();
    server.kind = kind;
    server.port = await freePort();
    server.folder = await mkdtemp(join(tmpdir(), 'pqrst-server-'));
    await server.up();
    return server;
  }

  get url() {
    return this.urlAt(this.port);
  }

  urlAt(port) {
    return this.kind === 'redis'
      ? `redis://127.0.0.1:${port}`
      : `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  async up() {
    if (this.kind === 'redis') {
      const words = ['--port', String(this.port), '--dir', this.folder, '--appendonly', 'yes', '--save', ''];
      this.child = spawn('redis-server', [...words, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
    } else {
      const data = join(this.folder, 'data');
      // PostgreSQL refuses to run as root.
      const isRoot = process.getuid() === 0;
      const options = isRoot ? accountOf('postgres') : {};
      if (isRoot) chownSync(this.folder, options.uid, options.gid);
      const settings = { ...options, cwd: this.folder, stdio: 'ignore' };
      if (!existsSync(data))
        execFileSync(postgres('initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust'], settings);
      this.child = spawn(
        postgres('postgres'),
        ['-D', data, '-p', String(this.port), '-k', this.folder],
        settings,
      );
    }
    await until(`${this.kind} starts`, () => answers(this.port), 60_000);
    await sleep(500);
  }

  async down() {
    const ended = new Promise((resolve) => this.child.on('close', resolve));
    this.child.kill(this.kind === 'redis' ? 'SIGKILL' : 'SIGINT');
    await ended;
  }

  async end() {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function accountOf(name) {
  const id = (flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Returns the path of a program of PostgreSQL; undefined if it is not installed. */
function postgres(program) {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions.map((version) => join(root, version, 'bin', program)).find((path) => existsSync(path));
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}

/** Passes a port on. While it is cut, connections stay open and nothing arrives, as behind a broken cable. */
async function proxyTo(port) {
  const pairs = new Set();
  let isCut = false;
  const server = createServer((socket) => {
    const other = connect(port, '127.0.0.1');
    const pair = [socket, other];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      for (const one of pair) one.destroy();
    };
    socket.pipe(other);
    other.pipe(socket);
    for (const one of pair) one.on('error', end).on('close', end);
    if (isCut) for (const one of pair) one.pause();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    cut() {
      isCut = true;
      for (const [a, b] of pairs) {
        a.unpipe(b);
        b.unpipe(a);
        a.pause();
        b.pause();
      }
    },
    heal() {
      isCut = false;
      for (const pair of pairs) for (const one of pair) one.destroy();
    },
    close: () => {
      for (const pair of pairs) for (const one of pair) one.destroy();
      server.close();
    },
  };
}

/** Submits a corpus, lets `disturb` act on its workers until it is finished, and compares the bytes. */
async function phase(name, address, workers, disturb, { out = join(folder, `${name}-${Date.now()}`) } = {}) {
  const began = performance.now();
  // The queue of an earlier phase is done; its parts have other names, because the folder is part of the request.
  const before = existsSync(address) || address.includes('://') ? statusOf(address) : { done: 0 };
  pqrst(['submit', 'synth', ...request, '--parts', String(parts), '--out', out, '--queue', address]);
  const open = new Set(workers.map((options) => new Worker(options.queue ?? address, options)));
  const all = [...open];
  const add = (options = {}) => {
    const worker = new Worker(address, options);
    open.add(worker);
    all.push(worker);
    return worker;
  };
  const isDone = () => statusOf(address).done >= before.done + parts;
  const finish = () => until('the corpus', isDone, longestPhaseMs, 2000);
  let note;
  try {
    note = await disturb({ open, all, add, finish });
    await finish();
  } finally {
    for (const worker of open) worker.kill('SIGTERM');
    await Promise.all([...open].map(({ ended }) => ended));
  }
  const { failed } = statusOf(address);
  if (failed > 0) problem(`${name}: ${failed} parts failed`);
  await compare(name, out);
  const started = all.flatMap(({ events }) => events.filter(({ what }) => what === 'started')).length;
  const done = all.flatMap(({ events }) => events.filter(({ what }) => what === 'done')).length;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(
    `${name}: ${parts} parts, started ${started} times, done ${done} times, ${seconds} s${note ? `; ${note}` : ''}`,
  );
  if (!out.startsWith(folder)) return;
  await rm(out, { recursive: true, force: true });
}

function statusOf(address) {
  const done = spawnSync(process.execPath, [mainScript, 'status', '--queue', address, '--json'], {
    encoding: 'utf8',
  });
  return done.status === 0 || done.status === 1 ? JSON.parse(done.stdout) : { done: -1, failed: 0 };
}

async function compare(name, out) {
  const found = await hashesOf(out);
  for (const [path, hash] of expected) {
    if (!found.has(path)) problem(`${name}: ${path} is missing`);
    else if (found.get(path) !== hash) problem(`${name}: ${path} has other bytes`);
  }
  for (const path of found.keys()) if (!expected.has(path)) problem(`${name}: ${path} is left over`);
}

const phases = {
  async kills(address) {
    for (const count of values.workers.split(',').map(Number)) {
      await phase(`kills-${count}`, address, Array(count).fill({}), async ({ open, all, add }) => {
        const restarts = [];
        let kills = 0;
        while (kills < Number(values.kills)) {
          const busy = () => [...open].filter(({ current }) => current !== undefined);
          await until('a worker is busy', () => busy().length > 0, 60_000);
          await sleep(random.uniform() * 700);
          const worker = busy()[Math.floor(random.uniform() * busy().length)];
          if (worker?.current === undefined) continue;
          const { current: name } = worker;
          const killedMs = performance.now();
          worker.kill('SIGKILL');
          open.delete(worker);
          await worker.ended;
          kills++;
          add();
          // A part whose end was not written to the log yet does not start again.
          const events = () => all.flatMap((one) => one.events).filter((one) => one.name === name);
          const again = () => events().find(({ what, atMs }) => what === 'started' && atMs > killedMs);
          const isDone = () => events().some(({ what }) => what === 'done');
          // The next kill waits, because a queue offers the part that it got back last first.
          await until(`${name} starts again`, () => again() !== undefined || isDone(), 60_000);
          const restart = again();
          if (restart !== undefined) restarts.push(restart.atMs - killedMs);
        }
        const times = restarts.sort((a, b) => a - b);
        const late = times.filter((ms) => ms > mostRestartMs).length;
        if (late > 0) problem(`${late} parts started again later than ${mostRestartMs / 1000} s`);
        if (kills < Number(values.kills)) problem(`only ${kills} kills before the end; give more --parts`);
        const text = (ms) => (ms / 1000).toFixed(1);
        const middle = times[Math.floor(times.length / 2)];
        return `${kills} kills; parts started again after ${text(times[0])} to ${text(times.at(-1))} s, median ${text(middle)} s`;
      });
    }
  },

  async stop(address) {
    await phase('stop', address, [{}, {}], async ({ open }) => {
      const [worker] = open;
      await until('the worker is busy', () => worker.current !== undefined, 60_000);
      const { current: name } = worker;
      worker.killGroup('SIGSTOP');
      await sleep(12_000);
      worker.killGroup('SIGCONT');
      await sleep(3000);
      const runs = [...open].flatMap(({ events }) => events).filter((one) => one.name === name);
      return `a worker suspended for 12 s; its part: ${runs.map(({ what }) => what).join(', ')}`;
    });
  },

  async restart(address, server) {
    if (server === undefined) return say('skip: restart (a folder has no server)');
    await phase('restart', address, [{}, {}], async ({ open }) => {
      await until('a worker is busy', () => [...open].every(({ current }) => current !== undefined), 60_000);
      await server.down();
      await sleep(5000);
      await server.up();
      return 'server killed, started again after 5 s';
    });
  },

  async cut(address, server) {
    if (server === undefined) return say('skip: cut (a folder has no network)');
    const proxy = await proxyTo(server.port);
    await phase('cut', address, [{ queue: server.urlAt(proxy.port) }, {}], async ({ open }) => {
      const [worker] = open;
      await until('the worker is busy', () => worker.current !== undefined, 60_000);
      proxy.cut();
      await sleep(20_000);
      proxy.heal();
      const doneMs = performance.now();
      await until('the worker works again', () => worker.events.some((one) => one.atMs > doneMs), 60_000);
      return `network of one worker cut for 20 s; it went on ${((performance.now() - doneMs) / 1000).toFixed(1)} s later`;
    });
    proxy.close();
  },

  async disk(address) {
    // A block is 512 or 1024 bytes, depending on the shell; an array of signals has 2 MB.
    await phase('disk-one', address, [{ before: 'ulimit -f 500;' }, {}], async ({ open }) => {
      const [worker] = open;
      await until('the disk of a worker is full', () => worker.log.includes('given back'), 60_000);
      return `one worker cannot write: ${/given back: (.*?);/.exec(worker.log)?.[1]}`;
    });
    if (process.getuid() !== 0) return say('skip: disk-all (only root can mount a small disk)');
    const mount = join(folder, 'small');
    mkdirSync(mount);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=30m', 'tmpfs', mount]).status !== 0) {
      return say('skip: disk-all (this machine does not mount a tmpfs)');
    }
    try {
      const out = join(mount, 'corpus');
      await phase(
        'disk-all',
        address,
        [{}, {}],
        async ({ all }) => {
          const isFull = () => all.some(({ log }) => log.includes('the disk is full'));
          await until('the disk is full', isFull, 120_000);
          await sleep(3000);
          execFileSync('mount', ['-o', 'remount,size=4g', mount]);
          return 'disk of all workers full, then larger';
        },
        { out },
      );
    } finally {
      spawnSync('umount', [mount]);
    }
  },

  async speed(address) {
    if (spawnSync('taskset', ['-V']).status !== 0) return say('skip: speed (no taskset)');
    const seconds = { 1: [], 2: [] };
    for (const count of [1, 2, 1, 2]) {
      const cores = Array.from({ length: count }, (_, core) => ({ core }));
      await phase(`speed-${count}`, address, cores, async ({ all, finish }) => {
        await finish();
        const events = all.flatMap((worker) => worker.events);
        const first = Math.min(...events.map(({ atMs }) => atMs));
        const last = Math.max(...events.map(({ atMs }) => atMs));
        seconds[count].push((last - first) / 1000);
        return `${((last - first) / 1000).toFixed(1)} s of work`;
      });
    }
    const [one, two] = [Math.min(...seconds[1]), Math.min(...seconds[2])];
    say(`speed: two workers on two cores are ${(one / two).toFixed(2)} times as fast as one on one core`);
  },
};

if (values.queue === 'redis' && spawnSync('redis-server', ['--version']).status !== 0) {
  say('skip: redis-server is not installed');
  process.exit(0);
}
if (values.queue === 'postgres' && postgres('postgres') === undefined) {
  say('skip: postgresql is not installed');
  process.exit(0);
}
const server = values.queue === 'folder' ? undefined : await Server.start(values.queue);
const address = server?.url ?? join(folder, 'queue');
let expected;
try {
  const reference = join(folder, 'reference');
  const queue = join(folder, 'reference-queue');
  pqrst(['submit', 'synth', ...request, '--parts', String(parts), '--out', reference, '--queue', queue]);
  pqrst(['work', '--queue', queue, '--root', folder, '--until-empty']);
  expected = await hashesOf(reference);
  await rm(reference, { recursive: true });
  say(`undisturbed: ${expected.size} files, queue ${values.queue}, seed ${values.seed}`);
  for (const name of values.phases.split(',')) {
    if (phases[name] === undefined) throw new Error(`unknown phase ${name}`);
    await phases[name](address, server);
  }
} finally {
  await server?.end();
  await rm(folder, { recursive: true, force: true });
}
say(problems === 0 ? 'all bytes equal those of the undisturbed run' : `${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
