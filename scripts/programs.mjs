// The programs in a Markdown page: its blocks of JavaScript and TypeScript. A block without an import continues the block
// before it.

/** Returns the blocks of code of a page, in order. */
export function blocksOf(text) {
  return [...text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)].map(([, code]) => code);
}

/** Returns the programs of a page, in order. */
export function programsOf(text) {
  const programs = [];
  for (const code of blocksOf(text)) {
    const before = /^import /m.test(code) ? undefined : programs.pop();
    programs.push(before === undefined ? code : `${before}\n${code}`);
  }
  return programs;
}
