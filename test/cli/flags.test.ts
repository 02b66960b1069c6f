// Checks that the library names options, and that only the command line names flags.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from './run-cli.js';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const outsideCli = files.filter((name) => !/^cli[\\/]/.test(name));

/** Returns the lines of a source file without its comments. */
function codeOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '');
  return text.split('\n').filter((line) => !/^\s*\/\//.test(line));
}

it('has no flags of the command line outside src/cli', async () => {
  const commands = [
    'synth',
    'verify',
    'regenerate',
    'train',
    'evaluate',
    'experiment',
    'export',
    'fetch',
    'data',
  ];
  const helps = await Promise.all(
    [...commands, 'plot', 'gallery', 'info', 'bench synth', 'bench train'].map((words) =>
      runCli([...words.split(' '), '--help']),
    ),
  );
  const flags = new Set(helps.flatMap(({ stdout }) => stdout.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []));
  expect([...flags]).toEqual(expect.arrayContaining(['--fs', '--resume', '--shard', '--most-per-patient']));
  const found = outsideCli.flatMap((file) =>
    codeOf(file).flatMap((line) =>
      (line.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [])
        .filter((word) => flags.has(word))
        .map((word) => `${file}: ${word} in ${line.trim()}`),
    ),
  );
  expect(found).toEqual([]);
});

it('turns the names of options in a message into flags', async () => {
  const cwd = await temporaryFolder();
  const words = ['synth', '--count', '2', '--format', 'ptb-xl', '--fs', '360', '--out', 'records'];
  const { code, stderr } = await runCli(words, { cwd });
  expect(stderr).toBe(
    'pqrst: --format ptb-xl stores records of 500 Hz, not 360; choose --fs 500 or --format wfdb [ERR_OPTION]\n',
  );
  expect(code).toBe(2);
});
