// Searches the texts of the project for the patterns of the word list in docs/style.md. Prints each place and fails
// if it finds one. It joins the lines of one comment or paragraph first, so that it also finds a phrase that continues
// on the next line. The printed line number is that of the line where the phrase starts.
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
  ...['src', 'test', 'bench', 'page', 'README.md'].map((name) => `packages/service/${name}`),
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
];
const textFiles = new Set(['.ts', '.mjs', '.js', '.cc', '.h', '.inl', '.md', '.py']);

/** Returns the rows of the word list: `| `pattern` | replacement |`. A pattern contains `|` as `\|`. */
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

/** Returns a function that takes the lines of a file in order and returns the prose of each, or undefined for code. */
function proseReader(extension) {
  const afterMark = (line, mark) => (mark.test(line) ? line.replace(mark, '') : undefined);
  if (extension === '.md') return (line) => line;
  if (extension !== '.py')
    return (line) => afterMark(line, /^\s*(?:\/\/+|\/\*+|\*(?!\/))/)?.replace(/\*\/\s*$/, '');
  let isInDocstring = false;
  return (line) => {
    const wasInDocstring = isInDocstring;
    if (line.split('"""').length % 2 === 0) isInDocstring = !isInDocstring;
    return wasInDocstring || isInDocstring ? line : afterMark(line, /^\s*#+/);
  };
}

/**
 * Yields the passages of a file: one line of code, or the joined lines of one paragraph of prose. A blank line, a list
 * item, a table row, a heading and a doc tag start a new paragraph. `lines` has the number of each line of the passage
 * and the position at which it starts.
 */
function* passagesOf(path) {
  const prose = proseReader(extname(path));
  let passage;
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    const text = prose(line)?.trim();
    const isNew = text === undefined || passage === undefined || /^(?:$|[-|#@]|\d+\. )/.test(text);
    if (isNew && passage !== undefined) yield passage;
    if (isNew) passage = { text: '', lines: [] };
    const start = passage.text === '' ? 0 : passage.text.length + 1;
    passage.text = [passage.text, text ?? line].filter((part) => part !== '').join(' ');
    passage.lines.push({ number: index + 1, start, line: line.trim() });
    if (text !== undefined) continue;
    yield passage;
    passage = undefined;
  }
  if (passage !== undefined) yield passage;
}

const words = wordList();
if (words.length === 0) throw new Error(`${styleGuide} has no word list`);
const given = process.argv.slice(2);
const paths = given.length > 0 ? given : defaultPaths.map((path) => join(root, path));
let found = 0;
for (const path of paths.flatMap((each) => [...filesUnder(each)])) {
  const name = relative(root, path);
  if (!textFiles.has(extname(path)) || name === styleGuide) continue;
  for (const { text, lines } of passagesOf(path)) {
    for (const { pattern, instead } of words) {
      for (const { 0: hit, index } of text.matchAll(pattern)) {
        const { number, line } = lines.findLast(({ start }) => start <= index);
        found += 1;
        console.error(`${name}:${number}: "${hit}"; write: ${instead}\n    ${line}`);
      }
    }
  }
}
if (found > 0) {
  console.error(`${found} places use words of the list in ${styleGuide}`);
  process.exitCode = 1;
}
