// The imports between the rooms of `src`, compared with the table in ARCHITECTURE.md. A room may import the rooms that
// its row names, and `base`; a row names no room that it does not import; no two rooms import each other in a circle.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** Rooms by the rooms that the table allows them to import. */
function allowedImports(): Map<string, Set<string>> {
  const rows = architecture.matchAll(/^\| `(\w+)` \|.*\|([^|]*)\|$/gm);
  return new Map(
    [...rows].map(([, room, names]) => [
      room!,
      new Set([...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)),
    ]),
  );
}

function roomOf(path: string): string {
  const [first = '', ...rest] = path.split(sep);
  return rest.length === 0 ? 'entrance' : first;
}

/** Every import, export-from and dynamic import of a module of this project, types included. */
function foundImports(): { from: string; to: string; place: string }[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    const targets = [...text.matchAll(/(?:from|import\(|import) ?'(\.[^']*)'/g)].map(([, target]) => target!);
    return targets.map((target) => {
      const to = normalize(join(dirname(file), target));
      return { from: roomOf(file), to: roomOf(to), place: `${file} imports ${to}` };
    });
  });
}

const allowed = allowedImports();
const crossing = foundImports().filter(({ from, to }) => from !== to);

it('has a row for every room', () => {
  const rooms = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect([...allowed.keys()].sort()).toEqual(rooms.map(({ name }) => name).sort());
});

it('has a row for every entrance', () => {
  const files = readdirSync(src).filter((name) => name.endsWith('.ts'));
  const rows = [...architecture.matchAll(/^\| `src\/([\w.]+)` \|/gm)].map(([, file]) => file);
  expect(rows.sort()).toEqual(files.sort());
});

it('imports only what the table of ARCHITECTURE.md allows', () => {
  const forbidden = crossing.filter(({ from, to }) => {
    if (from === 'entrance') return to === 'cli' || to === 'bench';
    return to !== 'base' && !allowed.get(from)?.has(to);
  });
  expect(forbidden.map(({ place }) => place)).toEqual([]);
});

it('allows nothing that no import needs', () => {
  const unused = [...allowed].flatMap(([room, names]) =>
    [...names]
      .filter((name) => !crossing.some(({ from, to }) => from === room && to === name))
      .map((name) => `${room} -> ${name}`),
  );
  expect(unused).toEqual([]);
});

it('has no circle between rooms', () => {
  const reached = (room: string, seen = new Set<string>()): Set<string> => {
    for (const next of allowed.get(room) ?? []) {
      if (!seen.has(next)) reached(next, seen.add(next));
    }
    return seen;
  };
  expect([...allowed.keys()].filter((room) => reached(room).has(room))).toEqual([]);
});

it('loads the addon in one file', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const loaders = files.filter((file) => readFileSync(join(src, file), 'utf8').includes('node-gyp-build'));
  expect(loaders).toEqual([join('kernel', 'node.ts')]);
});

it('opens and reads files in one file', () => {
  // Their names come from node:fs and node:fs/promises, and from libraries that open files by themselves.
  const calls =
    /\b(?:open|openSync|openAsBlob|readFile|readFileSync|createReadStream|createWriteStream|copyFile|cp|readv|asyncBufferFromFile)\b/;
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const openers = files.filter((file) => {
    const code = readFileSync(join(src, file), 'utf8').replace(/^ *\*.*$/gm, '');
    const imports = [
      ...code.matchAll(/import (?!type )([^;]*?) from '(?:node:fs(?:\/promises)?|hyparquet)'/g),
    ];
    const dynamic =
      /import\('(?:node:)?fs(?:\/promises)?'\)|from 'fs(?:\/promises)?'|import \* as \w+ from 'node:fs/.test(
        code,
      );
    return dynamic || imports.some(([, names]) => calls.test(names!));
  });
  expect(openers).toEqual([join('base', 'open-file.ts')]);
});
