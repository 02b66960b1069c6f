// Which public item belongs to which entrance of the package, from the entrance files themselves.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The order of the pages: what makes data, then what reads it, then what learns from it. */
const order = ['synth', 'records', 'corpus', 'train', 'evaluate', 'fidelity', 'report', 'queue'];

/**
 * Returns the entrances in their order, each with what its file says it is for, the items of its page, and those that
 * it also exports but that an earlier page documents.
 */
export function readEntrances(root, items) {
  const names = readdirSync(join(root, 'src'))
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const taken = new Map();
  const entrances = names.map((name) => {
    const source = readFileSync(join(root, 'src', `${name}.ts`), 'utf8');
    const [, about] = /^\/\/ The entrance `[^`]+`: (.*(?:\n\/\/ .*)*)/.exec(source);
    const exported = namesExportedBy(source);
    const entrance = { name, about: about.replaceAll('\n// ', ' '), items: [], elsewhere: [] };
    for (const each of exported) {
      if (taken.has(each)) entrance.elsewhere.push({ name: each, page: taken.get(each) });
      else {
        const item = items.get(each);
        if (item === undefined)
          throw new Error(`src/${name}.ts exports ${each}, which src/index.ts does not`);
        taken.set(each, name);
        entrance.items.push(item);
      }
    }
    return entrance;
  });
  const missing = [...items.keys()].filter((each) => !taken.has(each));
  if (missing.length > 0) throw new Error(`no entrance exports ${missing.join(', ')}`);
  return entrances;
}

/** Returns the names of `export { type A, b as B } from ...`, sorted. */
export function namesExportedBy(source) {
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(([, list]) => list);
  const names = lists.flatMap((list) => list.split(',').map((each) => each.trim())).filter(Boolean);
  return names
    .map((each) => /(\w+)$/.exec(each)[1])
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}
