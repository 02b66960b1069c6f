// Runs the commands of docs/storage.md against moto, with fewer records, and checks that they do what the page says.

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAddress } from '#lib/store/one-object.js';
import { mainScript } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';
import { hasMoto, type Moto, startMoto } from '../helpers/moto.js';

const page = await readFile(new URL('../../docs/storage.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!);
const block = (sign: string) => blocks.find((text) => text.includes(sign))!;
const fewer = (text: string) =>
  text.replaceAll(/--count \d+/g, '--count 80').replaceAll(/--index \d+/g, '--index 12');

describe.runIf(hasMoto && process.platform !== 'win32')('docs/storage.md', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());

  /** Runs a script in which `pqrst` is this build and the server is that of the test. */
  async function shell(script: string, cwd: string): Promise<void> {
    const commands = `pqrst() { "${process.execPath}" "${mainScript}" "$@"; }\n`;
    const words = ['-ec', commands + script.replaceAll('http://127.0.0.1:5055', moto.url)];
    const child = spawn('sh', words, { cwd, env: process.env });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece));
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect({ status, text: status === 0 ? '' : text }).toEqual({ status: 0, text: '' });
  }

  it('writes, checks, uses and divides a corpus', async () => {
    const cwd = await temporaryFolder();
    const setup = block('AWS_ENDPOINT_URL_S3');
    await shell(setup + fewer(block('pqrst verify')), cwd);
    expect((await readFile(join(cwd, 'r0001234.npy'))).subarray(1, 6).toString()).toBe('NUMPY');
    await shell(setup.replace(/^curl.*$/m, '') + block('pqrst train'), cwd);
    const csv = await readAddress('s3://records/results/af.csv', 2 ** 20, (bytes) => new Error(`${bytes}`));
    expect(csv.toString().split('\n')[0]).toBe('test,recordName,patientId,startS,label,logit,probability');
    await shell(fewer(block('--shard 1/2')), cwd);
    const manifest = await readAddress(
      's3://records/large/manifest.json',
      2 ** 20,
      (bytes) => new Error(`${bytes}`),
    );
    expect(JSON.parse(manifest.toString()).records).toBe(80);
  }, 480_000);
});
