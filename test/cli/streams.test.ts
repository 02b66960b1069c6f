// The command line when no process reads its output, or when its output cannot be written.

import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { mainScript } from './run-cli.js';

/** Runs a shell line in which `pqrst` is the built command line. */
function shell(line: string, cwd: string) {
  const quoted = `"${process.execPath}" "${mainScript}"`;
  return spawnSync('sh', ['-c', `pqrst() { ${quoted} "$@"; }; ${line}`], { cwd, encoding: 'utf8' });
}

describe.skipIf(process.platform !== 'linux')('pqrst with broken output streams', () => {
  it.each(['--help', 'info', 'info --json'])('ends %s quietly if the reader is gone', async (words) => {
    const { stderr, stdout } = shell(
      `{ pqrst ${words}; echo "exit $?" >&2; } | true`,
      await temporaryFolder(),
    );
    expect(stdout).toBe('');
    expect(stderr).toBe('exit 0\n');
  });

  it('reports that a result could not be written', async () => {
    const { status, stderr } = shell('pqrst info --json > /dev/full', await temporaryFolder());
    expect(stderr).toContain('could not write to stdout: the disk is full');
    expect(stderr).toContain('[ERR_WRITE]');
    expect(status).toBe(1);
  });

  it('finishes its work if its progress cannot be written', async () => {
    const cwd = await temporaryFolder();
    const { status, stdout } = shell('pqrst synth --count 20 --json --out records 2> /dev/full', cwd);
    expect(JSON.parse(stdout)).toMatchObject({ count: 20 });
    expect(status).toBe(0);
    expect(await readdir(cwd)).toEqual(['records']);
  });
});
