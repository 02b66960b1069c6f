import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

// A small imitation of a checkout: its packages are installed, its kernel and its TypeScript are built. The PATH contains
// only the tools that a test adds.
describe.skipIf(process.platform === 'win32')('setup', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  };
  const tool = (name: string, script: string) => {
    write(`tools/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(at(`tools/${name}`), 0o755);
  };
  const later = (name: string) => utimesSync(at(name), Date.now() / 1000 + 60, Date.now() / 1000 + 60);
  const run = () => {
    const env = { PATH: at('tools') };
    return spawnSync(process.execPath, ['scripts/setup.mjs'], { cwd: folder, encoding: 'utf8', env });
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pqrst-setup-'));
    mkdirSync(at('scripts'));
    for (const name of ['scripts/setup.mjs', 'CMakeLists.txt']) copyFileSync(join(checkout, name), at(name));
    const lock = {
      packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { optional: true } },
    };
    write('package-lock.json', JSON.stringify(lock));
    write(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }),
    );
    for (const name of [
      'native/a.cc',
      'src/a.ts',
      'tsconfig.json',
      'build/Release/pqrst.node',
      'dist/index.js',
    ]) {
      write(name, '');
    }
    for (const name of ['native', 'typescript']) {
      write(`build/.${name}-stamp`, '');
      later(`build/.${name}-stamp`);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('does nothing if everything is built', () => {
    expect(run()).toMatchObject({ stderr: 'pqrst: ready\n', status: 0 });
  });

  it('runs npm ci if a package is missing or has another version', () => {
    tool('npm', 'echo "npm was called with $*, $ONNXRUNTIME_NODE_INSTALL the download of CUDA"; exit 1');
    for (const packages of [{}, { 'node_modules/a': { version: '0.9.0' } }]) {
      write('node_modules/.package-lock.json', JSON.stringify({ packages }));
      expect(run().stderr).toMatch(/npm was called with ci --include=dev .*, skip the download of CUDA/);
    }
    write(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }),
    );
    expect(run().status).toBe(0);
  });

  it('compiles into an empty folder, so that no output without a source remains', () => {
    write('node_modules/typescript/package.json', '{ "bin": { "tsc": "tsc.cjs" } }');
    const compile = "fs.mkdirSync('dist'); fs.writeFileSync('dist/index.js', 'new')";
    write('node_modules/typescript/tsc.cjs', `const fs = require('node:fs'); ${compile}`);
    write('dist/index.js.map', 'old');
    rmSync(at('build/.typescript-stamp'));
    expect(run()).toMatchObject({ status: 0 });
    expect(readdirSync(at('dist'))).toEqual(['index.js']);
    later('build/.typescript-stamp');
  });

  it('says what to install: a compiler, then CMake, then a newer CMake, then make', () => {
    rmSync(at('build/.native-stamp'));
    const bare = run();
    expect(bare.status).toBe(1);
    expect(bare.stderr).toMatch(
      /needs a C\+\+20 compiler .* no compiler was found \(c\+\+: not found; g\+\+: not found;/,
    );
    expect(bare.stderr).toContain('sudo apt-get install g++');

    tool('c++', 'exit 1');
    expect(run().stderr).toContain('c++: does not compile C++20');

    tool('c++', 'exit 0');
    expect(run().stderr).toMatch(/needs CMake [\d.]+ or newer .* there is no cmake on the PATH/);
    expect(run().stderr).toContain('sudo apt-get install cmake');

    tool('cmake', 'echo cmake version 3.5.1');
    expect(run().stderr).toContain('found 3.5.1');

    tool('cmake', 'echo cmake version 3.31.2');
    expect(run().stderr).toContain('needs make or Ninja');
    expect(run().stderr).toContain('Then run the same command again');
    expect(run().status).toBe(1);
  });
});
