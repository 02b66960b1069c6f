// The package manifest, its lock file, its licences, and what npm would pack.

import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: a script, which has no types
import { deadLinks } from '../scripts/links.mjs';
import { temporaryFolder } from './helpers/folder.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const manifest = JSON.parse(read('package.json'));

describe('the package', () => {
  it('runs no script when it is installed', () => {
    for (const name of ['preinstall', 'install', 'postinstall']) {
      expect(manifest.scripts).not.toHaveProperty(name);
    }
    expect(manifest.gypfile).toBe(false);
  });

  it('contains the files that its exports and its bin name', () => {
    const { './package.json': _, ...entrances } = manifest.exports;
    const modules = Object.values<Record<string, string>>(entrances).flatMap((each) => Object.values(each));
    for (const path of [...modules, ...Object.values<string>(manifest.bin)]) {
      expect(existsSync(join(root, path)), path).toBe(true);
    }
    for (const path of Object.values<string>(manifest.bin)) {
      expect(read(path)).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });

  it('has a lock file that npm ci accepts, with an entry for every dependency, also for other machines', () => {
    interface Entry {
      readonly peer?: boolean;
      readonly license?: string;
      readonly dependencies?: Record<string, string>;
      readonly optionalDependencies?: Record<string, string>;
    }
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> };
    // Only what the package itself needs is installed with it, not what the service or the tests need.
    const installed = new Map<string, Entry>();
    const visit = (from: string, entry: Entry) => {
      for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
        const own = `${from}/node_modules/${name}`.replace(/^\//, '');
        const path = own in packages ? own : `node_modules/${name}`;
        const found = packages[path];
        if (found === undefined || installed.has(path)) continue;
        installed.set(path, found);
        visit(path, found);
      }
    };
    visit('', packages['']!);
    const notice = read('NOTICE');
    expect(installed.size).toBeGreaterThan(20);
    const missing = [...installed]
      .filter(([, { peer }]) => peer !== true)
      .map(([path, { license = 'an unknown licence' }]) => {
        return { name: path.replace(/^.*node_modules\//, ''), license };
      })
      .filter(({ license }) => !['MIT', 'ISC', '0BSD'].includes(license))
      .filter(({ name }) => !name.startsWith('@resvg/resvg-js-') && !notice.includes(`  ${name}`))
      .map(({ name, license }) => `${name}: ${license}`);
    expect(missing).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('npm pack', () => {
  let packed: string[] = [];
  beforeAll(async () => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
    const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 1 << 24 });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    packed = files.map(({ path }) => path);
  });

  it('contains the target of every link of its pages, and no private address', () => {
    expect(packed).toEqual(expect.arrayContaining(['README.md', 'docs/getting-started.md', 'NOTICE']));
    expect(deadLinks(root, packed)).toEqual([]);
  });

  it('contains no source map, because it contains no sources', () => {
    expect(packed.filter((path) => path.endsWith('.map'))).toEqual([]);
    const scripts = packed.filter((path) => /^dist\/.*\.js$/.test(path));
    expect(scripts.length).toBeGreaterThan(100);
    expect(scripts.filter((path) => read(path).includes('sourceMappingURL'))).toEqual([]);
  });
});

describe('the check before npm pack', () => {
  const imitation = async (files: readonly string[]) => {
    const folder = await temporaryFolder();
    for (const name of files) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), '');
    }
    mkdirSync(join(folder, 'scripts'), { recursive: true });
    for (const name of ['prepack.mjs', 'setup.mjs']) {
      copyFileSync(join(root, 'scripts', name), join(folder, 'scripts', name));
    }
    const run = spawnSync(process.execPath, ['scripts/prepack.mjs'], { cwd: folder, encoding: 'utf8' });
    return { status: run.status, stderr: run.stderr };
  };
  const whole = ['prebuilds/linux-x64/pqrst.glibc.node', 'dist/index.js', 'src/index.ts'];

  it('passes a complete checkout', async () => {
    expect(await imitation(whole)).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['the compiled kernel', whole.slice(1), /no compiled kernel.*npm run prebuilds/],
    ['the compiled TypeScript', whole.slice(0, 1), /no compiled TypeScript; type: npm run setup/],
    ['the source of a file', [...whole, 'dist/old.js'], /without a source \(old\.js\); delete dist/],
    ['the source of a source map', [...whole, 'dist/index.js.map'], /without a source \(index\.js\.map\)/],
  ])('refuses a checkout without %s, in one sentence', async (_, files, sentence) => {
    const { status, stderr } = await imitation(files);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^pqrst cannot be packed: /);
    expect(stderr).toMatch(sentence);
  });
});

describe('the search for dead links', () => {
  it('finds files, headings and hosts that do not exist', async () => {
    const folder = await temporaryFolder();
    const page = [
      '# A page\n## Two words, `code`\n## Two words, `code`',
      '[a](b.md) [b](#two-words-code-1) [c](docs) [d](b.md#b) [e](https://example.org/x) `[f](g.md)`',
      '[h](i.md) [j](#three-words) [k](b.md#c) [l](http://build.internal/x) [m](https://10.0.0.1/x)',
    ];
    writeFileSync(join(folder, 'a.md'), page.join('\n\n'));
    writeFileSync(join(folder, 'b.md'), '# B');
    expect(deadLinks(folder, ['a.md', 'b.md', 'docs/picture.png'])).toEqual([
      'a.md: i.md does not exist',
      'a.md: #three-words names no heading of a.md',
      'a.md: b.md#c names no heading of b.md',
      'a.md: http://build.internal/x is not a public address',
      'a.md: https://10.0.0.1/x is not a public address',
    ]);
  });
});
