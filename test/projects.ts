// Assigns each test file to a vitest project. A file belongs to `process` if a module that it imports, directly or
// through others, starts a process or a worker thread; every other file belongs to `unit`. The rule reads the imports,
// so it needs no list of names and it still holds when a file moves.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const heavy = /\.full\.test\.ts$/;
/** Tests of the built package, the documents and the scripts. They need the build, whatever they import. */
const needBuild = /^test\/(?:docs\/|scripts\/|package\.test\.ts$)/;
/** An import or export of values, static or dynamic; imports of types alone load nothing. */
const importPattern =
  /^(?:import|export)(?! type\b)[^;'"]*?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** The imports with which a module can start a process or a thread. */
const starterPattern =
  /^import(?! type\b)[^;]*'node:child_process'|^import(?! type\b)[^;]*[{ ,](?<!type )Worker\b[^;]*'node:worker_threads'/m;

const starter = 'node:child_process or Worker';
const importsOf = new Map<string, string[]>();

/** Returns the modules of this project that the file imports, as absolute paths, and `starter` for a starter's import. */
function readImports(file: string): string[] {
  const known = importsOf.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(file, 'utf8');
  const found = starterPattern.test(text)
    ? [starter]
    : [...text.matchAll(importPattern)].flatMap(([, fixed, dynamic]) => locate(fixed ?? dynamic!, file));
  importsOf.set(file, found);
  return found;
}

function locate(specifier: string, importer: string): string[] {
  const path = specifier.startsWith('#lib/')
    ? join(root, 'src', specifier.slice('#lib/'.length))
    : specifier.startsWith('.')
      ? resolve(dirname(importer), specifier)
      : '';
  return [path.replace(/\.js$/, '.ts'), path].filter(isFile).slice(0, 1);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Returns the chain of modules through which `file` starts a process or a thread; undefined if there is no chain. */
export function chainToProcess(file: string, seen = new Set<string>()): string[] | undefined {
  for (const target of readImports(file)) {
    if (target === starter) return [relative(root, file)];
    if (seen.has(target)) continue;
    const rest = chainToProcess(target, seen.add(target));
    if (rest !== undefined) return [relative(root, file), ...rest];
  }
  return undefined;
}

function testFiles(): string[] {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !heavy.test(name))
    .map((name) => ['test', ...name.split(sep)].join('/'))
    .sort();
}

/** Returns the test files of each project, as paths relative to the root. The full run belongs to neither. */
export function projects(): { unit: string[]; process: string[] } {
  const isUnit = (name: string) => !needBuild.test(name) && chainToProcess(join(root, name)) === undefined;
  const all = testFiles();
  return { unit: all.filter(isUnit), process: all.filter((name) => !isUnit(name)) };
}
