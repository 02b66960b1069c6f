// Checks with strace what a power cut can leave: every file of a shard is flushed before the shard gets its name, the
// name is flushed before the receipt of the shard is written, and the manifest is written after all of them.

import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestNameOf } from '#lib/corpus/manifest.js';
import { mainScript } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';

type Event =
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'name'; readonly from: string; readonly to: string };

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

/** Returns the flushes and renames in a log of strace, in their order. */
function eventsOf(log: string): Event[] {
  const unfinished = new Map<string, string>();
  const events: Event[] = [];
  for (const line of log.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) unfinished.set(pid, rest);
    const call = /^<\.\.\. \w+ resumed>/.test(rest) ? `${unfinished.get(pid)} ${rest}` : rest;
    if (!/= 0$/.test(call)) continue;
    const sync = /^f(?:data)?sync\(\d+<([^>]+)>/.exec(call);
    const name = /^rename\w*\((?:AT_FDCWD\S*, )?"([^"]+)", (?:AT_FDCWD\S*, )?"([^"]+)"/.exec(call);
    if (sync !== null) events.push({ kind: 'sync', path: sync[1]! });
    if (name !== null) events.push({ kind: 'name', from: name[1]!, to: name[2]! });
  }
  return events;
}

describe.skipIf(!canTrace)(
  `a power cut${canTrace ? '' : ' (SKIPPED: strace is missing or may not trace)'}`,
  () => {
    it.each(['npy', 'wfdb', 'parquet', 'ptb-xl'] as const)(
      'leaves no %s shard, receipt or manifest with less data than it states',
      async (format) => {
        const folder = await temporaryFolder();
        const [out, log] = [join(folder, 'out'), join(folder, 'log')];
        const trace = ['-f', '-y', '-o', log, '-e', 'trace=fsync,fdatasync,rename,renameat,renameat2'];
        const args = ['synth', '--count', '4', '--replicas', '3', '--format', format, '--out', out];
        const { status, stderr } = spawnSync('strace', [...trace, process.execPath, mainScript, ...args]);
        expect({ status, stderr: String(stderr) }).toMatchObject({ status: 0 });
        const events = eventsOf(await readFile(log, 'utf8'));
        const synced = (path: string, after: number, before: number) =>
          events.slice(after, before).some((event) => event.kind === 'sync' && event.path === path);

        const manifest = manifestNameOf({ format });
        const placed = new Map<string, number>();
        for (const [at, event] of events.entries()) {
          if (event.kind !== 'name') continue;
          const path = relative(out, event.to);
          if (/^\.pqrst\/shards\/\d+\.json$/.test(path)) {
            // The names of all shards are flushed, except that of the latest, which can belong to the next receipt.
            const waiting = [...placed].filter(([to, when]) => !synced(dirname(to), when, at));
            expect(waiting.length).toBeLessThanOrEqual(1);
            expect(synced(event.from, 0, at)).toBe(true);
          }
          if (path.startsWith('.pqrst')) continue;
          placed.set(event.to, at);
          if (path === manifest) {
            const unflushed = [...placed].filter(([to, when]) => when < at && !synced(dirname(to), when, at));
            expect(unflushed).toEqual([]);
          }
          const inside = (await readdir(event.to, { recursive: true }).catch(() => [])) as string[];
          // A writer may have flushed the file earlier under a temporary name, NAME.*.tmp.
          const flushed = events.slice(0, at).flatMap((one) => (one.kind === 'sync' ? [one.path] : []));
          const wasFlushed = (file: string) =>
            flushed.some((one) => dirname(one) === dirname(file) && basename(one).startsWith(basename(file)));
          for (const name of ['', ...inside])
            expect([path, name, wasFlushed(join(event.from, name))]).toEqual([path, name, true]);
        }
        expect(placed.has(join(out, manifest))).toBe(true);
        expect(placed.size).toBeGreaterThanOrEqual(3 + 3 + 1);
        expect(synced(out, placed.get(join(out, manifest))!, events.length)).toBe(true);
      },
      60_000,
    );
  },
);
