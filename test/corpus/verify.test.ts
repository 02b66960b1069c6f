// Checks that verify names every fault of a corpus and reads nothing outside its folder.

import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CorpusManifest } from '#lib/corpus/manifest.js';
import { verifyCorpus } from '#lib/corpus/verify.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { runCli } from '../cli/run-cli.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';

async function corpus(format: 'npy' | 'wfdb' | 'parquet' = 'npy'): Promise<string> {
  const folder = join(await temporaryFolder(), 'corpus');
  await writeCorpus(folder, { format, count: 6, fsHz: 100, split: { train: 0.5, val: 0.5 } });
  return folder;
}

async function faultsOf(folder: string): Promise<readonly string[]> {
  const { faults, faultCount } = await verifyCorpus(folder);
  expect(faultCount).toBe(faults.length);
  return faults;
}

/** Changes the manifest. With `forge`, its checksum is corrected too. */
async function edit(
  folder: string,
  change: (manifest: CorpusManifest) => void,
  forge = false,
): Promise<void> {
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  change(manifest);
  const { checksum, ...rest } = manifest;
  const sum = forge ? createHash('sha256').update(JSON.stringify(rest)).digest('hex') : checksum;
  await writeFile(path, JSON.stringify({ ...rest, checksum: sum }));
}

describe('verifyCorpus', () => {
  it.each(['npy', 'wfdb', 'parquet'] as const)('finds no fault in an unchanged %s corpus', async (format) => {
    const folder = await corpus(format);
    const progress: [number, number][] = [];
    const { faults, files, bytes } = await verifyCorpus(folder, { onProgress: (...at) => progress.push(at) });
    expect(faults).toEqual([]);
    expect(files).toBeGreaterThan(3);
    expect(progress.at(-1)).toEqual([bytes, bytes]);
  });

  it('does not read a file that is larger than its shard was', async () => {
    const folder = await corpus();
    await truncate(join(folder, 'train/00000/signals.npy'), 2 ** 40);
    expect(await faultsOf(folder)).toEqual([
      expect.stringMatching(
        /^train\/00000\/signals\.npy holds 1099511627776 bytes, but its whole shard was written with \d+$/,
      ),
    ]);
  });

  it('names files that are missing, changed, of another size or not part of the corpus', async () => {
    const folder = await corpus();
    const signals = join(folder, 'train/00000/signals.npy');
    const bytes = await readFile(signals);
    bytes[1000]! ^= 1;
    await writeFile(signals, bytes);
    await rm(join(folder, 'train/00000/labels.npy'));
    await appendFile(join(folder, 'train/labels.csv'), '\n');
    await appendFile(join(folder, 'val/00000/SHA256SUMS'), '\n');
    await writeFile(join(folder, 'val/mine.txt'), '');
    await mkdir(join(folder, 'test'));
    await writeFile(join(folder, 'train/00000/b'), '');
    expect([...(await faultsOf(folder))].sort()).toEqual([
      'test is not part of the corpus',
      'train/00000/b is not part of the corpus',
      'train/00000/labels.npy is missing',
      'train/00000/signals.npy is not as it was written (its SHA-256 differs)',
      expect.stringMatching(/^train\/labels.csv holds \d+ bytes, but \d+ were written$/),
      'val/00000/SHA256SUMS is not as it was written (its SHA-256 differs), so its files cannot be checked',
      'val/mine.txt is not part of the corpus',
    ]);
  });

  it('names a missing shard, and a folder in place of a file', async () => {
    const folder = await corpus('parquet');
    const { sets } = JSON.parse(await readFile(join(folder, '_manifest.json'), 'utf8')) as CorpusManifest;
    const [a, b] = sets.map(({ shards }) => shards[0]!.path);
    await rm(join(folder, a!));
    await rm(join(folder, b!));
    await mkdir(join(folder, b!));
    expect(await faultsOf(folder)).toEqual([`${a} is missing`, `${b}/SHA256SUMS is missing`]);
  });

  it('reports a changed manifest', async () => {
    const folder = await corpus();
    await edit(folder, (manifest) => Object.assign(manifest.request, { seed: 1 }));
    expect(await faultsOf(folder)).toEqual([expect.stringMatching(/^manifest.json was changed/)]);
  });

  it.skipIf(process.platform === 'win32')('opens no file outside the folder', async () => {
    const folder = await corpus();
    await writeFile(join(folder, '..', 'secret'), 'secret');
    await edit(folder, ({ sets }) => Object.assign(sets[0]!.tables[0]!, { path: '../../secret' }), true);
    expect((await faultsOf(folder))[0]).toMatch(/secret.* cannot be read: .*points outside/);

    const linked = await corpus();
    await rename(join(linked, 'train'), join(linked, '..', 'elsewhere'));
    await symlink(join(linked, '..', 'elsewhere'), join(linked, 'train'));
    expect((await faultsOf(linked))[0]).toMatch(/train\/labels.csv cannot be read: .*points outside/);
  });

  it('refuses a folder without a valid manifest', async () => {
    const folder = await corpus();
    await writeFile(join(folder, 'manifest.json'), '{"generator":1}');
    expect(await errorOf(verifyCorpus(folder))).toMatch(
      /^ERR_CORPUS.*not a manifest of this version: generator/,
    );
    await writeFile(join(folder, 'manifest.json'), 'not JSON');
    expect(await errorOf(verifyCorpus(folder))).toMatch(/^ERR_CORPUS.*is not JSON/);
    expect(await errorOf(verifyCorpus(join(folder, 'none')))).toMatch(/^ERR_NOT_FOUND/);
  });

  it('rejects with the reason of its signal', async () => {
    const folder = await corpus();
    const reason = new Error('enough');
    await expect(verifyCorpus(folder, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('pqrst verify', () => {
  it('exits with 0, or with 1 and the faults on stdout', async () => {
    const folder = await corpus();
    const good = await runCli(['verify', folder]);
    expect(good).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/as it was written: 6 records, 14 files/),
    });
    await rm(join(folder, 'val/labels.csv'));
    const bad = await runCli(['verify', folder]);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/: 1 fault\n {2}val\/labels.csv is missing\n$/);
    const { code, stdout } = await runCli(['verify', folder, '--json']);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 1,
      ok: false,
      faults: ['val/labels.csv is missing'],
    });
  });

  it('requires a folder', async () => {
    const { code, stderr } = await runCli(['verify']);
    expect(code).toBe(2);
    expect(stderr).toContain("missing required argument 'dir'");
  });
});
