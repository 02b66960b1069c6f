// What each entrance of the package costs: time and memory of the import, modules and packages that it loads.
//   node bench/entrances.mjs [--rounds 9] [--checkout FOLDER]     prints the table of docs/performance.md
// The time is the CPU time of `import()` in a new process; the memory is what the resident set grows by. The figures are
// medians.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Returns the entrances of a checkout, `pqrst` and its subpaths, with the URLs of their built modules. */
export function entrancesOf(checkout = root) {
  const { exports } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([path, target]) => ({
      name: path === '.' ? 'pqrst' : `pqrst${path.slice(1)}`,
      url: pathToFileURL(join(checkout, target.default)).href,
    }));
}

/** Imports `url` in a new process; returns the number of modules that it loads and the names of their packages. */
export function loadedBy(url) {
  const script = `
    import { createRequire, register } from 'node:module';
    import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
    const { port1, port2 } = new MessageChannel();
    register('data:text/javascript,' + encodeURIComponent(\`
      let port;
      export const initialize = (given) => { port = given; };
      export async function resolve(name, context, next) {
        const found = await next(name, context);
        port.postMessage(found.url);
        return found;
      }
    \`), { data: port2, transferList: [port2] });
    await import(${JSON.stringify(url)});
    const urls = new Set(Object.keys(createRequire('/').cache));
    for (let got; (got = receiveMessageOnPort(port1)) !== undefined; ) urls.add(got.message.replace(/^file:\\/\\//, ''));
    port1.close();
    const files = [...urls].filter((each) => !/^(node|data):/.test(each));
    const names = files.map((each) => /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(each)?.[1]);
    const packages = [...new Set(names.filter(Boolean))].sort();
    console.log(JSON.stringify({ modules: files.length, packages }));`;
  return run(script);
}

/** Imports `url` in a new process without hooks; returns milliseconds of CPU time and MiB of resident memory. */
function costOf(url) {
  return run(`
    const before = process.memoryUsage.rss();
    const started = process.cpuUsage();
    await import(${JSON.stringify(url)});
    const { user, system } = process.cpuUsage(started);
    const ms = (user + system) / 1000;
    console.log(JSON.stringify({ ms, mib: (process.memoryUsage.rss() - before) / 2 ** 20 }));
    process.exit();`);
}

function run(script) {
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '9' }, checkout: { type: 'string', default: root } },
  });
  const entrances = entrancesOf(resolve(values.checkout));
  const costs = entrances.map(() => []);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [at, { url }] of entrances.entries()) costs[at].push(costOf(url));
  }
  console.log('| Entrance | CPU ms | MiB | Modules | Packages |\n|---|---|---|---|---|');
  for (const [at, { name, url }] of entrances.entries()) {
    const { modules, packages } = loadedBy(url);
    const [ms, mib] = ['ms', 'mib'].map((key) => median(costs[at].map((cost) => cost[key])).toFixed(0));
    console.log(`| \`${name}\` | ${ms} | ${mib} | ${modules} | ${packages.length} |`);
  }
}
