// What a power cut would leave: by strace, every file of a shard is flushed before the shard gets its name, and the name
// before the receipt that vouches for it; the manifest comes when all that is done.

import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mainScript } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';

type Event =
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'name'; readonly from: string; readonly to: string };

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

/** Flushes and renames in the order in which they were done. */
function eventsOf(log: string): Event[] {
  const begun = new Map<string, string>();
  const events: Event[] = [];
  for (const line of log.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) begun.set(pid, rest);
    const call = /^<\.\.\. \w+ resumed>/.test(rest) ? `${begun.get(pid)} ${rest}` : rest;
    if (!/= 0$/.test(call)) continue;
    const sync = /^f(?:data)?sync\(\d+<([^>]+)>/.exec(call);
    const name = /^rename\w*\((?:AT_FDCWD\S*, )?"([^"]+)", (?:AT_FDCWD\S*, )?"([^"]+)"/.exec(call);
    if (sync !== null) events.push({ kind: 'sync', path: sync[1]! });
    if (name !== null) events.push({ kind: 'name', from: name[1]!, to: name[2]! });
  }
  return events;
}

describe.skipIf(!canTrace)(
  `a power cut${canTrace ? '' : ' (SKIPPED: no strace that may trace here)'}`,
  () => {
    it.each(['npy', 'wfdb', 'parquet', 'ptb-xl'])(
      'leaves no %s shard, receipt or manifest that stands for less than it says',
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

        const placed = new Map<string, number>();
        for (const [at, event] of events.entries()) {
          if (event.kind !== 'name') continue;
          const path = relative(out, event.to);
          if (/^\.pqrst\/shards\/\d+\.json$/.test(path)) {
            // The latest shard that got its name is the one of this receipt or of the one after: all names are flushed.
            const waiting = [...placed].filter(([to, when]) => !synced(dirname(to), when, at));
            expect(waiting.length).toBeLessThanOrEqual(1);
            expect(synced(event.from, 0, at)).toBe(true);
          }
          if (path.startsWith('.pqrst')) continue;
          placed.set(event.to, at);
          if (path === 'manifest.json') {
            const unflushed = [...placed].filter(([to, when]) => when < at && !synced(dirname(to), when, at));
            expect(unflushed).toEqual([]);
          }
          const inside = (await readdir(event.to, { recursive: true }).catch(() => [])) as string[];
          // A writer may have flushed it under a name of its own, NAME.*.tmp, before.
          const flushed = events.slice(0, at).flatMap((one) => (one.kind === 'sync' ? [one.path] : []));
          const wasFlushed = (file: string) =>
            flushed.some((one) => dirname(one) === dirname(file) && basename(one).startsWith(basename(file)));
          for (const name of ['', ...inside])
            expect([path, name, wasFlushed(join(event.from, name))]).toEqual([path, name, true]);
        }
        expect(placed.has(join(out, 'manifest.json'))).toBe(true);
        expect(placed.size).toBeGreaterThanOrEqual(3 + 3 + 1);
        expect(synced(out, placed.get(join(out, 'manifest.json'))!, events.length)).toBe(true);
      },
      60_000,
    );
  },
);
