// Schemathesis makes requests from the OpenAPI document: no answer may be a server error or differ from the document.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileFolder, smallModel, testService } from './helpers.js';

const program = [join(import.meta.dirname, '../../../build/venv/bin/schemathesis'), 'schemathesis'].find(
  (one) =>
    (one === 'schemathesis' || existsSync(one)) &&
    spawnSync(one, ['--version'], { stdio: 'ignore' }).status === 0,
);
if (program === undefined)
  console.log('skip: schemathesis is not installed, so it does not judge the OpenAPI document');

it.skipIf(program === undefined)(
  'answers as its OpenAPI document says',
  async () => {
    const folder = await fileFolder();
    const { url } = await testService(await smallModel(folder), { apiKeys: ['the-key'] });
    const words = [
      ...['run', `${url}/openapi.json`, '--url', url, '-H', 'Authorization: Bearer the-key'],
      ...['--phases', 'examples,coverage,fuzzing', '--max-examples', '20', '--seed', '1', '--no-color'],
      // A schema cannot say that a recording must be one: bodies that fit it may be refused with 400.
      ...['--exclude-checks', 'positive_data_acceptance,negative_data_rejection,missing_required_header'],
    ];
    const child = spawn(program!, words, { cwd: folder });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, code === 0 ? '' : text.slice(-6000)]).toEqual([0, '']);
  },
  300_000,
);
