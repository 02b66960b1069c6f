// Searches the texts of the project for the patterns of the word list in docs/style.md. Prints each place and fails
// where one is found.
//   node scripts/lint-words.mjs [PATH...]     (default: the folders and documents named in docs/style.md)

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const styleGuide = 'docs/style.md';
const defaultPaths = [
  'src',
  'native',
  'docs',
  'bench',
  'examples',
  'scripts',
  'test',
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
];
const textFiles = new Set(['.ts', '.mjs', '.js', '.cc', '.h', '.inl', '.md', '.py']);

/** The rows of the word list: `| `pattern` | replacement |`, with `|` inside a pattern written as `\|`. */
function wordList() {
  const rows = readFileSync(join(root, styleGuide), 'utf8').matchAll(/^\| `(.+)` \| (.+) \|$/gm);
  return [...rows].map(([, pattern, instead]) => ({
    pattern: new RegExp(pattern.replaceAll('\\|', '|'), 'gi'),
    instead,
  }));
}

function* filesUnder(path) {
  if (!statSync(path).isDirectory()) yield path;
  else for (const name of readdirSync(path)) yield* filesUnder(join(path, name));
}

const words = wordList();
if (words.length === 0) throw new Error(`${styleGuide} has no word list`);
const given = process.argv.slice(2);
const paths = given.length > 0 ? given : defaultPaths.map((path) => join(root, path));
let found = 0;
for (const path of paths.flatMap((each) => [...filesUnder(each)])) {
  const name = relative(root, path);
  if (!textFiles.has(extname(path)) || name === styleGuide) continue;
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    for (const { pattern, instead } of words) {
      for (const [hit] of line.matchAll(pattern)) {
        found += 1;
        console.error(`${name}:${index + 1}: "${hit}"; write: ${instead}\n    ${line.trim()}`);
      }
    }
  }
}
if (found > 0) {
  console.error(`${found} places use words of the list in ${styleGuide}`);
  process.exitCode = 1;
}
