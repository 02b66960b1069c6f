// Checks the rule that assigns test files to the projects `unit` and `process`.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chainToProcess, projects } from './projects.js';

const at = (name: string) => join(import.meta.dirname, '..', name);
const { unit, process: starting } = projects();

it('finds the imports that lead to a process or a thread, through helpers, scripts and sources', () => {
  expect(chainToProcess(at('test/helpers/judge.ts'))).toEqual(['test/helpers/judge.ts']);
  expect(chainToProcess(at('test/nn/architectures/gru.test.ts'))).toEqual([
    'test/nn/architectures/gru.test.ts',
    'test/nn/promises.ts',
    'src/engine/onnxruntime.ts',
    'src/engine/thread.ts',
  ]);
  expect(chainToProcess(at('src/engine/open.ts'))?.at(-1)).toBe('src/engine/devices.ts');
  expect(chainToProcess(at('src/synth/synthesizer.ts'))).toBeUndefined();
});

it('assigns tests that start a process or need the build to `process`', () => {
  expect(starting).toEqual(
    expect.arrayContaining(['test/cli/usage.test.ts', 'test/kernel/node.test.ts', 'test/package.test.ts']),
  );
});

it('assigns the tests of the pure rooms to `unit`', () => {
  const rooms = new Set(unit.map((name) => name.split('/')[1]));
  expect([...rooms]).toEqual(expect.arrayContaining(['graph', 'score', 'signal', 'synth', 'report', 'nn']));
});
