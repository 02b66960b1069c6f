// The package manifest and its lock file.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

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
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { dependencies?: object; optionalDependencies?: object }>;
    };
    const isLocked = (from: string, name: string): boolean => {
      if (`${from === '' ? '' : `${from}/`}node_modules/${name}` in packages) return true;
      if (from === '') return false;
      const up = from.lastIndexOf('node_modules/');
      return isLocked(from.slice(0, Math.max(0, up - 1)), name);
    };
    const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !isLocked(path, name))
        .map((name) => `${name} (required by ${path || 'package.json'})`),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry in its lock file', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});
