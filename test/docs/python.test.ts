// Runs the commands and the program of docs/python.md, from 500, 1000, 360 and 100 Hz, without and with a filter. The
// program, which does not use this package, must give the inputs and the logits of `pqrst evaluate`.

import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mainScript } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';
import { pythonWith } from '../helpers/python.js';

const page = await readFile(new URL('../../docs/python.md', import.meta.url), 'utf8');
const block = (sign: string) =>
  [...page.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text]) => text!).find((text) => text.includes(sign))!;

const python = pythonWith('numpy', 'onnxruntime', 'wfdb');

/** Appended to the program: compares all its inputs and logits with those of pqrst. */
const comparison = `
rows = list(csv.DictReader(open("rows.csv")))
mine = np.concatenate([model_input(f"records/{row['recordName']}", float(row["startS"])) for row in rows])
windows = np.load("windows.npy")
logits = session.run(["logit"], {"ecg": mine})[0]
stated = np.array([float(row["logit"]) for row in rows])
print(json.dumps({
    "windows": len(rows), "dtype": str(windows.dtype), "shape": windows.shape, "steps": list(steps),
    "input": float(abs(mine - windows).max()), "logit": float(abs(logits - stated).max()),
    "spread": float(np.ptp(stated)),
}))
`;

interface Verdict {
  readonly windows: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly steps: readonly string[];
  /** Largest differences of the inputs and of the logits. */
  readonly input: number;
  readonly logit: number;
  /** Difference between the largest and the smallest logit. */
  readonly spread: number;
}

/** Runs the commands of the page with other numbers, one by one. A command without a replaced word stays as it is. */
function runCommands(cwd: string, names: readonly string[], words: Readonly<Record<string, string>>): void {
  for (const line of block('pqrst evaluate').trim().split('\n')) {
    const [, name = '', ...args] = Object.entries(words)
      .reduce((text, [from, to]) => text.replace(from, to), line)
      .split(' ');
    if (!names.includes(name)) continue;
    const { status, stderr } = spawnSync(process.execPath, [mainScript, name, ...args], {
      cwd,
      encoding: 'utf8',
    });
    expect({ name, status, text: status === 0 ? '' : stderr }).toEqual({ name, status: 0, text: '' });
  }
}

async function runProgram(cwd: string): Promise<{ verdict: Verdict; printed: readonly string[] }> {
  await writeFile(join(cwd, 'program.py'), block('model_input') + comparison);
  const { stdout, stderr, status } = spawnSync(python!, ['program.py'], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the program of docs/python.md failed: ${stderr}`);
  const printed = stdout.trim().split('\n');
  return { verdict: JSON.parse(printed.pop()!), printed };
}

const title = python === undefined ? ' (SKIPPED: no Python with numpy, onnxruntime and wfdb)' : '';

describe.skipIf(python === undefined)(`docs/python.md${title}`, () => {
  it.each([
    {
      window: { fsHz: 100, filter: [] },
      records: [
        { fsHz: 500, seconds: 10 },
        { fsHz: 1000, seconds: 10 },
        { fsHz: 360, seconds: 20 },
        { fsHz: 100, seconds: 10 },
      ],
    },
    { window: { fsHz: 250, filter: ['--filter 0.5-40'] }, records: [{ fsHz: 360, seconds: 20 }] },
  ])('gives the logits of `pqrst evaluate`: $window', { timeout: 300_000 }, async ({ window, records }) => {
    const cwd = await temporaryFolder();
    const training = [`--fs ${window.fsHz}`, ...window.filter].join(' ');
    for (const [at, { fsHz, seconds }] of records.entries()) {
      if (at === 0) runCommands(cwd, ['train'], { '--fs 100': training, '--epochs 2': '--epochs 1' });
      await rm(join(cwd, 'records'), { recursive: true, force: true });
      const words = { '--fs 500': `--fs ${fsHz}`, '--seconds 10': `--seconds ${seconds}` };
      runCommands(cwd, ['synth', 'evaluate'], words);
      const { verdict, printed } = await runProgram(cwd);
      const count = 60 * (seconds / 10);
      expect(verdict).toMatchObject({
        ...{ windows: count, dtype: 'float32', shape: [count, 1, 10 * window.fsHz] },
        steps: ['read', 'resample', 'window', ...(window.filter.length > 0 ? ['filter'] : []), 'zscore'],
      });
      expect(verdict.logit).toBeLessThan(1e-4);
      expect(verdict.input).toBeLessThan(1e-5);
      expect(verdict.spread).toBeGreaterThan(0.01);
      expect(printed).toHaveLength(count);
    }
  });
});
