// Measures how long a data set of the size of PTB-XL takes to load. Five measurements run in turn:
//   files      reads all files and decodes nothing
//   decoded    loads the data set without a cache
//   cached     loads the data set and writes the cache of windows
//   block      reads the file of the cache into one buffer
//   mapped     loads the data set from the cache
// Prints medians with quartiles, the CPU time of all threads, and the peak of resident memory. The CPU time is the
// better measure if the machine has other work.
//   node bench/records.mjs [--data ../shared/data/ptb-xl] [--dir .] [--records 21800] [--rate 500] [--repeats 5]
//     [--copy]
//   --data    a folder with some records of PTB-XL; they are repeated until there are enough
//   --dir     where the temporary data set is made
//   --copy    makes 2.6 GB of files instead of hard links, which share their bytes in the memory of the system

import { spawnSync } from 'node:child_process';
import {
  copyFile,
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/ptb-xl' },
    dir: { type: 'string', default: '.' },
    records: { type: 'string', default: '21800' },
    rate: { type: 'string', default: '500' },
    repeats: { type: 'string', default: '5' },
    copy: { type: 'boolean', default: false },
    child: { type: 'string' },
    folder: { type: 'string' },
  },
});
const fsHz = Number(values.rate);
const column = fsHz > 100 ? 'filename_hr' : 'filename_lr';
const table = 'ptbxl_database.csv';

const measures = {
  /** Reads every header and signal file, eight at the same time. */
  async files(folder) {
    const { readCsv } = await import('../dist/codecs/csv.js');
    const names = (await readCsv(join(folder, table), [column])).map(({ fields }) => fields[column]);
    return timed(async () => {
      let next = 0;
      const work = async () => {
        while (next < names.length) {
          const name = join(folder, names[next++]);
          await readFile(`${name}.hea`);
          await readFile(`${name}.dat`);
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
      return names.length;
    });
  },
  decoded: (folder) => load(folder),
  async cached(folder) {
    await rm(join(folder, 'cache'), { recursive: true, force: true });
    return load(folder, join(folder, 'cache'));
  },
  /** Reads the file of the cache into one ArrayBuffer. */
  async block(folder) {
    const [name] = await readdir(join(folder, 'cache'));
    const path = join(folder, 'cache', name);
    const { size } = await stat(path);
    return timed(async () => {
      const file = await open(path);
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; ) at += (await file.read(bytes, at, size - at, at)).bytesRead;
      await file.close();
      return bytes.length;
    });
  },
  mapped: (folder) => load(folder, join(folder, 'cache')),
};

/** Times the loading of the data set. */
async function load(folder, cacheFolder) {
  const { openDataset } = await import('../dist/datasets/dataset.js');
  const options = { fsHz, seconds: 10, ...(cacheFolder && { cacheFolder }) };
  return timed(async () => (await openDataset(`ptb-xl:${folder}`, options)).windows.length);
}

async function timed(work) {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const count = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { count, seconds, cpuSeconds: (user + system) / 1e6 };
}

if (values.child) {
  const measured = await measures[values.child](values.folder);
  const maxRssMb = process.resourceUsage().maxRSS / 1000;
  console.log(JSON.stringify({ ...measured, maxRssMb }));
} else {
  await bench();
}

async function bench() {
  const parent = await mkdtemp(join(resolve(values.dir), 'records-'));
  try {
    await makeFolder(parent, Number(values.records));
    const found = Object.fromEntries(Object.keys(measures).map((name) => [name, []]));
    for (let n = 0; n < Number(values.repeats); n++) {
      for (const [name, list] of Object.entries(found)) list.push(inChild(name, parent));
    }
    console.log(`${found.decoded[0].count} windows of 10 s at ${fsHz} Hz, ${values.repeats} repeats`);
    for (const [name, list] of Object.entries(found)) {
      const [low, middle, high] = quartiles(list.map(({ seconds }) => seconds));
      const [, cpu] = quartiles(list.map(({ cpuSeconds }) => cpuSeconds));
      const peak = Math.max(...list.map(({ maxRssMb }) => maxRssMb));
      console.log(
        `${name.padEnd(8)} ${middle.toFixed(2)} s (${low.toFixed(2)}-${high.toFixed(2)}), ` +
          `${cpu.toFixed(2)} s of CPU time, at most ${peak.toFixed(0)} MB`,
      );
    }
    for (const [of, to] of [
      ['decoded', 'files'],
      ['cached', 'files'],
      ['mapped', 'block'],
    ]) {
      const [low, middle, high] = quartiles(
        found[of].map(({ seconds }, n) => seconds / found[to][n].seconds),
      );
      console.log(`${of} / ${to} ${middle.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`);
    }
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** Makes one measurement in a new process, so that memory and compiled code of another do not affect it. */
function inChild(name, folder) {
  const args = [fileURLToPath(import.meta.url), '--child', name, '--folder', folder, '--rate', values.rate];
  const { stdout, status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`${name} ended with ${status}`);
  return JSON.parse(stdout);
}

/** Makes a data set of `count` records in `parent`: the rows of the table and their files, repeated in several folders. */
async function makeFolder(parent, count) {
  const [header, ...rows] = (await readFile(join(values.data, table), 'utf8')).trim().split(/\r?\n/);
  const path = /records(?:500|100)\/\d+\//g;
  const used = fsHz > 100 ? 'records500' : 'records100';
  const names = (await readdir(join(values.data, used, '00000'))).filter((name) => /\.(hea|dat)$/.test(name));
  const put = values.copy ? copyFile : link;
  const lines = [header];
  for (let turn = 0; lines.length <= count; turn++) {
    const folder = String(1000 * turn).padStart(5, '0');
    const target = join(parent, used, folder);
    await mkdir(target, { recursive: true });
    for (const name of names) {
      if (turn === 0) await copyFile(join(values.data, used, '00000', name), join(target, name));
      else await put(join(parent, used, '00000', name), join(target, name));
    }
    for (const row of rows) lines.push(row.replace(path, (found) => found.replace(/\d+\/$/, `${folder}/`)));
  }
  await writeFile(join(parent, table), `${lines.slice(0, count + 1).join('\n')}\n`);
}

function quartiles(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  return [at(0.25), at(0.5), at(0.75)];
}
