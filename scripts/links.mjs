// Finds links of Markdown files that lead nowhere. A relative link must lead to a file of the list, or to a folder that
// contains one, and its anchor to a heading of that page. An absolute link must have a public host.

import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

const isPrivate = (host) => /^localhost$|^[\d.:[\]]+$|\.(?:local|internal|lan|corp|test)$|^[^.]+$/.test(host);

/** Returns one sentence per dead link in the Markdown files of `paths`, which are relative to `root`. */
export function deadLinks(root, paths) {
  const files = new Set(paths);
  const folders = new Set(paths.flatMap((path) => ancestors(path)));
  const anchors = new Map();
  const anchorsOf = (path) => {
    if (!anchors.has(path)) anchors.set(path, headingsOf(readFileSync(join(root, path), 'utf8')));
    return anchors.get(path);
  };
  return paths
    .filter((path) => path.endsWith('.md'))
    .flatMap((page) =>
      linksOf(readFileSync(join(root, page), 'utf8')).flatMap((link) => {
        if (/^[a-z]+:/.test(link)) {
          const { protocol, hostname } = new URL(link);
          return protocol === 'https:' && !isPrivate(hostname)
            ? []
            : [`${page}: ${link} is not a public address`];
        }
        const [path, anchor] = link.split('#');
        const target =
          path === '' ? page : posix.normalize(posix.join(dirname(page), path)).replace(/\/$/, '');
        if (!files.has(target)) {
          return folders.has(target) && anchor === undefined ? [] : [`${page}: ${link} does not exist`];
        }
        if (anchor === undefined || !target.endsWith('.md') || anchorsOf(target).has(anchor)) return [];
        return [`${page}: ${link} names no heading of ${target}`];
      }),
    );
}

function ancestors(path) {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** Returns the targets of the links and pictures of a page, without those in code. */
function linksOf(text) {
  const prose = text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  const written = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map(([, link]) => link);
  const html = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link);
  return [...written, ...html];
}

/** Returns the anchors of the headings of a page, as GitHub and npm make them. */
function headingsOf(text) {
  const found = new Set();
  const prose = text.replace(/^```.*?^```/gms, '');
  for (const [, title] of prose.matchAll(/^#{1,6} +(.+?)\s*$/gm)) {
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let name = slug;
    for (let copy = 1; found.has(name); copy++) name = `${slug}-${copy}`;
    found.add(name);
  }
  for (const [, id] of text.matchAll(/(?:id|name)="([^"]+)"/g)) found.add(id);
  return found;
}
