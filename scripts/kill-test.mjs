// Kills `pqrst synth` at random moments, resumes it until it is finished, and compares every file with the files of an
// undisturbed run. The signal is SIGKILL, so that the process cannot clean up. Needs the build (npm run setup).
//   node scripts/kill-test.mjs [--kills 100] [--seed 1] [--formats npy,wfdb,parquet,ptb-xl]

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomStream } from '../dist/base/random.js';

/**
 * The requests give 40 sets of one shard each (in ptb-xl, one database per replica), so that many kills fall between
 * two shards.
 */
const requests = {
  npy: ['--count', '200', '--replicas', '20', '--split', 'train:0.8,val:0.2', '--type', 'int16'],
  wfdb: ['--count', '10', '--replicas', '20', '--split', 'train:0.8,val:0.2'],
  parquet: ['--count', '100', '--replicas', '20', '--split', 'train:0.8,val:0.2'],
  'ptb-xl': ['--count', '15', '--replicas', '20', '--split', 'train:0.8,val:0.2'],
};

/** Runs the command, and kills it `killAfterMs` after it first prints on stderr. */
function run(mainScript, args, killAfterMs) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [mainScript, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let began;
    let complaint = '';
    let timer;
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
      if (began !== undefined) return;
      began = performance.now();
      if (killAfterMs !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === null && code !== 0) reject(new Error(`exit ${code}: ${complaint}`));
      else resolve({ killed: signal === 'SIGKILL', workMs: performance.now() - began });
    });
  });
}

/** Returns the SHA-256 of each file of a folder by its relative path. */
async function hashesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
  const hashed = files.map(async (file) => {
    return [
      relative(folder, file),
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ];
  });
  return new Map(await Promise.all(hashed));
}

/** Returns the names of the files that are missing on one side or have different hashes. */
function compare(expected, found) {
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names].filter((name) => expected.get(name) !== found.get(name)).sort();
}

/**
 * Kills the writing of one format `kills` times. `folder` must be empty or missing.
 * In the result, `inMidWork` counts the kills that left an unfinished corpus. The other kills came before the process
 * had claimed the folder, or after it had written the manifest. `differences` has the names of the files that differ.
 */
export async function killTest({ mainScript, format, kills, seed, folder }) {
  const random = randomStream(seed, 'kill', format);
  const [reference, target] = [join(folder, 'reference'), join(folder, 'target')];
  const args = (out, ...more) => ['synth', '--format', format, ...requests[format], '--out', out, ...more];
  const { workMs } = await run(mainScript, args(reference));
  const expected = await hashesOf(reference);
  const differences = [];
  let [done, inMidWork, corpora, resumes] = [0, 0, 0, 0];
  const finish = async () => {
    differences.push(...compare(expected, await hashesOf(target)));
    await rm(target, { recursive: true });
    corpora++;
  };
  while (done < kills) {
    const { killed } = await run(mainScript, args(target, '--resume'), random.uniform() * 0.35 * workMs);
    resumes++;
    if (!killed) await finish();
    else {
      done++;
      if (existsSync(join(target, '.pqrst'))) inMidWork++;
    }
  }
  if (existsSync(target)) {
    await run(mainScript, args(target, '--resume'));
    await finish();
  }
  await rm(reference, { recursive: true });
  const text =
    `${format}: ${done} kills, ${inMidWork} of them left an unfinished corpus; ${corpora} corpora of ${expected.size} files; ` +
    `${differences.length} files differ from an undisturbed run`;
  return { kills: done, inMidWork, corpora, resumes, differences, text };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      formats: { type: 'string', default: Object.keys(requests).join(',') },
    },
  });
  const mainScript = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'pqrst-kill-'));
  try {
    for (const format of values.formats.split(',')) {
      const summary = await killTest({
        mainScript,
        format,
        kills: Number(values.kills),
        seed: values.seed,
        folder,
      });
      console.log(summary.text);
      for (const name of summary.differences) console.log(`  ${name}`);
      if (summary.differences.length > 0) process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
