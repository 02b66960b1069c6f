// Locks folders when a line arrives on standard input, prints those that it holds, and ends when standard input ends:
// hold-folders.mjs LIBRARY FOLDER...

import { once } from 'node:events';

const [library, ...folders] = process.argv.slice(2);
const { holdFolder } = await import(library);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const held = [];
for (const folder of folders) {
  try {
    await holdFolder(folder);
    held.push(folder);
  } catch (error) {
    if (error.code !== 'ERR_WRITE' || !error.message.includes('is at work in')) throw error;
  }
}
process.stdout.write(`${JSON.stringify(held)}\n`);
await once(process.stdin.resume(), 'end');
